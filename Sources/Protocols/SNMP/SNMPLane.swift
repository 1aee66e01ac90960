import Primitives
import Telemetry

/// SNMP in one lane.
struct SNMPLane: ~Copyable, ProtocolLane {
  private var endpoint: SNMPEndpoint
  private let settings: [SNMPSettings]
  /// The first SNMP listener's.
  private let firstTally: SNMPTally?

  init(_ setup: LaneSetup) {
    endpoint = SNMPEndpoint(seed: setup.seed)
    settings = setup.listeners.map(\.snmp)
    firstTally = setup.listeners.first { $0.telemetryProtocol == .snmp }?.snmp.tally
  }

  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    let outcome = endpoint.receive(
      datagram,
      SNMPEndpoint.Arrival(
        source: arrival.source, monotonicNanos: arrival.monotonicNanos, sequence: arrival.sequence),
      settings: settings[arrival.listener], admission: admission, into: &out)
    switch outcome.reply {
    case .none: break
    case .now(let bytes): replies.answer(bytes.span.bytes)
    case .afterCommit(let bytes):
      var owed = OwedReply(.snmp, of: arrival)
      owed.octets = bytes
      replies.owe(owed)
    }
    endpoint.handOver(to: settings[arrival.listener].tally)
    return outcome.verdict
  }

  mutating func settle(_ owed: OwedReply, _ fate: RowFate, _ replies: inout ReplyBuffer) {
    if fate == .stored {
      replies.answer(owed.octets.span.bytes)
    } else if owed.sequence == 0 {
      // It never came into a batch. Silence makes the sender try again, here and where a batch is not committed.
      endpoint.forgetInform()
    }
  }

  mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool) {
    endpoint.noteCommit(sequence, isCommitted: isCommitted)
  }

  mutating func noteTruncated(_ datagram: RawSpan) {
    endpoint.noteTruncated(datagram)
  }

  mutating func tellCounts() {
    if let firstTally { endpoint.handOver(to: firstTally) }
  }

  borrowing func detail() -> ProtocolDetail? {
    guard let counts = firstTally?.snapshot else { return nil }
    var pdus: [String: ProtocolDetail] = [:]
    for (kind, count) in zip(SNMPPDU.Kind.allCases, counts.pdus) where count > 0 { pdus[kind.label] = .count(count) }
    if counts.encrypted > 0 { pdus["encrypted"] = .count(counts.encrypted) }
    if counts.undecodable > 0 { pdus["undecodable"] = .count(counts.undecodable) }
    let refused = counts.refusedEngines.map { key, count in
      ProtocolDetail.object([
        "engine": .text(key.engine), "reason": .text(key.reason.label), "count": .count(count),
      ])
    }
    return .object([
      "messages": .count(counts.messages), "pdus": .object(pdus), "varbinds": .count(counts.varbinds),
      "refused_engines": .list(refused),
    ])
  }
}
