import API
import Access
import Alerts
import Intake
import Node
import Lagoon
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Telemetry

/// A running engine as the HTTP interface sees it.
struct EngineReadModel: ReadModel {
  let engine: Engine
  private let ruleDesk: RuleDesk

  init(_ engine: Engine) {
    self.engine = engine
    ruleDesk = RuleDesk(engine)
  }

  func view() -> LagoonView { engine.view() }
  func view(of tables: Set<TableName>) -> LagoonView { engine.view(of: tables) }
  func ledger() -> LedgerSnapshot { engine.pipeline.ledger.snapshot() }
  var registry: (inForce: DeviceRegistry, history: DeviceHistory) { engine.pipeline.currentRegistry }
  var zone: TimeZoneRules { engine.configuration.zone }
  var node: String { engine.configuration.node }
  var now: UnixNanos { Clock.realtimeNanos() }
  var listeningSince: UnixNanos? { engine.pipeline.firstStartNanos }
  var keptSince: (readings: UnixNanos, events: UnixNanos) {
    engine.configuration.retention.policy.keptSince(nowNanos: now)
  }
  var eventKinds: [String] {
    TelemetryProtocol.eventKinds + engine.rules.map { "alert.\($0.name)" }
  }
  var complaints: [String] { engine.complaints }

  var refusedSenders: [RefusedSender] {
    engine.pipeline.unknownSenders.all.map {
      RefusedSender(
        id: $0.id, source: $0.source.addressText, listener: $0.listener, count: $0.count, lastSeen: $0.lastSeen)
    }
  }

  var audit: (any AuditTrail)? { engine.audit }

  func plannedWork() -> [PlannedWork] {
    engine.alarms.windows.map { window in
      let subject: PlannedWork.Subject =
        switch window.subject {
        case .device(let id): .device(id)
        case .area(let code): .area(code)
        case .deviceClass(let name): .deviceClass(name)
        }
      return PlannedWork(subject, from: window.from, to: window.to, note: window.note)
    }
  }

  var alarms: (any AlarmModel)? { EngineAlarmModel(desk: engine.alarms) }
  var rules: (any RuleModel)? { EngineRuleModel(desk: ruleDesk) }

  func sender(of device: String) -> DeviceSender? {
    engine.pipeline.deviceSenders.sender(of: device).map {
      DeviceSender(source: $0.source.addressText, listener: $0.listener, noted: $0.noted)
    }
  }

  var refusals: [Refusal] { engine.refusalsByName }

  func metrics() -> [Metric] {
    let facts = engine.pipeline.tables.facts()
    let seals = engine.pipeline.sealFacts
    let parts = engine.pipeline.catalogue.tables
    return protocolMetrics() + [
      Metric(
        "thinai_resident_bytes", help: "Resident memory of the process.", kind: .gauge,
        value: Double(ProcessFacts.residentBytes() ?? 0)),
      Metric(
        "thinai_cpu_seconds_total", help: "CPU time of the process.", kind: .counter,
        value: Double(Clock.processCPUNanos()) / Double(Nanos.perSecond)),
      Metric("thinai_rows_unsealed", help: "Rows in no part yet.", kind: .gauge, value: Double(facts.rowCount)),
      Metric("thinai_bytes_unsealed", help: "Memory of those rows.", kind: .gauge, value: Double(facts.byteCount)),
      Metric("thinai_series", help: "Series seen since the start.", kind: .gauge, value: Double(facts.series)),
      Metric(
        "thinai_parts", help: "Live parts.", kind: .gauge,
        samples: parts.map { Metric.Sample(Double($0.parts.count), labels: [("table", $0.name.figureName)]) }),
      Metric(
        "thinai_part_bytes", help: "Bytes of live parts.", kind: .gauge,
        samples: parts.map { table in
          Metric.Sample(
            Double(table.parts.reduce(0) { $0 + $1.byteCount }), labels: [("table", table.name.figureName)])
        }),
      Metric(
        "thinai_expired_rows_total", help: "Rows that retention let go of.", kind: .counter,
        value: Double(engine.pipeline.catalogue.expiry.rows)),
      Metric(
        "thinai_expired_parts_total", help: "Parts that retention let go of.", kind: .counter,
        value: Double(engine.pipeline.catalogue.expiry.parts)),
      Metric(
        "thinai_last_seal_timestamp_seconds", help: "When rows were sealed last.", kind: .gauge,
        samples: Self.seconds(seals.last).map { [Metric.Sample($0)] } ?? []),
      Metric("thinai_seals_total", help: "Seals done.", kind: .counter, value: Double(seals.seals)),
      Metric("thinai_seal_failures_total", help: "Seals that failed.", kind: .counter, value: Double(seals.failures)),
      Metric(
        "thinai_recovered_rows", help: "Rows that the start took from the journal.", kind: .gauge,
        value: Double(engine.pipeline.recovery.rows)),
      Metric(
        "thinai_recovered_damaged_bytes", help: "Damaged journal bytes that the start set aside.", kind: .gauge,
        value: Double(engine.pipeline.recovery.damagedBytes)),
    ] + laneMetrics() + journalMetrics() + alertMetrics() + auditMetrics() + socMetrics()
  }

  private func protocolMetrics() -> [Metric] {
    TelemetryProtocol.figures(of: engine.configuration.listeners).map { figure in
      Metric(
        "thinai_\(figure.name)_total", help: figure.help, kind: .counter,
        samples: figure.samples.map { Metric.Sample(Double($0.count), labels: $0.labels) })
    }
  }

  private func socMetrics() -> [Metric] {
    guard let facts = engine.socFacts else { return [] }
    return [
      Metric(
        "thinai_soc_connected", help: "Whether the security operations centre is connected.", kind: .gauge,
        value: facts.isConnected ? 1 : 0),
      Metric(
        "thinai_soc_pending", help: "Messages that it has not acknowledged yet.", kind: .gauge,
        value: Double(facts.pending)),
      Metric(
        "thinai_soc_sent_total", help: "Messages that it acknowledged.", kind: .counter, value: Double(facts.sent)),
      Metric(
        "thinai_soc_dropped_total", help: "Messages that were given up: more waited than may.", kind: .counter,
        value: Double(facts.dropped)),
      Metric(
        "thinai_soc_failures_total", help: "Connections that failed or broke.", kind: .counter,
        value: Double(facts.failures)),
    ]
  }

  private func auditMetrics() -> [Metric] {
    let facts = engine.auditFacts
    return [
      Metric(
        "thinai_audit_lines_total", help: "Lines of the audit that are on the disk.", kind: .counter,
        value: Double(facts.lines)),
      Metric(
        "thinai_audit_waiting", help: "Lines of the audit that are in no part yet.", kind: .gauge,
        value: Double(facts.waiting)),
      Metric(
        "thinai_audit_failures_total", help: "Writes of the audit that failed.", kind: .counter,
        value: Double(facts.failures)),
      Metric(
        "thinai_audit_unkept_total",
        help: "Requests that no line could be kept of: refused, or answered as /readyz and /metrics are.",
        kind: .counter,
        samples: [
          Metric.Sample(Double(facts.refused), labels: [("answered", "no")]),
          Metric.Sample(Double(facts.unkept), labels: [("answered", "yes")]),
        ]),
      Metric(
        "thinai_audit_omitted_total",
        help: "Requests without a valid token that have no line, because their address had many.", kind: .counter,
        value: Double(facts.omitted)),
    ]
  }

  private func alertMetrics() -> [Metric] {
    let alerts = engine.alertFacts
    return [
      Metric(
        "thinai_alerts_firing", help: "What fires now, by rule.", kind: .gauge,
        samples: alerts.firing.map {
          Metric.Sample(Double($0.count), labels: [("rule", $0.rule), ("severity", $0.severity)])
        }),
      Metric(
        "thinai_alert_rounds_total", help: "How often the rules were looked at.", kind: .counter,
        value: Double(alerts.rounds)),
      Metric(
        "thinai_alert_cpu_seconds_total", help: "CPU time of looking and telling.", kind: .counter,
        value: Double(alerts.cpuNanos) / Double(Nanos.perSecond)),
    ] + receiverMetrics()
  }

  /// Of webhooks under their own names too, as they were before there were others.
  private func receiverMetrics() -> [Metric] {
    let all = engine.receiverFacts
    let kinds: [(prefix: String, facts: [ReceiverFacts], labels: (ReceiverFacts) -> [(String, String)])] = [
      ("thinai_webhook", all.filter { $0.kind == "webhook" }, { [("webhook", $0.name)] }),
      ("thinai_receiver", all, { [("receiver", $0.name), ("kind", $0.kind)] }),
    ]
    return kinds.flatMap { prefix, facts, labels in
      [
        Metric(
          "\(prefix)_deliveries_total", help: "Alerts that a receiver took.", kind: .counter,
          samples: facts.map { Metric.Sample(Double($0.delivered), labels: labels($0)) }),
        Metric(
          "\(prefix)_failures_total", help: "Attempts that a receiver did not take.", kind: .counter,
          samples: facts.map { Metric.Sample(Double($0.failures), labels: labels($0)) }),
        Metric(
          "\(prefix)_pending", help: "Alerts that wait for a receiver.", kind: .gauge,
          samples: facts.map { Metric.Sample(Double($0.pending), labels: labels($0)) }),
        Metric(
          "\(prefix)_given_up_total", help: "Alerts that were given up, by reason.", kind: .counter,
          samples: facts.flatMap { one in
            one.givenUp.map { Metric.Sample(Double($0.count), labels: labels(one) + [("reason", $0.reason)]) }
          }),
      ]
    }
  }
}
