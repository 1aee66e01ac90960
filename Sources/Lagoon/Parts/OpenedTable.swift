import Parquet
import Primitives
import Sys

/// A table's folder as a start or `verify` finds it: the table, if its log is whole as far as anybody knows.
struct OpenedTable {
  var name: TableName
  /// The folder under `tables/`.
  let folder: String
  let path: String
  private(set) var table: TableState?
  /// Why the table cannot be proved; nil if it can, or is none.
  private(set) var failure: String?
  /// What is wrong with single parts.
  private(set) var notes: [String] = []
  private(set) var largestSequence: UInt64 = 0
  private(set) var files: TableFolder?

  /// Every table of a data directory, and those that are known and have no folder any more.
  static func all(root: String, known: VersionRecords.Content) throws(LagoonError) -> [OpenedTable] {
    let folders: [String]
    do throws(SystemError) {
      folders = try FileSystem.list(root).filter(\.isDirectory).map(\.name)
    } catch {
      throw LagoonError("read", root, error)
    }
    let lost = Set(known.tables.keys).subtracting(folders).sorted()
    return (folders + lost).map { OpenedTable(root: root, folder: $0, known: known) }
  }

  init(root: String, folder: String, known: VersionRecords.Content) {
    self.folder = folder
    path = root + "/" + folder
    name = TableName(directoryName: folder)
    do throws(LagoonError) {
      try open(known)
    } catch {
      if let measurement = files?.measurement { name = name.named(oneOf: [measurement], folder: folder) }
      failure = "cannot read table \(name.displayName) (\(LagoonNames.tables)/\(folder)): \(error)"
    }
  }

  private mutating func open(_ content: VersionRecords.Content) throws(LagoonError) {
    let known = content.tables[folder]
    do throws(SystemError) {
      let files = try TableFolder(path)
      self.files = files
      largestSequence = files.largestSequence
    } catch {
      throw LagoonError("read", path, error)
    }
    let log = DeltaLog(tableDirectory: path)
    guard var table = try log.load(name) else {
      if let known { throw LagoonError("its Delta log is missing, of which version \(known.version) is known") }
      // Where records are kept, parts without either come of a first seal that was interrupted: their rows are in the
      // journal still.
      if !content.isWhole && files?.parts.isEmpty == false { throw LagoonError("its Delta log is missing") }
      return
    }
    name = table.name
    for part in table.parts {
      largestSequence = max(largestSequence, PartName(path: part.path)?.sequence ?? 0)
    }
    if let known { try Self.prove(table, log, known) }
    table.resolveStrangers(directory: path)
    notes = strangerNotes(table) + table.parts.compactMap(missing)
    self.table = table
  }

  /// Holds the log against the newest version that is known of it.
  private static func prove(
    _ table: TableState, _ log: DeltaLog, _ known: VersionRecords.Known
  ) throws(LagoonError) {
    if known.version > table.version {
      throw LagoonError("versions \(table.version + 1) to \(known.version) of its Delta log are missing")
    }
    let found =
      known.version == table.version ? table.newestCommit : (try? log.bytes(known.version)).map { Fingerprint($0) }
    // None: a checkpoint has made up for it.
    if let found, found != known.commit {
      throw LagoonError("version \(known.version) of its Delta log is damaged: it is another commit than was written")
    }
  }

  func strangerNotes(_ table: TableState) -> [String] {
    table.strangers.map { TableBook.note(stranger: $0, of: name) }
      + table.foreignColumns.map {
        "cannot read column \($0) of table \(name.displayName), which another program added: its type is not supported"
      }
  }

  /// What is wrong with a live part at first sight.
  func missing(_ part: Part) -> String? {
    let found: FileStatus?
    do throws(SystemError) { found = try FileSystem.status(path + "/" + part.path) } catch {
      return "cannot read part \(part.path) of table \(name.displayName): \(error)"
    }
    guard let found else {
      return "part \(part.path) of table \(name.displayName) is missing, with \(part.rowCount) rows"
    }
    if found.byteCount == part.byteCount { return nil }
    return "part \(part.path) of table \(name.displayName) is damaged: it has \(found.byteCount) bytes,"
      + " its catalogue says \(part.byteCount)"
  }

  /// Makes what was found durable before anybody relies on it: a process that was killed between a commit and its
  /// synchronization left a version that is there, and that a loss of power may still take, with rows that the journal
  /// lets go of because of it. What is wrong, if it fails.
  func makeDurable(_ content: VersionRecords.Content) -> [String] {
    guard let table, content.tables[folder]?.version ?? -1 < table.version else { return [] }
    let store = DeltaLog(tableDirectory: path).store
    do {
      try store.create()
      // The name of the table's own folder too.
      try FileSystem.createDirectories(path)
      try store.settle()
      return []
    } catch {
      return ["cannot make table \(name.displayName) durable: \(error)"]
    }
  }

  /// Parts of a node that no version names.
  func orphans(node: String) -> [String] {
    files?.orphans(node: node, live: Set(table?.parts.map(\.path) ?? [])) ?? []
  }

  /// Whether what no version names can only be a leftover.
  func isProved(_ known: VersionRecords.Content) -> Bool {
    failure == nil && (table == nil ? known.isWhole : known.tables[folder] != nil)
  }

  /// Removes what an interrupted commit or compaction left behind, where the log is proved whole: its rows are in other
  /// parts or in the journal. Where it is not, parts stay for good and are named.
  func tidy(node: String, known: VersionRecords.Content, records: VersionRecords) -> [String] {
    DeltaLog(tableDirectory: path).store.removeLeftovers()
    let orphans = orphans(node: node)
    let isProved = isProved(known)
    if !isProved { records.keep(orphans.map { folder + "/" + $0 }) }
    var kept = 0
    for part in orphans {
      if !isProved || known.kept.contains(folder + "/" + part) {
        kept += 1
      } else {
        // What cannot be removed now is removed by the next start.
        try? FileSystem.unlink(path + "/" + part)
      }
    }
    return kept == 0 ? [] : [Self.keptNote(kept, name)]
  }

  static func keptNote(_ count: Int, _ name: TableName) -> String {
    "\(count) parts of table \(name.displayName) are set aside: no version of its Delta log names them,"
      + " and it cannot be proved whole (thinai verify --repair takes them back)"
  }

  /// What is known of tables after a start: of those that could not be proved what was known before.
  static func records(
    of tables: some Sequence<TableState>, known: [String: VersionRecords.Known]
  ) -> [String: VersionRecords.Known] {
    var records = known
    for table in tables {
      guard let commit = table.newestCommit else { continue }
      records[table.folder] = VersionRecords.Known(version: table.version, commit: commit)
    }
    return records
  }
}
