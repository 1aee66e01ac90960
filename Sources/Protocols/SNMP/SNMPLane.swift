import Primitives
import Registry
import Telemetry

/// SNMP in one lane.
struct SNMPLane: ~Copyable, ProtocolLane {
  private var endpoint: SNMPEndpoint
  private let settings: [SNMPSettings]
  /// The first SNMP listener's.
  private let firstTally: SNMPTally?
  private var watch: ClockWatch
  private let watches: Bool

  init(_ setup: LaneSetup) {
    endpoint = SNMPEndpoint(seed: setup.seed)
    settings = setup.listeners.map(\.snmp)
    // What a capture of another day says is no word on how clocks are.
    watches = !setup.keepsTotals
    watch = ClockWatch(setup.keepsTotals ? [] : settings.map { $0.clocks })
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
    if let clock = endpoint.provenClock, watches { note(clock, datagram, arrival, out) }
    return outcome.verdict
  }

  /// Hands over what an engine's clock said: of the device whose event the message became.
  private func note(
    _ clock: SNMPEndpoint.ProvenClock, _ datagram: RawSpan, _ arrival: LanePipeline.Arrival,
    _ out: borrowing DecodedDatagram
  ) {
    if out.rows.isEmpty { return }
    guard let key = SeriesKey(canonicalBytes: out.text(out.rows[0].key, of: datagram)) else { return }
    watch.clocks(of: arrival.listener)?.note(
      key.device, boots: clock.boots, seconds: clock.seconds, monotonicNanos: arrival.monotonicNanos,
      source: arrival.source, at: arrival.nanos)
  }

  @inline(__always)
  borrowing func isDue(_ nowNanos: UnixNanos) -> Bool { watch.isDue(nowNanos) }

  mutating func tick(
    _ nowNanos: UnixNanos, _ registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> DueRows? {
    watch.tick(nowNanos, by: "snmp", .drift, into: &out)
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
