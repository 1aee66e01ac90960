import Primitives

/// What a part's file name says: `07-qn-01-42.parquet`, the UTC hour of its first row, the node, a sequence.
struct PartName: Hashable {
  var node: String
  var sequence: UInt64

  /// nil of files that no node of ours wrote.
  init?(_ name: some StringProtocol) {
    guard name.hasSuffix(LagoonNames.partSuffix) else { return nil }
    let stem = name.dropLast(LagoonNames.partSuffix.utf8.count)
    guard let dash = stem.lastIndex(of: "-"), let sequence = UInt64(stem[stem.index(after: dash)...]),
      sequence < 1 << 53,
      stem[..<dash].count > 3
    else { return nil }
    node = String(stem[..<dash].dropFirst(3))
    self.sequence = sequence
  }

  /// The name of the part at a path.
  init?(path: String) {
    self.init(path[path.index(path.lastIndex(of: "/") ?? path.startIndex, offsetBy: path.contains("/") ? 1 : 0)...])
  }

  init(node: String, sequence: UInt64) {
    self.node = node
    self.sequence = sequence
  }

  /// Where a part of that name stands in its table's folder.
  ///
  /// - Parameters:
  ///   - date: the UTC day of its first row.
  ///   - oldestTime: of its first row, in the table's unit.
  func path(date: String, oldestTime: Int64, precision: TimePrecision) -> String {
    let seconds = flooredDivision(oldestTime, by: Nanos.perSecond / precision.unitNanos)
    let hour = flooredDivision(seconds, by: 3_600) - flooredDivision(seconds, by: 86_400) * 24
    return LagoonNames.folder(ofDate: date) + "/\(hour < 10 ? "0" : "")\(hour)-\(node)-\(sequence)"
      + LagoonNames.partSuffix
  }
}
