public import Primitives

/// A live part as a query sees it, before opening it.
public struct QueryPart: Hashable, Sendable {
  /// Names it to the `PartReading` that the view came with.
  public var path: String
  public var rowCount: Int
  /// The oldest and the newest row's time.
  public var oldest: UnixNanos
  public var newest: UnixNanos
  /// When the part was committed, in milliseconds since 1970; the end of time if nobody knows.
  public var writtenMillis = Int64.max
  /// The parts with this part's rollups, by step. Such a part holds every numeric reading of this one.
  public var rollups: [StoredStep: String]
  /// The first and the last device by name; nil if nobody knows.
  public var devices: ClosedRange<String>?

  public init(
    path: String, rowCount: Int, oldest: UnixNanos, newest: UnixNanos, rollups: [StoredStep: String] = [:]
  ) {
    self.path = path
    self.rowCount = rowCount
    self.oldest = oldest
    self.newest = newest
    self.rollups = rollups
  }
}
