import Parquet
import Primitives

/// Devices of several parts, cut into spans of about so many rows: a merge takes one after the other into memory.
enum MergeSpans {
  /// Cells of a span at the most, about, unless one device has more: some 150 MB as they are merged.
  static let cells = 8 << 20

  /// Rows of a span in a table of that many columns.
  static func rows(columnCount: Int) -> Int {
    max(Limits.rowsPerPage, min(Limits.rowsPerRowGroup, cells / max(1, columnCount)))
  }

  /// The spans in order; every device of the parts is in one. Where there are few rows the one span is nil: all.
  static func spans(of readers: [ParquetReader], mostRows: Int) throws -> [DeviceSpan?] {
    if readers.reduce(0, { $0 + $1.rowCount }) <= mostRows { return [nil] }
    var rowsOf: [ArraySlice<UInt8>: Int] = [:]
    for reader in readers {
      for group in reader.rowGroups.indices {
        guard case .string(let names) = try reader.read(column: 0, rowGroup: group).values else {
          throw LagoonError("its device column is of another type")
        }
        var counts = [Int](repeating: 0, count: names.dictionaryCount)
        for index in names.indexes { counts[Int(index)] += 1 }
        for (entry, count) in counts.enumerated() where count > 0 {
          rowsOf[names.entry(entry), default: 0] += count
        }
      }
    }
    var spans: [DeviceSpan?] = []
    var first: ArraySlice<UInt8>?
    var last: ArraySlice<UInt8> = []
    var rows = 0
    for (device, count) in rowsOf.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      if let begun = first, rows + count > mostRows {
        spans.append(DeviceSpan(first: Array(begun), last: Array(last)))
        (first, rows) = (nil, 0)
      }
      first = first ?? device
      last = device
      rows += count
    }
    if let first { spans.append(DeviceSpan(first: Array(first), last: Array(last))) }
    return spans
  }
}
