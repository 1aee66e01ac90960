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
  var protocols: ProtocolLanes
  private var replies = ReplyBuffer()
  /// Protocols whose datagrams are judged as events are.
  private let eventKinds = ProtocolSet { $0.yieldsEvents }
  /// Interfaces, where others may come by.
  private let overhearing = ProtocolSet { $0.overhearsOthers }
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

  /// `keepsTotals` is for a replay, which tells of every stream at its end.
  public init(
    listeners: [ListenerSettings], bounds: TimeBounds, admission: Admission, seed: UInt64, keepsTotals: Bool = false
  ) {
    self.listeners = listeners
    self.bounds = bounds
    clockDoubt = ClockDoubt(believed: bounds.believed)
    refusals = RefusalNotes(seed: seed)
    noted = Array(repeating: LedgerCounts(), count: listeners.count)
    encoder = RowEncoder(
      admission: admission, deviceTags: listeners.map(\.line.deviceTag),
      listeners: listeners.map(\.name), seed: seed)
    protocols = ProtocolLanes(
      LaneSetup(listeners: listeners, bounds: bounds, seed: seed, keepsTotals: keepsTotals))
  }

  /// Series that the lane knows.
  public var seriesCount: Int { encoder.seriesCount }

  public mutating func admit(by admission: Admission) {
    encoder.admit(by: admission)
    protocols.admit(by: admission)
  }

  /// What there is to tell of each protocol beside its account.
  public borrowing func details() -> [TelemetryProtocol: ProtocolDetail] { protocols.details() }

  /// The octets of the answer that `take` or `settle` gave last.
  public var replyBytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get { _overrideLifetime(replies.octets.bytes, borrowing: self) }
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

  /// Takes one datagram into the batch. There must be one, not full.
  public mutating func take(_ datagram: RawSpan, _ arrival: Arrival) -> Reply {
    guard let batch else { return .none }
    replies.begin()
    var arrival = arrival
    arrival.sequence = batch.sequence
    let listener = arrival.listener
    if batchBeganNanos == 0 { batchBeganNanos = arrival.monotonicNanos }
    batch.counts[listener].received += 1
    if arrival.isTruncated && !Self.isHeadEnough(datagram, arrival, of: listeners) {
      protocols.noteTruncated(datagram, as: listeners[listener].telemetryProtocol)
      return reject(.truncated, datagram, arrival, batch)
    }
    if !listeners[listener].allow.isEmpty, !Self.isAllowed(arrival.source, by: listeners[listener].allow) {
      return reject(.sourceNotAllowed, datagram, arrival, batch)
    }
    var kind = listeners[listener].telemetryProtocol
    if overhearing.contains(kind) {
      guard let known = Self.overheard(datagram, arrival, of: listeners) else {
        return reject(.unknownProtocol, datagram, arrival, batch)
      }
      arrival.isGuessed = known.isGuessed
      kind = known.kind
    }
    decoded.reset()
    let verdict = protocols.receive(datagram, as: kind, arrival, encoder.admission, into: &decoded, &replies)
    guard case .decoded = verdict else {
      if case .rejected(let reason) = verdict {
        _ = reject(reason, datagram, arrival, batch)
        if reason == .unknownDevice { noteUnknown("", arrival) } else { noteMalformed(datagram, arrival) }
      }
      return reply(to: arrival)
    }
    batch.counts[listener].decoded += 1
    if decoded.trailingBytes > 0 { batch.counts[listener].trailingBytes += UInt64(decoded.trailingBytes) }
    if decoded.rows.isEmpty && decoded.refusedRows.isEmpty { return reply(to: arrival) }
    putOrigin(listener, arrival.nanos, batch)
    let rowsBefore = batch.rowCounts[listener]
    let written = encoder.encode(
      decoded, of: datagram, from: origin(listener, kind, arrival.source, arrival.nanos), into: batch)
    let isWhole = decoded.refusedRows.isEmpty && decoded.refusedFields.isEmpty
    if batch.rowCounts[listener] &- rowsBefore != UInt64(decoded.rows.count) || !isWhole {
      noteRows(datagram, arrival.source, arrival.nanos, listener, batch)
      if !isWhole && Self.isOfSender(decoded) { noteMalformed(datagram, arrival) }
    }
    if written == .refused(.unknownDevice) { noteUnknown(encoder.refusedDevice, arrival) }
    guard written != .some, var owed = replies.owed else { return reply(to: arrival) }
    // Nothing of it can be stored, so there is no commit to wait for.
    owed.sequence = 0
    settle(owed, written.fate)
    return reply(to: arrival)
  }

  /// What the last datagram is owed after the commit; nil if nothing.
  public var owed: OwedReply? { replies.owed }

  /// Nobody is answered who was overheard.
  @inline(__always)
  private func reply(to arrival: Arrival) -> Reply { arrival.isCaptured ? .none : replies.current }

  /// What a sender is answered whose rows were committed, or could not be: octets of `replyBytes`, nil for silence.
  public mutating func settle(_ owed: OwedReply, isCommitted: Bool) -> Range<Int>? {
    settle(owed, isCommitted ? .stored : .unavailable)
    if case .now(let range) = replies.current { return range }
    return nil
  }

  @inline(never)
  private mutating func settle(_ owed: OwedReply, _ fate: RowFate) {
    replies.begin()
    protocols.settle(owed, fate, &replies)
  }

  /// What a datagram is that came by an interface: by its port, unless its content is another's.
  @inline(never)
  private static func overheard(
    _ datagram: RawSpan, _ arrival: Arrival, of listeners: [ListenerSettings]
  ) -> (kind: TelemetryProtocol, isGuessed: Bool)? {
    let mapped =
      arrival.isInterleaved
      ? nil
      : listeners[arrival.listener].capture.portMap.protocolOf(
        destination: arrival.destination.port, source: arrival.source.port)
    return ProtocolGuess.protocolOf(datagram, mapped: mapped)
  }

  /// Whether what a capture cut holds all that is looked at.
  @inline(never)
  private static func isHeadEnough(
    _ datagram: RawSpan, _ arrival: Arrival, of listeners: [ListenerSettings]
  ) -> Bool {
    if arrival.wireBytes == 0 { return false }
    let own = listeners[arrival.listener].telemetryProtocol
    let kind = own.traits.overhearsOthers ? overheard(datagram, arrival, of: listeners)?.kind : own
    return kind.map { ProtocolLanes.isHeadEnough(datagram, as: $0) } ?? false
  }

  /// Hands over what was counted beside the ledger.
  public mutating func handOverTallies() { protocols.tellCounts() }

  /// Says what became of a batch: what was in one that was not committed must be taken again when it is sent again.
  public mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool) {
    protocols.noteCommit(sequence, isCommitted: isCommitted)
  }

  /// Tells the log of refusals and the tallies what there is to tell, now and then.
  public mutating func tellRefusals(monotonicNanos: Int64, isLast: Bool = false) {
    refusals.tell(encoder.admission.refusals, monotonicNanos: monotonicNanos, isLast: isLast)
    protocols.tellCounts()
  }

  // MARK: what is due

  /// Whether rows are due that no datagram brings: of seconds that are over.
  public func isDue(_ nowNanos: UnixNanos) -> Bool { protocols.isDue(nowNanos) }

  /// When all is due that is being counted: the end of a capture.
  public var dueNanos: UnixNanos { protocols.dueNanos() }

  /// Writes rows that are due into the batch, which must not be full; false when there are no more.
  public mutating func tick(_ nowNanos: UnixNanos, monotonicNanos: Int64) -> Bool {
    guard let batch, protocols.isDue(nowNanos) else { return false }
    decoded.reset()
    guard let due = protocols.tick(nowNanos, encoder.admission.registry, into: &decoded) else { return false }
    let (listener, endNanos) = (due.rows.listener, due.rows.endNanos)
    if batchBeganNanos == 0 { batchBeganNanos = monotonicNanos }
    putOrigin(listener, endNanos, batch)
    let source = due.rows.source ?? SourceAddress(high: 0, low: 0, port: 0)
    let rowsBefore = batch.rowCounts[listener]
    _ = encoder.encode(decoded, of: RawSpan(), from: origin(listener, due.kind, source, endNanos), into: batch)
    if batch.rowCounts[listener] &- rowsBefore != UInt64(decoded.rows.count) {
      noteRows(RawSpan(), source, endNanos, listener, batch)
    }
    return true
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
      let parsed = RowKey.parse(key, form: refused.form, deviceTag: encoder.deviceTags[arrival.listener])
      guard case .series(let series) = parsed, let known = admission.registry.id(of: series.device.composed) else {
        continue
      }
      if noted.insert(known).inserted {
        admission.faults.noteMalformed(known)
        admission.refusals.noteDevice(known, at: arrival.source.withoutPort, listener: arrival.listener)
      }
    }
    if noted.isEmpty { admission.noteMalformed(from: arrival.source.withoutPort) }
  }

  private mutating func reject(
    _ reason: RejectReason, _ datagram: RawSpan, _ arrival: Arrival, _ batch: Batch
  ) -> Reply {
    batch.counts[arrival.listener].rejected[Int(reason.rawValue)] += 1
    refusals.note(
      isShed: false, reason.rawValue, listener: arrival.listener, source: arrival.source, at: arrival.nanos, datagram)
    return .none
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

  /// Whether what was refused speaks against who sent it.
  @inline(never)
  private static func isOfSender(_ decoded: borrowing DecodedDatagram) -> Bool {
    if !decoded.refusedFields.isEmpty { return true }
    for index in 0..<decoded.refusedRows.count where RejectReason(rawValue: decoded.refusedRows[index]).isOfSender {
      return true
    }
    return false
  }

  // Static, as all that is asked for each datagram and not inlined: the compiler would hand over a copy of the lane.
  private static func isAllowed(_ source: SourceAddress, by blocks: [AddressBlock]) -> Bool {
    for block in blocks where block.contains(source) { return true }
    return false
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
    let isEvent = eventKinds.contains(kind)
    let age = isEvent ? bounds.eventsAgeNanos : bounds.readingsAgeNanos
    let believedNanos = arrivalNanos &- clockDoubt.aheadNanos(at: arrivalNanos)
    return RowEncoder.Origin(
      listener: listener, source: source, arrival: ArrivalTime(nanos: arrivalNanos),
      oldestNanos: age.map { believedNanos.subtractingReportingOverflow($0).partialValue } ?? Int64.min,
      clock: bounds.clock(at: arrivalNanos, isEvent: isEvent))
  }
}
