import Primitives
public import Telemetry

/// What a lane hands to its committer at once: records, and the counts of the datagrams that they came in.
///
/// It has one owner at a time, the lane or the committer, and passes between them through rings; that is what makes
/// it sendable. For the same reason its variables are not checked for exclusive access at run time, which would cost each
/// datagram a tenth: nobody reads one of them while it changes it.
public final class Batch: @unchecked Sendable {
  @exclusivity(unchecked) public var records = RecordBuffer(capacity: Limits.batchBytes)
  /// The definitions among the records once more, which the journal keeps in a frame of their own before the batch's:
  /// a frame that is damaged costs its own rows, and no later ones that refer to what it defined.
  @exclusivity(unchecked) public var definitions = RecordBuffer(capacity: Limits.batchBytes)
  /// By listener.
  @exclusivity(unchecked) public var counts: [LedgerCounts]
  /// Rows in the records, by listener: what is shed if the batch cannot be committed.
  @exclusivity(unchecked) public var rowCounts: [UInt64]
  /// The journal segment for which its series and layouts are defined.
  @exclusivity(unchecked) public var segment: UInt64 = 0
  /// Rises by one a batch, per lane.
  @exclusivity(unchecked) public var sequence: UInt64 = 0
  /// Whether numbers of series and layouts begin anew with it: what they meant in earlier batches is over.
  @exclusivity(unchecked) public var beginsAnew = false

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
