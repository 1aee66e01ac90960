import Primitives
import Registry
import Telemetry

/// A receiver of SNMP notifications (RFC 3413 section 3.4): takes messages of all versions, answers informs once they are
/// committed, and owes the Reports of an authoritative engine.
///
/// State of one lane. Versions 1 and 2c allocate nothing; what is authenticated or encrypted goes through the
/// cryptography of a library, which does.
struct SNMPEndpoint: ~Copyable {
  var own = SNMPOwnTally()
  private var informs: SNMPInforms
  var engines = SNMPEngines()
  /// What the message that was taken last proved of its sender's clock; nil if nothing.
  var provenClock: ProvenClock?

  /// An engine's clock, as an authenticated message told it.
  struct ProvenClock {
    var boots: Int64
    var seconds: Int64
  }

  /// Those of the PDU that was read last.
  private var bindings = SNMPBindings()
  /// usmStats, by their last sub-identifier.
  var statistics = InlineArray<7, UInt32>(repeating: 0)

  init(seed: UInt64) {
    informs = SNMPInforms(seed: seed)
  }

  /// One message and all that is needed to take it.
  struct Arrival {
    var source: SourceAddress
    var monotonicNanos: Int64
    /// The batch that its event would stand in.
    var sequence: UInt64 = 0
  }

  mutating func receive(
    _ datagram: RawSpan, _ arrival: Arrival, settings: borrowing SNMPSettings, admission: borrowing Admission,
    into out: inout DecodedDatagram
  ) -> SNMPOutcome {
    provenClock = nil
    var message = SNMPMessage()
    switch message.read(datagram) {
    case .foreign: return SNMPOutcome(.rejected(.snmpNotAMessage))
    case .undecodable(let reason):
      own.messages &+= 1
      own.undecodable &+= 1
      return SNMPOutcome(.rejected(reason))
    case .message: own.messages &+= 1
    }
    if message.version == .v3 { return receiveSecured(datagram, message, arrival, settings, admission, &out) }
    var pdu = SNMPPDU()
    if let reason = read(&pdu, datagram, message.body, isCut: message.isCut) { return SNMPOutcome(.rejected(reason)) }
    // A PDU says by its tag what it is, whatever the version before it.
    guard pdu.kind.isNotification else { return SNMPOutcome(.rejected(.snmpNotANotification)) }
    if !Self.isKnown(datagram.extracting(message.community), settings.communities) {
      return SNMPOutcome(.rejected(.snmpUnknownCommunity))
    }
    let repetition = repetition(of: pdu, datagram, sender: datagram.extracting(message.community), arrival)
    let verdict =
      repetition != .none
      ? .rejected(.duplicateMessage)
      : take(
        pdu, datagram, datagram, version: message.version, sender: .community(message.community),
        arrival, settings, admission, &out)
    out.trailingBytes = message.trailingBytes
    guard pdu.kind == .inform, verdict == .decoded || repetition != .none else {
      if pdu.kind == .inform { forgetInform() }
      return SNMPOutcome(verdict)
    }
    // What was cut is not all that was told.
    if pdu.isCut { return SNMPOutcome(verdict) }
    let answer = SNMPReply.message(
      community: SNMPReply.copy(datagram, message.community), pdu: SNMPReply.response(to: pdu, datagram),
      version: message.version)
    return Self.outcome(verdict, repetition, answer)
  }

  /// A retransmission is answered at once if what it tells is committed; if it is not yet, the first one is going to be.
  static func outcome(
    _ verdict: DatagramVerdict, _ repetition: SNMPInforms.Repetition, _ answer: [UInt8]
  ) -> SNMPOutcome {
    switch repetition {
    case .none: SNMPOutcome(verdict, .afterCommit(answer))
    case .pending: SNMPOutcome(verdict)
    case .committed: SNMPOutcome(verdict, .now(answer))
    }
  }

  /// Counts a message that was cut short before it could be read.
  mutating func noteTruncated(_ datagram: RawSpan) {
    var message = SNMPMessage()
    if message.read(datagram) == .foreign { return }
    own.messages &+= 1
    own.undecodable &+= 1
  }

  /// The inform that came last was not stored: its retransmission is another try.
  mutating func forgetInform() {
    informs.forgetNewest()
  }

  /// Says what became of a batch, and so of the informs in it.
  mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool) {
    informs.noteCommit(sequence, isCommitted: isCommitted)
  }

  /// Hands over what was counted since the last time.
  mutating func handOver(to tally: SNMPTally) {
    if own.messages == 0 { return }
    tally.add(own)
    own = SNMPOwnTally()
  }

  // MARK: parts of the way

  /// Reads and counts a PDU.
  mutating func read(
    _ pdu: inout SNMPPDU, _ bytes: RawSpan, _ range: Range<Int>, isCut: Bool = false
  ) -> RejectReason? {
    if let reason = pdu.read(bytes, range, isCut: isCut) {
      own.undecodable &+= 1
      return reason
    }
    bindings.read(pdu, in: bytes)
    own.varbinds &+= UInt64(bindings.count)
    if !bindings.isSound && !pdu.kind.isNotification {
      // What we do not take anyway counts as what it says it is.
      own.count(pdu.kind)
      return .snmpBadEncoding
    }
    own.count(pdu.kind)
    return nil
  }

  mutating func repetition(
    of pdu: SNMPPDU, _ bytes: RawSpan, sender: RawSpan, _ arrival: Arrival
  ) -> SNMPInforms.Repetition {
    if pdu.kind != .inform { return .none }
    return informs.repetition(
      bytes.extracting(pdu.varbinds), sender: sender, requestID: pdu.requestID, source: arrival.source,
      monotonicNanos: arrival.monotonicNanos, sequence: arrival.sequence)
  }

  private static func isKnown(_ community: RawSpan, _ known: [[UInt8]]) -> Bool {
    if known.isEmpty { return true }
    for one in known where community.equals(one.span.bytes) { return true }
    return false
  }

  /// Composes the event and the rows of a notification that was admitted.
  mutating func take(
    _ pdu: SNMPPDU, _ bytes: RawSpan, _ datagram: RawSpan, version: SNMPMessage.Version,
    sender: SNMPNotification.Sender, _ arrival: Arrival, _ settings: borrowing SNMPSettings,
    _ admission: borrowing Admission, _ out: inout DecodedDatagram
  ) -> DatagramVerdict {
    var engine = 0..<0
    if case .user(_, let range) = sender { engine = range }
    var agent = pdu.agent
    if !(agent?.namesOne ?? false) { agent = bindings.agent }
    if !(agent?.namesOne ?? false) { agent = nil }
    let device = Self.device(
      agent: agent, engine: datagram.extracting(engine), arrival.source, admission, &out.arena)
    guard let device else { return .rejected(.unknownDevice) }
    let reason = SNMPNotification(pdu).append(
      &bindings, bytes: bytes, datagram: datagram, version: version, sender: sender, device: device,
      dictionary: settings.dictionary, to: &out)
    return reason.map { .rejected($0) } ?? .decoded
  }

  /// Who sent it: the registry's device of that engine, of the agent's own address or of the source; else the agent's
  /// address, else the source's. nil if only known devices are admitted, and it is none.
  ///
  /// The agent's address is the one in a v1 trap's head, or the one that a forwarder hands on in `snmpTrapAddress.0`; one
  /// that many devices have alike (0.0.0.0, loopback, link-local) is nobody's.
  private static func device(
    agent: SourceAddress?, engine: RawSpan, _ source: SourceAddress, _ admission: borrowing Admission,
    _ arena: inout Slab<UInt8>
  ) -> TextRange? {
    let registry = admission.registry
    var known: Int?
    if engine.byteCount > 0 { known = registry.deviceIndex(engine: engine) }
    if known == nil, let agent { known = registry.deviceIndex(address: agent) }
    if known == nil { known = registry.deviceIndex(address: source.withoutPort) }
    if known == nil && admission.knownOnly { return nil }
    let start = arena.count
    if let known {
      arena.append(contentsOf: registry.devices[known].id.utf8Span.span.bytes)
    } else {
      arena.appendAddress(agent ?? source)
    }
    return TextRange(arenaOffset: start, length: arena.count &- start)
  }
}
