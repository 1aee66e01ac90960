import Node
import Primitives
import Protocols
import Telemetry
import Text

/// What `replay --json` tells of a protocol beside its account.
enum ReplayDetail {
  /// nil for protocols that have nothing to tell.
  static func of(_ protocolName: String, _ report: ReplayReport) -> JSONValue? {
    switch TelemetryProtocol(rawValue: protocolName) {
    case .snmp: report.snmp.map(snmp)
    case .rtp: .members(("streams", .array(report.streams.map(stream))))
    case .rtcp: .members(("packet_types", counts(report.controlTypes.map { ("\($0.key)", $0.value) })))
    case .wsd: .members(("actions", counts(report.discoveryActions.map { ($0.key.label, $0.value) })))
    default: nil
    }
  }

  /// What was counted at all, by name.
  private static func counts<Count: BinaryInteger>(_ counts: [(String, Count)]) -> JSONValue {
    .members(Dictionary(uniqueKeysWithValues: counts.filter { $0.1 > 0 }.map { ($0.0, JSONValue.count($0.1)) }))
  }

  private static func snmp(_ tally: SNMPTally.Counts) -> JSONValue {
    let pdus = zip(SNMPPDU.Kind.allCases.map(\.label), tally.pdus).map { ($0, $1) }
    let refused = tally.refusedEngines.map { key, count in
      JSONValue.members(
        ("count", .count(count)), ("engine", .string(key.engine)), ("reason", .string(key.reason.label)))
    }
    return .members([
      "messages": .count(tally.messages),
      "pdus": counts(pdus + [("encrypted", tally.encrypted), ("undecodable", tally.undecodable)]),
      "varbinds": .count(tally.varbinds), "refused_engines": .array(refused),
    ])
  }

  private static func stream(_ stream: RTPStreamTotals) -> JSONValue {
    var members: [String: JSONValue] = [
      "ssrc": .string("0x\(Hexadecimal.text(stream.ssrc))"), "source": .string("\(stream.source)"),
      "destination": .string("\(stream.destination)"), "payload_type": .count(stream.payloadType),
      "packets": .count(stream.packets), "bytes": .count(stream.bytes), "lost": .count(stream.lost),
      "out_of_order": .count(stream.outOfOrder), "duplicates": .count(stream.duplicates),
      "frames": .count(stream.frames), "key_frames": .count(stream.keyFrames),
      "clock_rate": .count(stream.clockRate), "clock_estimated": .boolean(stream.isClockEstimated),
    ]
    if !stream.codec.isEmpty { members["codec"] = .string(stream.codec) }
    if let jitter = stream.jitterMillis { members["jitter_ms"] = .number(rounded(jitter)) }
    if let largest = stream.largestJitterMillis { members["jitter_max_ms"] = .number(rounded(largest)) }
    return .members(members)
  }

  /// To the thousandth.
  private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}
