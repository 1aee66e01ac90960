import Primitives
import Registry
import Telemetry

/// What a protocol does with each datagram of a lane, and what it keeps for that. State of one thread.
///
/// Never used as an existential: `ProtocolLanes` holds each by its own type and calls it by name.
protocol ProtocolLane: ~Copyable {
  init(_ setup: LaneSetup)

  /// Takes one datagram: its rows into `out`, which was reset, and what its sender is owed into `replies`.
  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict

  /// Says what became of the rows of a datagram whose sender is owed an answer, and makes the answer if there is one.
  mutating func settle(_ owed: OwedReply, _ fate: RowFate, _ replies: inout ReplyBuffer)

  /// Says what became of a batch.
  mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool)

  /// A datagram was cut short before it could be read.
  mutating func noteTruncated(_ datagram: RawSpan)

  /// The registry has changed.
  mutating func admit(by admission: Admission)

  /// Whether `tick` has something to write.
  borrowing func isDue(_ nowNanos: UnixNanos) -> Bool

  /// When all that is being counted is due; `Int64.min` if nothing is.
  borrowing func dueNanos() -> UnixNanos

  /// Appends some of the rows that are due to `out`, which was reset; all of one listener. nil if nothing is due any more.
  mutating func tick(
    _ nowNanos: UnixNanos, _ registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> DueRows?

  /// Tells others what was counted beside the ledger, now and then.
  mutating func tellCounts()

  /// What a replay tells of it; nil if nothing.
  borrowing func detail() -> ProtocolDetail?
}

/// Whose the rows are that a `tick` appended, and when what they tell of ended.
struct DueRows {
  var listener: Int
  var endNanos: UnixNanos
  /// Where that came from which they tell of; nil if from several.
  var source: SourceAddress? = nil
}

/// What the parts of a lane are made of.
struct LaneSetup {
  /// All of the lane's listeners, in the order of their numbers.
  let listeners: [ListenerSettings]
  let bounds: TimeBounds
  /// Seeds the hashes of keys.
  let seed: UInt64
  /// For a replay, which tells of every stream at its end.
  let keepsTotals: Bool
}

// What has nothing to remember needs none of it.
extension ProtocolLane where Self: ~Copyable {
  mutating func settle(_ owed: OwedReply, _ fate: RowFate, _ replies: inout ReplyBuffer) {}
  mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool) {}
  mutating func noteTruncated(_ datagram: RawSpan) {}
  mutating func admit(by admission: Admission) {}
  borrowing func isDue(_ nowNanos: UnixNanos) -> Bool { false }
  borrowing func dueNanos() -> UnixNanos { .min }
  mutating func tick(
    _ nowNanos: UnixNanos, _ registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> DueRows? { nil }
  mutating func tellCounts() {}
  borrowing func detail() -> ProtocolDetail? { nil }
}
