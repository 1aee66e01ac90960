import ArgumentParser
import Capture
import Node
import Foundation
import Protocols
import Registry
import Sys
import Telemetry
import Text

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
      Terminal.show(document(report).serialized)
      return
    }
    Terminal.show("\(report.capture.frames) frames, \(report.capture.datagrams) datagrams")
    for listener in report.ledger.listeners where listener.counts.received > 0 {
      let counts = listener.counts
      Terminal.show(
        "\(listener.name): \(counts.received) received, \(counts.decoded) decoded, \(counts.rows) rows,"
          + " \(counts.events) events, \(counts.duplicate) duplicates")
      for (reason, count) in Self.byReason(counts.rejected).sorted(by: { $0.0 < $1.0 }) {
        Terminal.show("  refused \(count): \(reason)")
      }
    }
    if report.unmapped > 0 { Terminal.show("\(report.unmapped) datagrams of ports that no protocol is mapped to") }
  }

  private func document(_ report: ReplayReport) -> JSONValue {
    var byProtocol: [String: JSONValue] = [:]
    for listener in report.ledger.listeners where listener.counts.received > 0 {
      var account = Self.account(listener.counts)
      account["detail"] = report.details[listener.protocolName]?.json
      byProtocol[listener.protocolName] = .members(account)
    }
    let skipped = CaptureSkip.allCases.map { ($0.label, report.capture[$0]) }
    let flaws = CaptureFlaw.allCases.map { ($0.label, report.capture[$0]) }
    return .members([
      "frames": .count(report.capture.frames), "datagrams": .count(report.capture.datagrams),
      "skipped": Self.named(skipped), "flaws": Self.named(flaws), "unmapped": .count(report.unmapped),
      "by_protocol": .members(byProtocol), "ledger": ledger(report.ledger),
    ])
  }

  private func ledger(_ ledger: LedgerSnapshot) -> JSONValue {
    var listeners: [String: JSONValue] = [:]
    for listener in ledger.listeners {
      var account = Self.account(listener.counts)
      account["protocol"] = .string(listener.protocolName)
      listeners[listener.name] = .members(account)
    }
    return .members([
      "balanced": .boolean(ledger.isBalanced), "total": .members(Self.account(ledger.total)),
      "listeners": .members(listeners),
    ])
  }

  private static func account(_ counts: LedgerCounts) -> [String: JSONValue] {
    [
      "received": .count(counts.received), "kernel_dropped": .count(counts.kernelDropped),
      "decoded": .count(counts.decoded), "rows": .count(counts.rows), "events": .count(counts.events),
      "stored": .count(counts.stored), "duplicate": .count(counts.duplicate),
      "rejected": named(byReason(counts.rejected)), "rejected_rows": named(byReason(counts.rejectedRows)),
      "rejected_fields": named(byReason(counts.rejectedFields)),
      "clock_ahead": .count(counts.clockAhead), "clock_behind": .count(counts.clockBehind),
      "trailing_bytes": .count(counts.trailingBytes),
      "shed": named(zip(ShedReason.allCases.map(\.label), counts.shed)),
    ]
  }

  private static func byReason(_ counts: [UInt64]) -> [(String, UInt64)] {
    RejectReason.named.map { ($0.label, counts[Int($0.reason.rawValue)]) }.filter { $0.1 > 0 }
  }

  /// What was counted at all, by name.
  private static func named<Count: BinaryInteger>(_ counts: some Sequence<(String, Count)>) -> JSONValue {
    .members(Dictionary(uniqueKeysWithValues: counts.filter { $0.1 > 0 }.map { ($0.0, JSONValue.count($0.1)) }))
  }
}
