import Parquet
import Sys

/// Reads every live part of a data directory and holds it against its catalogue.
public enum LagoonVerification {
  /// What is wrong, a line each; none if all is well. `say` gets a line for each table that was looked at.
  public static func problems(data: String, say: (String) -> Void) throws -> [String] {
    var problems: [String] = []
    let root = data + "/tables"
    guard FileSystem.exists(root) else { throw LagoonError("cannot read \(root): there are no tables") }
    for entry in try FileSystem.list(root).filter(\.isDirectory).sorted(by: { $0.name < $1.name }) {
      let name = TableName(directoryName: entry.name)
      do throws(LagoonError) {
        let log = DeltaLog(tableDirectory: root + "/" + entry.name)
        guard let table = try log.load(name) else { continue }
        problems += checkpointProblems(log, name)
        var rows = 0
        for part in table.parts {
          rows += part.rowCount
          if let problem = problem(part, root + "/" + entry.name + "/" + part.path) { problems.append(problem) }
        }
        say("\(name.displayName): version \(table.version), \(table.parts.count) parts, \(rows) rows")
      } catch {
        problems.append("\(error)")
      }
    }
    return problems
  }

  private static func checkpointProblems(_ log: DeltaLog, _ name: TableName) -> [String] {
    ((try? log.checkpoints()) ?? []).compactMap { version in
      do throws(LagoonError) {
        _ = try log.readCheckpoint(version, name)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }

  private static func problem(_ part: Part, _ path: String) -> String? {
    do {
      let file = try PartFile(path: path)
      if file.byteCount != part.byteCount {
        return "\(path): \(file.byteCount) bytes, its catalogue says \(part.byteCount)"
      }
      let reader = try ParquetReader(file)
      try reader.verify()
      let rows = reader.rowCount
      return rows == part.rowCount ? nil : "\(path): \(rows) rows, its catalogue says \(part.rowCount)"
    } catch {
      return "\(path): \(error)"
    }
  }
}

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
