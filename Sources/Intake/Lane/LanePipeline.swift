import Decoders
public import Primitives
import Sys
import Telemetry

/// A lane without its sockets: takes datagrams, decodes them, and fills batches. `replay` and the tests drive it as
/// the lanes do.
///
/// State of one thread, passed `inout`. Allocates at start and when a series or layout is new.
public struct LanePipeline: ~Copyable {
  private let listeners: [ListenerSettings]
  private let bounds: TimeBounds
  private var decoded = DecodedDatagram()
  private var encoder: RowEncoder
  private var syslog = SyslogDecoder()
  var coap: CoAPEndpoint
  /// The batch being filled; nil while every batch is in flight.
  public private(set) var batch: Batch?
  private var nextSequence: UInt64 = 1
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
  }

  public init(listeners: [ListenerSettings], bounds: TimeBounds, admission: Admission, seed: UInt64) {
    self.listeners = listeners
    self.bounds = bounds
    encoder = RowEncoder(admission: admission, deviceTags: listeners.map(\.deviceTag), seed: seed)
    coap = CoAPEndpoint()
  }

  /// Series that the lane knows.
  public var seriesCount: Int { encoder.seriesCount }

  public mutating func admit(by admission: Admission) {
    encoder.admit(by: admission)
  }

  // MARK: batches

  /// Begins to fill `batch`, whose records will stand in the journal segment `segment`.
  public mutating func begin(_ batch: Batch, segment: UInt64) {
    batch.reset()
    batch.segment = segment
    batch.sequence = nextSequence
    nextSequence += 1
    originListener = -1
    originNanos = Int64.min
    batchBeganNanos = 0
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
    return batch
  }

  // MARK: datagrams

  /// Notes datagrams that the kernel dropped before the socket.
  public mutating func noteKernelDrops(_ count: UInt64, listener: Int, monotonicNanos: Int64) {
    batch?.counts[listener].kernelDropped += count
    if batchBeganNanos == 0 { batchBeganNanos = monotonicNanos }
  }

  /// Takes one datagram into the batch. There must be one, not full.
  public mutating func take(
    _ datagram: RawSpan, isTruncated: Bool, listener: Int, source: SourceAddress, arrivalNanos: UnixNanos,
    monotonicNanos: Int64
  ) -> Outcome {
    guard let batch else { return .nothing }
    if batchBeganNanos == 0 { batchBeganNanos = monotonicNanos }
    batch.counts[listener].received += 1
    if isTruncated { return reject(.truncated, listener, batch) }
    if !isAllowed(source, listener) { return reject(.sourceNotAllowed, listener, batch) }
    decoded.reset()
    var outcome = Outcome.nothing
    var exchange: CoAPExchange?
    let verdict: DatagramVerdict
    switch listeners[listener].telemetryProtocol {
    case .line:
      verdict = LineProtocolDecoder.decode(datagram, precision: listeners[listener].precision, into: &decoded)
    case .syslog:
      verdict = decodeSyslog(datagram, listener: listener, source: source, arrivalNanos: arrivalNanos)
    case .coap:
      let answer = coap.receive(
        datagram, source: source, arrivalNanos: arrivalNanos, monotonicNanos: monotonicNanos, into: &decoded)
      verdict = answer.verdict
      switch answer.reply {
      case .none: break
      case .now(let bytes): outcome = .reply(bytes)
      case .afterCommit(let opened): exchange = opened
      }
    }
    guard case .decoded = verdict else {
      if case .rejected(let reason) = verdict { batch.counts[listener].rejected[Int(reason.rawValue)] += 1 }
      return outcome
    }
    batch.counts[listener].decoded += 1
    if decoded.rows.isEmpty && decoded.refusedRows.isEmpty { return outcome }
    putOrigin(listener, arrivalNanos, batch)
    let written = encoder.encode(
      decoded, of: datagram, from: origin(listener, source, arrivalNanos), into: batch)
    guard let exchange else { return outcome }
    if written == .some { return .replyAfterCommit(exchange: exchange, sequence: batch.sequence) }
    // Nothing of it can be stored, so there is no commit to wait for.
    guard let reply = coap.rowsCommitted(exchange, result: written.commitResult) else { return .nothing }
    return .reply(reply.bytes)
  }

  /// Forgets answers that nobody will send.
  public mutating func forgetReplies() {
    coap.clearReplies()
  }

  private func reject(_ reason: RejectReason, _ listener: Int, _ batch: Batch) -> Outcome {
    batch.counts[listener].rejected[Int(reason.rawValue)] += 1
    return .nothing
  }

  private func isAllowed(_ source: SourceAddress, _ listener: Int) -> Bool {
    if listeners[listener].allow.isEmpty { return true }
    for block in listeners[listener].allow where block.contains(source) { return true }
    return false
  }

  private mutating func decodeSyslog(
    _ datagram: RawSpan, listener: Int, source: SourceAddress, arrivalNanos: UnixNanos
  ) -> DatagramVerdict {
    if !listeners[listener].sourceZones.isEmpty, let zone = listeners[listener].sourceZones[source.withoutPort] {
      return syslog.decode(datagram, arrivalNanos: arrivalNanos, zone: zone, into: &decoded)
    }
    return syslog.decode(datagram, arrivalNanos: arrivalNanos, zone: listeners[listener].zone, into: &decoded)
  }

  private mutating func putOrigin(_ listener: Int, _ arrivalNanos: UnixNanos, _ batch: Batch) {
    if listener == originListener && arrivalNanos == originNanos { return }
    batch.records.putOrigin(listener: UInt8(listener), arrivalNanos: arrivalNanos)
    originListener = listener
    originNanos = arrivalNanos
  }

  private func origin(_ listener: Int, _ source: SourceAddress, _ arrivalNanos: UnixNanos) -> RowEncoder.Origin {
    let isEvents = listeners[listener].telemetryProtocol == .syslog
    let age = isEvents ? bounds.eventsAgeNanos : bounds.readingsAgeNanos
    return RowEncoder.Origin(
      listener: listener, source: source, arrival: ArrivalTime(nanos: arrivalNanos),
      oldestNanos: age.map { arrivalNanos.subtractingReportingOverflow($0).partialValue } ?? Int64.min,
      newestNanos: arrivalNanos.addingReportingOverflow(bounds.futureNanos).partialValue)
  }
}
