public import Primitives
import Registry
import Sys
import Telemetry

/// A lane without its sockets: takes datagrams, decodes them, and fills batches. `replay` and the tests drive it as
/// the lanes do.
///
/// State of one thread, passed `inout`. Allocates at start and when a series or layout is new.
public struct LanePipeline: ~Copyable {
  private let listeners: [ListenerSettings]
  private let bounds: TimeBounds
  private var clockDoubt: ClockDoubt
  private var decoded = DecodedDatagram()
  private var encoder: RowEncoder
  private var syslog = SyslogDecoder()
  public var coap: CoAPEndpoint
  private var snmp: SNMPEndpoint
  private var rtp: RTPEndpoint
  private var discovery: WSDiscoveryEndpoint
  /// The batch being filled; nil while every batch is in flight.
  public private(set) var batch: Batch?
  private var nextSequence: UInt64 = 1
  /// Whether the committer is to be told that numbers mean something else from the next batch on.
  private var beginsAnew = false
  private var unknownNoted = (id: "", source: SourceAddress(high: 0, low: 0, port: 0), nanos: Int64.min / 2)
  private var refusals: RefusalNotes
  /// What of the batch's refused and shed rows was noted, by listener.
  private var noted: [LedgerCounts]
  private var hasNoted = false
  private var originListener = -1
  private var originNanos = Int64.min
  /// When the batch got its first datagram, by the monotonic clock.
  public private(set) var batchBeganNanos: Int64 = 0

  /// What a datagram asks of the lane.
  public enum Outcome: Sendable {
    case nothing
    /// These bytes of the endpoint's `replyBytes` go back to the sender at once.
    case reply(Range<Int>)
    /// Answered when the batch with that sequence is committed, or cannot be.
    case replyAfterCommit(exchange: CoAPExchange, sequence: UInt64)
    /// These bytes go back at once.
    case answer([UInt8])
    /// These go back when the batch with that sequence is committed, and not if it cannot be.
    case answerAfterCommit([UInt8], sequence: UInt64)
  }

  /// `keepsTotals` is for a replay, which tells of every stream at its end.
  public init(
    listeners: [ListenerSettings], bounds: TimeBounds, admission: Admission, seed: UInt64, keepsTotals: Bool = false
  ) {
    self.listeners = listeners
    self.bounds = bounds
    clockDoubt = ClockDoubt(believed: bounds.believed)
    refusals = RefusalNotes(seed: seed)
    noted = Array(repeating: LedgerCounts(), count: listeners.count)
    encoder = RowEncoder(admission: admission, deviceTags: listeners.map(\.deviceTag), seed: seed)
    coap = CoAPEndpoint()
    snmp = SNMPEndpoint(seed: seed)
    // All lanes have the same listeners, so the first one's is the same in all of them.
    rtp = RTPEndpoint(seed: seed, keepsTotals: keepsTotals, watch: listeners.first?.rtp.watch ?? CameraWatch())
    discovery = WSDiscoveryEndpoint(seed: seed)
  }

  /// Series that the lane knows.
  public var seriesCount: Int { encoder.seriesCount }

  public mutating func admit(by admission: Admission) {
    encoder.admit(by: admission)
    rtp.admit(by: admission.registry)
  }

  /// What RTP streams came to, those that are over and those that are not.
  public borrowing func streamTotals() -> [RTPStreamTotals] { rtp.allTotals() }

  /// RTCP packets by type, and WS-Discovery messages by action.
  public var controlTypes: [UInt8: UInt64] { rtp.reports.packetTypes }
  public var discoveryActions: [WSDiscoveryMessage.Action: UInt64] {
    let actions = WSDiscoveryMessage.Action.allCases
    return Dictionary(uniqueKeysWithValues: actions.map { ($0, discovery.actions[Int($0.rawValue)]) })
  }

  // MARK: batches

  /// Begins to fill `batch`, whose records will stand in the journal segment `segment`.
  public mutating func begin(_ batch: Batch, segment: UInt64) {
    batch.reset()
    batch.segment = segment
    if encoder.turn(to: segment) { beginsAnew = true }
    batch.beginsAnew = beginsAnew
    batch.sequence = nextSequence
    nextSequence += 1
    originListener = -1
    originNanos = Int64.min
    batchBeganNanos = 0
    if hasNoted {
      for listener in noted.indices { noted[listener].reset() }
      hasNoted = false
    }
    self.batch = batch
  }

  /// Whether the batch holds anything to hand over.
  public var hasContent: Bool { batchBeganNanos != 0 }

  /// Whether another datagram might not fit.
  public var isFull: Bool {
    guard let batch else { return true }
    return batch.records.room < Limits.recordBytesPerDatagram
  }

  /// Takes the batch out, to be handed over.
  public mutating func takeBatch() -> Batch? {
    defer { batch = nil }
    beginsAnew = false
    return batch
  }

  // MARK: datagrams

  /// A datagram as it came in.
  public struct Arrival: Sendable {
    public var listener: Int
    public var source: SourceAddress
    /// Whom it was sent to; with the port alone where a socket does not tell the address.
    public var destination: SourceAddress
    public var nanos: UnixNanos
    public var monotonicNanos: Int64
    /// It was larger than a slot, or the capture cut it.
    public var isTruncated = false
    /// Octets that were sent, of what a capture cut and is sound else; 0 of all others.
    public var wireBytes = 0
    /// Overheard: nobody is answered.
    public var isCaptured = false
    /// No port tells its protocol: what looks like RTP has to prove it.
    public var isGuessed = false
    /// RTSP carried it in its TCP connection, whose ports say nothing of it.
    public var isInterleaved = false

    public init(
      listener: Int, source: SourceAddress, destination: SourceAddress, nanos: UnixNanos, monotonicNanos: Int64
    ) {
      self.listener = listener
      self.source = source
      self.destination = destination
      self.nanos = nanos
      self.monotonicNanos = monotonicNanos
    }
  }

  /// Takes one datagram into the batch. There must be one, not full.
  public mutating func take(_ datagram: RawSpan, _ arrival: Arrival) -> Outcome {
    guard let batch else { return .nothing }
    var arrival = arrival
    let listener = arrival.listener
    if batchBeganNanos == 0 { batchBeganNanos = arrival.monotonicNanos }
    batch.counts[listener].received += 1
    if arrival.isTruncated && !Self.isHeadOfStream(datagram, arrival, of: listeners) {
      if listeners[listener].telemetryProtocol == .snmp { snmp.noteTruncated(datagram) }
      return reject(.truncated, datagram, arrival, batch)
    }
    if !listeners[listener].allow.isEmpty, !Self.isAllowed(arrival.source, by: listeners[listener].allow) {
      return reject(.sourceNotAllowed, datagram, arrival, batch)
    }
    var kind = listeners[listener].telemetryProtocol
    if kind == .capture {
      guard let known = Self.overheard(datagram, arrival, of: listeners) else {
        return reject(.unknownProtocol, datagram, arrival, batch)
      }
      arrival.isGuessed = known.isGuessed
      kind = known.kind
    }
    decoded.reset()
    var outcome = Outcome.nothing
    var exchange: CoAPExchange?
    let verdict = decode(datagram, as: kind, arrival, &outcome, &exchange)
    guard case .decoded = verdict else {
      if case .rejected(let reason) = verdict {
        _ = reject(reason, datagram, arrival, batch)
        if reason == .unknownDevice { noteUnknown("", arrival) } else { noteMalformed(datagram, arrival) }
      }
      return outcome
    }
    batch.counts[listener].decoded += 1
    if decoded.trailingBytes > 0 { batch.counts[listener].trailingBytes += UInt64(decoded.trailingBytes) }
    if decoded.rows.isEmpty && decoded.refusedRows.isEmpty { return outcome }
    putOrigin(listener, arrival.nanos, batch)
    let rowsBefore = batch.rowCounts[listener]
    let written = encoder.encode(
      decoded, of: datagram, from: origin(listener, kind, arrival.source, arrival.nanos), into: batch)
    let isWhole = decoded.refusedRows.isEmpty && decoded.refusedFields.isEmpty
    if batch.rowCounts[listener] &- rowsBefore != UInt64(decoded.rows.count) || !isWhole {
      noteRows(datagram, arrival.source, arrival.nanos, listener, batch)
      if !isWhole { noteMalformed(datagram, arrival) }
    }
    if written == .refused(.unknownDevice) { noteUnknown(encoder.refusedDevice, arrival) }
    if case .answerAfterCommit = outcome, written != .some {
      snmp.forgetInform()
      return .nothing
    }
    guard let exchange else { return outcome }
    if written == .some { return .replyAfterCommit(exchange: exchange, sequence: batch.sequence) }
    // Nothing of it can be stored, so there is no commit to wait for.
    guard let reply = coap.rowsCommitted(exchange, result: written.commitResult) else { return .nothing }
    return .reply(reply.bytes)
  }

  /// What a datagram is that came by an interface: by its port, unless its content is another's.
  @inline(never)
  private static func overheard(
    _ datagram: RawSpan, _ arrival: Arrival, of listeners: [ListenerSettings]
  ) -> (kind: TelemetryProtocol, isGuessed: Bool)? {
    let mapped =
      arrival.isInterleaved
      ? nil
      : listeners[arrival.listener].portMap.protocolOf(
        destination: arrival.destination.port, source: arrival.source.port)
    return ProtocolGuess.protocolOf(datagram, mapped: mapped)
  }

  /// Whether it is a packet of RTP whose head is there, which is all that is looked at.
  @inline(never)
  private static func isHeadOfStream(
    _ datagram: RawSpan, _ arrival: Arrival, of listeners: [ListenerSettings]
  ) -> Bool {
    guard arrival.wireBytes > 0, datagram.byteCount >= 12, !RTPPacket.isControl(datagram) else { return false }
    switch listeners[arrival.listener].telemetryProtocol {
    case .rtp: return true
    case .capture: return overheard(datagram, arrival, of: listeners)?.kind == .rtp
    default: return false
    }
  }

  @inline(__always)
  private mutating func decode(
    _ datagram: RawSpan, as kind: TelemetryProtocol, _ arrival: Arrival, _ outcome: inout Outcome,
    _ exchange: inout CoAPExchange?
  ) -> DatagramVerdict {
    let listener = arrival.listener
    switch kind {
    case .line:
      return LineProtocolDecoder.decode(datagram, precision: listeners[listener].precision, into: &decoded)
    case .syslog:
      return decodeSyslog(datagram, listener: listener, source: arrival.source, arrivalNanos: arrival.nanos)
    case .coap:
      let answer = coap.receive(
        datagram, source: arrival.source, arrivalNanos: arrival.nanos, monotonicNanos: arrival.monotonicNanos,
        into: &decoded)
      switch answer.reply {
      case .none: break
      case .now(let bytes): outcome = .reply(bytes)
      case .afterCommit(let opened): exchange = opened
      }
      return answer.verdict
    case .snmp:
      return decodeSNMP(datagram, arrival, &outcome)
    case .rtp where !RTPPacket.isControl(datagram):
      if arrival.wireBytes == 0
        && rtp.follow(datagram, source: arrival.source, destination: arrival.destination, nanos: arrival.nanos)
      {
        return .decoded
      }
      return beginStream(datagram, arrival)
    case .rtp, .rtcp:
      return rtp.receiveControl(
        datagram, streamArrival(arrival), registry: encoder.admission.registry, into: &decoded)
    case .wsd:
      return discovery.receive(
        datagram, source: arrival.source, arrivalNanos: arrival.nanos, admission: encoder.admission, into: &decoded)
    case .capture:
      return .rejected(.unknownProtocol)
    }
  }

  @inline(never)
  private mutating func beginStream(_ datagram: RawSpan, _ arrival: Arrival) -> DatagramVerdict {
    rtp.receive(
      datagram, streamArrival(arrival), settings: listeners[arrival.listener].rtp, admission: encoder.admission)
  }

  private mutating func decodeSNMP(
    _ datagram: RawSpan, _ arrival: Arrival, _ outcome: inout Outcome
  ) -> DatagramVerdict {
    let answer = snmp.receive(
      datagram,
      SNMPEndpoint.Arrival(
        source: arrival.source, monotonicNanos: arrival.monotonicNanos, sequence: batch?.sequence ?? 0),
      settings: listeners[arrival.listener].snmp, admission: encoder.admission, into: &decoded)
    if !arrival.isCaptured {
      switch answer.reply {
      case .none: break
      case .now(let bytes): outcome = .answer(bytes)
      case .afterCommit(let bytes): outcome = .answerAfterCommit(bytes, sequence: batch?.sequence ?? 0)
      }
    }
    snmp.handOver(to: listeners[arrival.listener].snmp.tally)
    return answer.verdict
  }

  @inline(__always)
  private func streamArrival(_ arrival: Arrival) -> RTPEndpoint.Arrival {
    RTPEndpoint.Arrival(
      listener: arrival.listener, source: arrival.source, destination: arrival.destination, nanos: arrival.nanos,
      isMixed: arrival.isGuessed, wireBytes: arrival.wireBytes)
  }

  /// Hands over what was counted beside the ledger.
  public mutating func handOverTallies() {
    for listener in listeners where listener.telemetryProtocol == .snmp { snmp.handOver(to: listener.snmp.tally) }
  }

  /// Says what became of a batch: what was in one that was not committed must be taken again when it is sent again.
  public mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool) {
    snmp.noteCommit(sequence, isCommitted: isCommitted)
  }

  /// Tells the log of refusals and the tallies what there is to tell, now and then.
  public mutating func tellRefusals(monotonicNanos: Int64, isLast: Bool = false) {
    refusals.tell(encoder.admission.refusals, monotonicNanos: monotonicNanos, isLast: isLast)
    guard let forgotten = coap.takeForgotten() else { return }
    // One of them stands for all CoAP listeners of the lane, which share its memory.
    let listener = listeners.first { $0.telemetryProtocol == .coap } ?? listeners.first
    listener?.coapTally.add(exchanges: forgotten.exchanges, bodies: forgotten.bodies)
  }

  // MARK: seconds

  /// Whether rows of seconds that are over stand out.
  public func isDue(_ nowNanos: UnixNanos) -> Bool { rtp.isDue(nowNanos) }

  /// When the second is over that is being counted, and with it everything in a capture.
  public var endOfSecondsNanos: UnixNanos { rtp.endOfSecondsNanos }

  /// Writes rows of seconds that are over into the batch, which must not be full; false when there are no more.
  public mutating func writeDue(nowNanos: UnixNanos, monotonicNanos: Int64) -> Bool {
    guard let batch, rtp.isDue(nowNanos) else { return false }
    decoded.reset()
    let listeners = listeners
    let due = rtp.appendDue(
      at: nowNanos, settings: { listeners[$0].rtp }, registry: encoder.admission.registry, into: &decoded)
    guard let due else { return false }
    if batchBeganNanos == 0 { batchBeganNanos = monotonicNanos }
    putOrigin(due.listener, due.end, batch)
    let nobody = SourceAddress(high: 0, low: 0, port: 0)
    let rowsBefore = batch.rowCounts[due.listener]
    _ = encoder.encode(
      decoded, of: RawSpan(), from: origin(due.listener, .rtp, nobody, due.end), into: batch)
    if batch.rowCounts[due.listener] &- rowsBefore != UInt64(decoded.rows.count) {
      noteRows(RawSpan(), nobody, due.end, due.listener, batch)
    }
    return true
  }

  /// Forgets answers that nobody will send.
  public mutating func forgetReplies() {
    coap.clearReplies()
  }

  /// Tells of a sender that only the registry keeps out.
  @inline(never)
  private mutating func noteUnknown(_ id: String, _ arrival: Arrival) {
    let isNoted =
      unknownNoted.source == arrival.source.withoutPort
      && arrival.monotonicNanos - unknownNoted.nanos < UnknownSenders.pauseNanos
    if isNoted && id == unknownNoted.id { return }
    unknownNoted = (id, arrival.source.withoutPort, arrival.monotonicNanos)
    encoder.admission.unknown.note(
      id.isEmpty ? arrival.source.addressText : id, source: arrival.source,
      listener: listeners[arrival.listener].name, at: arrival.nanos)
  }

  /// Counts what made no sense against the devices whose names stand there, else against the one that sends from there.
  @inline(never)
  private func noteMalformed(_ datagram: RawSpan, _ arrival: Arrival) {
    let admission = encoder.admission
    if admission.registry.devices.isEmpty { return }
    if decoded.refusedKeys.isEmpty { return admission.noteMalformed(from: arrival.source.withoutPort) }
    var noted: Set<String> = []
    for index in 0..<decoded.refusedKeys.count {
      let refused = decoded.refusedKeys[index]
      let key = decoded.text(refused.key, of: datagram)
      var device: String?
      if refused.form == .lineProtocol {
        if case .series(let made) = LineProtocolDecoder.seriesKey(
          from: key, deviceTag: listeners[arrival.listener].deviceTag)
        {
          device = made.device
        }
      } else {
        device = SeriesKey(canonicalBytes: key)?.device
      }
      guard let known = device.flatMap({ admission.registry.id(of: $0.composed) }) else { continue }
      if noted.insert(known).inserted {
        admission.faults.noteMalformed(known)
        admission.refusals.noteDevice(known, at: arrival.source.withoutPort, listener: arrival.listener)
      }
    }
    if noted.isEmpty { admission.noteMalformed(from: arrival.source.withoutPort) }
  }

  private mutating func reject(
    _ reason: RejectReason, _ datagram: RawSpan, _ arrival: Arrival, _ batch: Batch
  ) -> Outcome {
    batch.counts[arrival.listener].rejected[Int(reason.rawValue)] += 1
    refusals.note(
      isShed: false, reason.rawValue, listener: arrival.listener, source: arrival.source, at: arrival.nanos, datagram)
    return .nothing
  }

  /// Notes whose rows were refused or shed: what the batch's counts have risen by since they were noted last.
  @inline(never)
  private mutating func noteRows(
    _ datagram: RawSpan, _ source: SourceAddress, _ nanos: UnixNanos, _ listener: Int, _ batch: Batch
  ) {
    hasNoted = true
    func note(_ counts: [UInt64], since noted: inout [UInt64], isShed: Bool, in refusals: inout RefusalNotes) {
      for reason in counts.indices where counts[reason] != noted[reason] {
        let more = counts[reason] &- noted[reason]
        noted[reason] = counts[reason]
        refusals.note(
          isShed: isShed, UInt8(truncatingIfNeeded: reason), listener: listener, source: source, count: more, at: nanos,
          datagram)
      }
    }
    let counts = batch.counts[listener]
    note(counts.rejectedRows, since: &noted[listener].rejectedRows, isShed: false, in: &refusals)
    note(counts.rejectedFields, since: &noted[listener].rejectedFields, isShed: false, in: &refusals)
    note(counts.shed, since: &noted[listener].shed, isShed: true, in: &refusals)
  }

  // Static, as all that is asked for each datagram and not inlined: the compiler would hand over a copy of the lane.
  private static func isAllowed(_ source: SourceAddress, by blocks: [AddressBlock]) -> Bool {
    for block in blocks where block.contains(source) { return true }
    return false
  }

  private mutating func decodeSyslog(
    _ datagram: RawSpan, listener: Int, source: SourceAddress, arrivalNanos: UnixNanos
  ) -> DatagramVerdict {
    let clock = clockBounds(arrivalNanos, .syslog)
    if !listeners[listener].sourceZones.isEmpty, let zone = listeners[listener].sourceZones[source.withoutPort] {
      return syslog.decode(datagram, arrivalNanos: arrivalNanos, zone: zone, clock: clock, into: &decoded)
    }
    return syslog.decode(
      datagram, arrivalNanos: arrivalNanos, zone: listeners[listener].zone, clock: clock, into: &decoded)
  }

  /// What is believed of the clock of a device whose datagram arrives then.
  @inline(__always)
  private func clockBounds(_ arrivalNanos: UnixNanos, _ kind: TelemetryProtocol) -> ClockBounds {
    let (newest, overflow) = arrivalNanos.addingReportingOverflow(bounds.futureNanos)
    let oldest = kind.yieldsEvents ? bounds.oldestNanos : bounds.oldestReadingNanos
    return ClockBounds(oldestNanos: oldest, newestNanos: overflow ? .max - 1 : newest)
  }

  private mutating func putOrigin(_ listener: Int, _ arrivalNanos: UnixNanos, _ batch: Batch) {
    if listener == originListener && arrivalNanos == originNanos { return }
    batch.records.putOrigin(listener: UInt8(listener), arrivalNanos: arrivalNanos)
    originListener = listener
    originNanos = arrivalNanos
  }

  private mutating func origin(
    _ listener: Int, _ kind: TelemetryProtocol, _ source: SourceAddress, _ arrivalNanos: UnixNanos
  ) -> RowEncoder.Origin {
    let age = kind.yieldsEvents ? bounds.eventsAgeNanos : bounds.readingsAgeNanos
    let believedNanos = arrivalNanos &- clockDoubt.aheadNanos(at: arrivalNanos)
    return RowEncoder.Origin(
      listener: listener, source: source, arrival: ArrivalTime(nanos: arrivalNanos),
      oldestNanos: age.map { believedNanos.subtractingReportingOverflow($0).partialValue } ?? Int64.min,
      clock: clockBounds(arrivalNanos, kind))
  }
}
