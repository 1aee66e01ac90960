import ArgumentParser
import Capture
import Node
import Foundation
import Protocols
import Registry
import Sys
import Telemetry

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Plays a pcap or pcapng file through the decoders, into tables of its own.")

  @Argument(help: "The capture.") var capture: String
  @Option(help: "Where the tables go; a temporary directory, removed at the end, by default.") var data: String?
  @Option(help: "One more port: PORT=PROTOCOL, such as 1514=syslog.") var map: [String] = []
  @Option(help: "A configuration file, for its node, zone and registry.") var config: String?
  @Flag(help: "Prints one JSON object.") var json = false

  func run() throws {
    var configuration = try ConfigurationLoading.load(config)
    var ports = PortMap()
    do {
      for pair in map { try ports.add(pair) }
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
    let temporary = NSTemporaryDirectory() + "/thinai-replay-\(ProcessInfo.processInfo.globallyUniqueString)"
    configuration.data = data ?? temporary
    defer { if data == nil { try? FileSystem.removeTree(temporary) } }
    do {
      let registry = try RegistryLoader.load(configuration.registry)
      let report = try Replay(configuration, ports: ports, registry: registry).run(capture)
      try show(report)
    } catch {
      throw CommandFailure.failed("\(error)")
    }
  }

  private func show(_ report: ReplayReport) throws {
    if json {
      let object = try JSONSerialization.data(withJSONObject: document(report), options: [.sortedKeys])
      Terminal.show(String(decoding: object, as: UTF8.self))
      return
    }
    Terminal.show("\(report.capture.frames) frames, \(report.capture.datagrams) datagrams")
    for listener in report.ledger.listeners where listener.counts.received > 0 {
      let counts = listener.counts
      Terminal.show(
        "\(listener.name): \(counts.received) received, \(counts.decoded) decoded, \(counts.rows) rows,"
          + " \(counts.events) events, \(counts.duplicate) duplicates")
      for (reason, count) in Self.byReason(counts.rejected).sorted(by: { $0.key < $1.key }) {
        Terminal.show("  refused \(count): \(reason)")
      }
    }
    if report.unmapped > 0 { Terminal.show("\(report.unmapped) datagrams of ports that no protocol is mapped to") }
  }

  private func document(_ report: ReplayReport) -> [String: Any] {
    var byProtocol: [String: Any] = [:]
    for listener in report.ledger.listeners where listener.counts.received > 0 {
      var account = Self.account(listener.counts)
      account["detail"] = report.details[listener.protocolName]?.object
      byProtocol[listener.protocolName] = account
    }
    var skipped: [String: Int] = [:]
    for skip in CaptureSkip.allCases where report.capture[skip] > 0 { skipped[skip.label] = report.capture[skip] }
    var flaws: [String: Int] = [:]
    for flaw in CaptureFlaw.allCases where report.capture[flaw] > 0 { flaws[flaw.label] = report.capture[flaw] }
    return [
      "frames": report.capture.frames, "datagrams": report.capture.datagrams, "skipped": skipped, "flaws": flaws,
      "unmapped": report.unmapped, "by_protocol": byProtocol, "ledger": ledger(report.ledger),
    ]
  }

  private func ledger(_ ledger: LedgerSnapshot) -> [String: Any] {
    var listeners: [String: Any] = [:]
    for listener in ledger.listeners {
      var account = Self.account(listener.counts)
      account["protocol"] = listener.protocolName
      listeners[listener.name] = account
    }
    return ["balanced": ledger.isBalanced, "total": Self.account(ledger.total), "listeners": listeners]
  }

  private static func account(_ counts: LedgerCounts) -> [String: Any] {
    [
      "received": counts.received, "kernel_dropped": counts.kernelDropped, "decoded": counts.decoded,
      "rows": counts.rows, "events": counts.events, "stored": counts.stored, "duplicate": counts.duplicate,
      "rejected": byReason(counts.rejected),
      "rejected_rows": byReason(counts.rejectedRows),
      "rejected_fields": byReason(counts.rejectedFields),
      "clock_ahead": counts.clockAhead, "clock_behind": counts.clockBehind, "trailing_bytes": counts.trailingBytes,
      "shed": named(counts.shed, ShedReason.allCases.map(\.label)),
    ]
  }

  private static func byReason(_ counts: [UInt64]) -> [String: UInt64] {
    var named: [String: UInt64] = [:]
    for reason in RejectReason.named { named[reason.label] = counts[Int(reason.reason.rawValue)] }
    return named.filter { $0.value > 0 }
  }

  private static func named(_ counts: [UInt64], _ labels: [String]) -> [String: UInt64] {
    Dictionary(uniqueKeysWithValues: zip(labels, counts).filter { $0.1 > 0 })
  }
}
