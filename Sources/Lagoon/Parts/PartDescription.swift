import Parquet
import Sys

/// What a part holds, for `thinai inspect`.
public enum PartDescription {
  /// One line a fact: schema, row groups, columns with sizes and bounds.
  public static func lines(path: String) throws -> [String] {
    let file = try PartFile(path: path)
    let reader = try ParquetReader(file)
    var lines = ["parquet part, \(file.byteCount) bytes, \(reader.rowGroups.reduce(0) { $0 + $1.rowCount }) rows"]
    for (key, value) in reader.metadata { lines.append("metadata \(key): \(value)") }
    for (number, group) in reader.rowGroups.enumerated() {
      lines.append("row group \(number): \(group.rowCount) rows")
      for (column, schema) in zip(group.columns, reader.schema.columns) {
        let bounds = [column.min, column.max].map { $0.map(text) ?? "-" }.joined(separator: " to ")
        lines.append(
          "  \(schema.name): \(schema.type), \(column.compressedBytes) bytes, \(column.nullCount.map(String.init) ?? "?") null, \(bounds)"
        )
      }
    }
    return lines
  }

  private static func text(_ bound: ColumnBound) -> String {
    switch bound {
    case .boolean(let value): "\(value)"
    case .int64(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let bytes): "\"" + String(decoding: bytes.prefix(40), as: UTF8.self) + "\""
    }
  }
}
