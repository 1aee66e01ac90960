import Parquet
import Sys

/// Reads every live part of a data directory and holds it against its catalogue, and each catalogue against what is
/// known of it elsewhere.
public enum LagoonVerification {
  /// What is wrong, a line each; none if all is well. `say` gets a line for each table that was looked at.
  public static func problems(data: String, say: (String) -> Void) throws -> [String] {
    var problems: [String] = []
    let root = LagoonNames.tables(in: data)
    guard FileSystem.exists(root) else { throw LagoonError("cannot read \(root): there are no tables") }
    // Before the logs: one that is written meanwhile is then newer, and not older.
    let records = VersionRecords(data: data)
    if let failure = records.failure { problems.append(failure) }
    let known = records.content
    let node = PartFiles.node(of: data)
    for opened in try OpenedTable.all(root: root, known: known).sorted(by: { $0.folder < $1.folder }) {
      if let failure = opened.failure {
        problems.append(failure)
        continue
      }
      guard let table = opened.table else { continue }
      problems += checkpointProblems(DeltaLog(tableDirectory: opened.path), opened.name)
      problems += opened.strangerNotes(table)
      var rows = 0
      for part in table.parts {
        rows += part.rowCount
        if let problem = opened.missing(part) ?? damage(part, opened) { problems.append(problem) }
      }
      let orphans = opened.orphans(node: node)
      let isProved = opened.isProved(known)
      let kept = orphans.count { !isProved || known.kept.contains(opened.folder + "/" + $0) }
      if kept > 0 { problems.append(OpenedTable.keptNote(kept, opened.name)) }
      let rest = orphans.count > kept ? ", \(orphans.count - kept) files that no version needs" : ""
      say("\(opened.name.displayName): version \(table.version), \(table.parts.count) parts, \(rows) rows\(rest)")
    }
    return problems
  }

  static func checkpointProblems(_ log: DeltaLog, _ name: TableName) -> [String] {
    ((try? log.checkpoints()) ?? []).compactMap { version in
      if log.isForeign(checkpoint: version) { return nil }
      do throws(LagoonError) {
        _ = try log.readCheckpoint(version, name)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }

  /// What is wrong inside of a part; nil if all of it can be read.
  static func damage(_ part: Part, _ opened: OpenedTable) -> String? {
    let path = opened.path + "/" + part.path
    do {
      let reader = try ParquetReader(try PartFile(path: path))
      try reader.verify()
      let rows = reader.rowCount
      if rows == part.rowCount { return nil }
      return "part \(path) of table \(opened.name.displayName): \(rows) rows, its catalogue says \(part.rowCount)"
    } catch {
      return "part \(path) of table \(opened.name.displayName) is damaged: \(error)"
    }
  }
}
