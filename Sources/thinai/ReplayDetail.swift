import Node
import Primitives
import Protocols
import Telemetry

/// What `replay --json` tells of a protocol beside its account.
enum ReplayDetail {
  /// nil for protocols that have nothing to tell.
  static func of(_ protocolName: String, _ report: ReplayReport) -> [String: Any]? {
    switch TelemetryProtocol(rawValue: protocolName) {
    case .snmp: report.snmp.map(snmp)
    case .rtp: ["streams": report.streams.map(stream)]
    case .rtcp:
      ["packet_types": Dictionary(uniqueKeysWithValues: report.controlTypes.map { ("\($0.key)", $0.value) })]
    case .wsd:
      [
        "actions": Dictionary(
          uniqueKeysWithValues: report.discoveryActions.filter { $0.value > 0 }.map { ($0.key.label, $0.value) })
      ]
    default: nil
    }
  }

  private static func snmp(_ counts: SNMPTally.Counts) -> [String: Any] {
    var pdus: [String: UInt64] = [:]
    for (kind, count) in zip(SNMPPDU.Kind.allCases, counts.pdus) where count > 0 { pdus[kind.label] = count }
    if counts.encrypted > 0 { pdus["encrypted"] = counts.encrypted }
    if counts.undecodable > 0 { pdus["undecodable"] = counts.undecodable }
    let refused = counts.refusedEngines.map { key, count in
      ["engine": key.engine, "reason": key.reason.label, "count": count] as [String: Any]
    }
    return ["messages": counts.messages, "pdus": pdus, "varbinds": counts.varbinds, "refused_engines": refused]
  }

  private static func stream(_ stream: RTPStreamTotals) -> [String: Any] {
    var object: [String: Any] = [
      "ssrc": "0x\(Hexadecimal.text(stream.ssrc))", "source": "\(stream.source)",
      "destination": "\(stream.destination)",
      "payload_type": Int(stream.payloadType), "packets": stream.packets, "bytes": stream.bytes, "lost": stream.lost,
      "out_of_order": stream.outOfOrder, "duplicates": stream.duplicates, "frames": stream.frames,
      "key_frames": stream.keyFrames, "clock_rate": stream.clockRate, "clock_estimated": stream.isClockEstimated,
    ]
    if !stream.codec.isEmpty { object["codec"] = stream.codec }
    if let jitter = stream.jitterMillis { object["jitter_ms"] = rounded(jitter) }
    if let largest = stream.largestJitterMillis { object["jitter_max_ms"] = rounded(largest) }
    return object
  }

  /// To the thousandth.
  private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}
