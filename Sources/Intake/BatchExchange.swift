public import Primitives
public import Protocols
public import Sys

/// The way of batches between one lane and its committer: full ones go, empty ones come back, and word of each commit
/// comes back before its rows are even in the tables.
public final class BatchExchange: Sendable {
  /// What became of a batch's records.
  public struct Word: Sendable {
    public var sequence: UInt64
    public var isCommitted: Bool

    public init(sequence: UInt64, isCommitted: Bool) {
      self.sequence = sequence
      self.isCommitted = isCommitted
    }
  }

  public let full = SingleProducerRing<Batch>(capacity: Limits.batchesInFlight)
  public let empty = SingleProducerRing<Batch>(capacity: Limits.batchesInFlight)
  public let words = SingleProducerRing<Word>(capacity: 4 * Limits.batchesInFlight)
  /// Wakes the committer: a full batch waits.
  public let committerWakeUp: WakeUp
  /// Wakes the lane: an empty batch or a word waits, or it is to stop.
  public let laneWakeUp: WakeUp

  public init(listenerCount: Int) throws(SystemError) {
    committerWakeUp = try WakeUp()
    laneWakeUp = try WakeUp()
    for _ in 0..<Limits.batchesInFlight { _ = empty.push(Batch(listenerCount: listenerCount)) }
  }
}
