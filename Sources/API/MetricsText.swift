import Telemetry

/// The ledger and other figures in Prometheus' text format, version 0.0.4.
struct MetricsText {
  private(set) var bytes: [UInt8] = []

  init(ledger: LedgerSnapshot, metrics: [Metric]) {
    for metric in Self.metrics(of: ledger) + metrics { write(metric) }
  }

  private static func metrics(of ledger: LedgerSnapshot) -> [Metric] {
    func counter(_ name: String, _ help: String, _ count: (LedgerCounts) -> UInt64) -> Metric {
      Metric(
        "thinai_\(name)_total", help: help, kind: .counter,
        samples: ledger.listeners.map { Metric.Sample(Double(count($0.counts)), labels: labels($0)) })
    }
    func byReason(_ name: String, _ help: String, _ counts: (LedgerSnapshot.Listener) -> [(String, UInt64)]) -> Metric {
      let samples = ledger.listeners.flatMap { listener in
        counts(listener).map { label, count in
          Metric.Sample(Double(count), labels: Self.labels(listener) + [(name: "reason", value: label)])
        }
      }
      return Metric("thinai_\(name)_total", help: help, kind: .counter, samples: samples)
    }
    func rejections(_ name: String, _ help: String, _ counts: (LedgerCounts) -> [UInt64]) -> Metric {
      byReason(name, help) { listener in
        listener.reasons.map { ($0.label, counts(listener.counts)[Int($0.reason.rawValue)]) }
      }
    }
    return [
      counter("datagrams_received", "Datagrams taken from the socket.") { $0.received },
      counter("datagrams_kernel_dropped", "Datagrams that the kernel dropped before the socket.") { $0.kernelDropped },
      counter("datagrams_decoded", "Datagrams that were understood.") { $0.decoded },
      rejections("datagrams_rejected", "Datagrams that were refused.") { $0.rejected },
      counter("rows_decoded", "Rows of readings that were understood.") { $0.rows },
      counter("events_decoded", "Events that were understood.") { $0.events },
      counter("readings_decoded", "Values in those rows.") { $0.readings },
      rejections("rows_rejected", "Rows rejected in datagrams that are kept.") { $0.rejectedRows },
      rejections("fields_rejected", "Fields rejected in rows that are kept.") { $0.rejectedFields },
      counter("rows_stored", "Rows and events that were stored.") { $0.stored },
      counter("rows_duplicate", "Rows and events that were there already.") { $0.duplicate },
      byReason("rows_shed", "Rows and events that there was no room for.") { listener in
        ShedReason.allCases.map { ($0.label, listener.counts.shed[Int($0.rawValue)]) }
      },
      counter("rows_clock_ahead", "Rows stored at their arrival, their clock being too far ahead.") { $0.clockAhead },
      counter("rows_clock_behind", "Rows stored at their arrival, their clock having never been set.") {
        $0.clockBehind
      },
      counter("bytes_trailing", "Octets behind messages that are kept.") { $0.trailingBytes },
      counter("rows_time_cut", "Rows whose time was finer than their table's.") { $0.timeCut },
      Metric(
        "thinai_ledger_balanced", help: "Whether every listener's account balances.", kind: .gauge,
        value: ledger.isBalanced ? 1 : 0),
    ]
  }

  private static func labels(_ listener: LedgerSnapshot.Listener) -> [(name: String, value: String)] {
    [(name: "listener", value: listener.name), (name: "protocol", value: listener.protocolName)]
  }

  private mutating func write(_ metric: Metric) {
    append("# HELP \(metric.name) \(Self.escaped(metric.help, quotes: false))\n")
    append("# TYPE \(metric.name) \(metric.kind.rawValue)\n")
    for sample in metric.samples {
      append(metric.name)
      if !sample.labels.isEmpty {
        let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
        append("{\(labels.joined(separator: ","))}")
      }
      append(" \(Self.text(sample.value))\n")
    }
  }

  private static func text(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return NumberText.text(value)
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }
}
