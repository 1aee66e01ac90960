public import Primitives

/// Cuts a stretch of time so that what is stored of each piece fits memory.
public struct TimeSlices {
  /// Rows of one slice, held at some 24 bytes each.
  private static let rowsPerSlice = 8_000_000.0
  private static let longestNanos = Nanos.perDay
  private static let shortestNanos = Nanos.perMinute
  private let tables: [TableView]
  private let changes: [UnixNanos]
  private let to: UnixNanos
  private let rowsPerSlice: Double
  private let endsWithDays: Bool
  /// Where the next slice begins; at first where there is anything.
  public private(set) var start: UnixNanos

  /// - Parameters:
  ///   - changes: instants that no slice reaches over.
  ///   - rowsPerSlice: nil for as many as are held at some 24 bytes each.
  ///   - endsWithDays: whether slices end with UTC days, as parts do: then each part is read for one slice, if its rows fit.
  public init(
    _ tables: [TableView], from: UnixNanos, to: UnixNanos, changes: [UnixNanos] = [], rowsPerSlice: Double? = nil,
    endsWithDays: Bool = false
  ) {
    self.tables = tables
    self.changes = changes
    self.to = to
    self.rowsPerSlice = rowsPerSlice ?? Self.rowsPerSlice
    self.endsWithDays = endsWithDays
    // Where nothing is stored there is nothing to cut.
    let oldest = tables.flatMap(\.parts).map(\.oldest).min() ?? from
    let hasUnsealed = tables.contains { !$0.unsealed.isEmpty }
    start = hasUnsealed ? from : max(from, min(oldest, to))
  }

  public mutating func next() -> Range<UnixNanos>? {
    guard start < to else { return nil }
    var length = Self.longestNanos
    if endsWithDays { length = (flooredDivision(start, by: Nanos.perDay) + 1) * Nanos.perDay - start }
    while length > Self.shortestNanos && rows(start..<start + length) > rowsPerSlice { length /= 2 }
    var end = min(to, start + length)
    if let change = changes.first(where: { $0 > start && $0 < end }) { end = change }
    defer { start = end }
    return start..<end
  }

  /// About how many rows there are, as if a part's were spread evenly over its time.
  private func rows(_ range: Range<UnixNanos>) -> Double {
    var sum = 0.0
    for table in tables {
      for part in table.parts where part.newest >= range.lowerBound && part.oldest < range.upperBound {
        // As doubles: a part may reach over more time than nanoseconds can say.
        let shared = Double(min(part.newest, range.upperBound)) - Double(max(part.oldest, range.lowerBound)) + 1
        sum += Double(part.rowCount) * shared / (Double(part.newest) - Double(part.oldest) + 1)
      }
    }
    return sum
  }
}
