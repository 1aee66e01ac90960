import Primitives
public import Telemetry

/// What a lane hands to its committer at once: records, and the counts of the datagrams that they came in.
///
/// It has one owner at a time, the lane or the committer, and passes between them through rings; that is what makes
/// it sendable.
public final class Batch: @unchecked Sendable {
  public var records = RecordBuffer(capacity: Limits.batchBytes)
  /// The definitions among the records once more, which the journal keeps in a frame of their own before the batch's:
  /// a frame that is damaged costs its own rows, and no later ones that refer to what it defined.
  public var definitions = RecordBuffer(capacity: Limits.batchBytes)
  /// By listener.
  public var counts: [LedgerCounts]
  /// Rows in the records, by listener: what is shed if the batch cannot be committed.
  public var rowCounts: [UInt64]
  /// The journal segment for which its series and layouts are defined.
  public var segment: UInt64 = 0
  /// Rises by one a batch, per lane.
  public var sequence: UInt64 = 0
  /// Whether numbers of series and layouts begin anew with it: what they meant in earlier batches is over.
  public var beginsAnew = false

  public init(listenerCount: Int) {
    counts = Array(repeating: LedgerCounts(), count: listenerCount)
    rowCounts = Array(repeating: 0, count: listenerCount)
  }

  /// Makes it ready to be filled again.
  public func reset() {
    records.removeAll()
    definitions.removeAll()
    beginsAnew = false
    for index in counts.indices {
      counts[index].reset()
      rowCounts[index] = 0
    }
  }
}
