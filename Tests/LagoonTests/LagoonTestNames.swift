@testable import Lagoon

/// What tests reach for beside the doors that the product has.
extension Catalogue {
  func merge(_ parts: [Part], of name: TableName, _ settings: CompactionSettings) throws -> PartMerge.Result? {
    try Compaction(tables: stored, rollups: rollups, settings: settings).merge(parts, of: name)
  }

  func vacuum(graceNanos: Int64) { Vacuum(tables: stored).run(graceNanos: graceNanos) }

  func directory(of name: TableName) -> String { stored.files.directory(of: name) }
}

/// Where a log's files are, for tests that spoil them.
extension DeltaLog {
  var directory: String { label }

  func path(_ version: Int64) -> String { label(version) }

  static func fileName(_ version: Int64) -> String { LagoonNames.commit(version) }
}
