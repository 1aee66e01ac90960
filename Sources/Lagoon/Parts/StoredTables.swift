import Parquet
import Primitives
import Sys
import Telemetry

/// The tables of a data directory, opened: who knows what is live, who reads and writes parts, who commits.
///
/// What is done with them stands in the layers above: seals, rollups, questions, maintenance.
final class StoredTables: Sendable {
  let book: TableBook
  let files: PartFiles
  let committer: TableCommitter
  /// The newest versions, as they are known outside of the tables.
  let records: VersionRecords
  let time: BelievedTime
  let retired: RetiredParts
  private let compatible: CompatibleTables
  /// Whether another process may be at work here.
  let isReadOnly: Bool

  /// Reads every table's log and holds it against what is known of it elsewhere. A table that cannot be proved is left
  /// as it is: nothing of it is removed, and nothing is written to it. Of the others, files that a crash left without an
  /// owner are removed.
  ///
  /// - Parameters:
  ///   - isReadOnly: nothing is created or removed, so that a server may work there meanwhile.
  ///   - whenGone: told of parts that are no longer live.
  init(
    data: String, node: String, compatible: CompatibleTables = .asTheyAre(), isReadOnly: Bool = false,
    whenGone: @escaping @Sendable (_ parts: [Part], _ table: TableName) -> Void = { _, _ in }
  ) throws(LagoonError) {
    let root = LagoonNames.tables(in: data)
    do throws(SystemError) {
      if !isReadOnly { try FileSystem.createDirectories(root) }
    } catch {
      throw LagoonError("create", root, error)
    }
    // Before the logs: one that is written meanwhile is then newer, and not older.
    let records = VersionRecords(data: data)
    let known = records.content
    var loaded = TableBook.State()
    var largestSequence: UInt64 = 0
    if let failure = records.failure { loaded.startNotes.append(failure) }
    for opened in try OpenedTable.all(root: root, known: known) {
      largestSequence = max(largestSequence, opened.largestSequence)
      loaded.startNotes += opened.notes
      if let failure = opened.failure { loaded.failures[opened.name] = failure }
      if let table = opened.table { loaded.tables[opened.name] = table }
      if !isReadOnly { loaded.startNotes += opened.makeDurable(known) }
      if !isReadOnly && opened.failure == nil {
        loaded.startNotes += opened.tidy(node: node, known: known, records: records)
      }
    }
    let newestMillis = loaded.tables.values.flatMap { $0.parts.map(\.modifiedMillis) }.max()
    let time = BelievedTime(trustedNanos: (known.trustedMillis ?? newestMillis).map { $0 * Nanos.perMillisecond })
    if !isReadOnly { records.rewrite(OpenedTable.records(of: loaded.tables.values, known: known.tables)) }
    let book = TableBook(loaded)
    let files = PartFiles(data: data, node: node, largestSequence: largestSequence, whenGone: whenGone)
    let retired = RetiredParts()
    committer = TableCommitter(
      book: book, records: records, time: time, compatible: compatible, retired: retired, parts: files
    ) { DeltaLog(tableDirectory: files.directory(of: $0)) }
    self.book = book
    self.files = files
    self.records = records
    self.time = time
    self.retired = retired
    self.compatible = compatible
    self.isReadOnly = isReadOnly
  }

  /// A table as it stands; nil if it has no version yet.
  func table(_ name: TableName) -> TableState? { book.table(name) }

  func log(_ name: TableName) -> DeltaLog { DeltaLog(tableDirectory: files.directory(of: name)) }

  /// The profile of a table's parts: the given one, unless its readers ask for less.
  func profile(of name: TableName, _ profile: EncodingProfile) -> EncodingProfile {
    compatible.holds(name, among: book.tables) ? .compat : profile
  }

  /// Reads what other programs committed to a table. What keeps it from being read is named until it can be.
  func refresh(_ name: TableName) throws(LagoonError) {
    if !isReadOnly { try committer.refresh(name) }
  }

  /// Makes parts that are written durable, and commits them. On failure nothing of them is left, unless they may be
  /// committed all the same.
  ///
  /// - Returns: false if the rows are in the table already, in other parts; then nothing is left of these.
  @discardableResult
  func commit(_ change: TableChange, to name: TableName) throws(LagoonError) -> Bool {
    do throws(LagoonError) {
      try files.synchronizeFolders(of: change.added, table: name)
      if try committer.commit(change, to: name) == .committed { return true }
    } catch {
      if !error.mayBeCommitted { files.discard(change.added, of: name) }
      throw error
    }
    files.discard(change.added, of: name)
    return false
  }

  // MARK: reading parts

  /// A part was not there for a question: another program may have replaced and removed it, which the next question
  /// shall know. What is wrong with the log is named where it is written to.
  func noteMissing(_ part: String, of table: TableName) {
    if FileSystem.exists(files.path(part, of: table)) { return }
    try? refresh(table)
  }

  /// Devices up to which a question's columns are kept as they were decoded.
  private static let fewDevices = 32

  /// Reads rows of a part.
  ///
  /// - Parameters:
  ///   - part: its path in the folder of its table. It may have left the table: its file is still there.
  ///   - devices: only those; nil for all.
  ///   - times: half-open, in the table's unit; nil for all.
  ///   - fields: only those; nil for all.
  ///   - arrivals: whether the arrival times are wanted too.
  func scan(
    _ part: String, of table: TableState, devices: Set<String>? = nil, times: Range<Int64>? = nil,
    fields: [String]? = nil, arrivals: Bool = true, probe: QuestionProbe = .never
  ) throws -> RowSource {
    var request = ScanRequest(table: table.name, path: part, devices: devices, fields: fields, arrivals: arrivals)
    request.probe = probe
    return try reading(part, of: table) { try partScan(request, of: table, times: times).run() }
  }

  /// Reads rows of a part, as a question asks for them.
  func scan(_ request: ScanRequest) throws -> RowSource {
    let table = try askedTable(request)
    return try reading(request.path, of: table) {
      try partScan(request, of: table, times: Self.times(request, table)).run()
    }
  }

  /// The same, row group by row group.
  func scan(_ request: ScanRequest, each body: (RowSource) throws -> Void) throws {
    let table = try askedTable(request)
    let scan = try reading(request.path, of: table) {
      try partScan(request, of: table, times: Self.times(request, table))
    }
    for group in scan.groups {
      // What the body throws is no fault of the part's.
      if let piece = try reading(request.path, of: table, { try scan.run(group) }) { try body(piece) }
    }
  }

  private func askedTable(_ request: ScanRequest) throws(QueryError) -> TableState {
    guard let table = table(request.table) else {
      throw .unreadableTable(request.table.displayName, cause: "there is none")
    }
    return table
  }

  /// The times asked for in a table's unit. A time within a unit belongs to it: both bounds are raised to whole units.
  private static func times(_ request: ScanRequest, _ table: TableState) -> Range<Int64> {
    let unit = table.precision.unitNanos
    let from = request.from == .min ? Int64.min : raisedDivision(request.from, by: unit)
    let to = request.to == .max ? Int64.max : raisedDivision(request.to, by: unit)
    return from < to ? from..<to : 0..<0
  }

  private func partScan(_ request: ScanRequest, of table: TableState, times: Range<Int64>?) throws -> PartScan {
    var scan = PartScan(
      reader: try files.reader(request.path, of: table.name, precision: table.precision), schema: table.readingSchema,
      precision: table.precision, devices: request.devices, times: times, fields: request.fields,
      arrivals: request.arrivals)
    scan.newestOnly = request.newestOnly
    scan.probe = request.probe
    if let devices = request.devices, devices.count <= Self.fewDevices {
      scan.cache = (files.columns, files.path(request.path, of: table.name))
    }
    return scan
  }

  /// What a part's reader throws, with the part's name.
  private func reading<Answer>(
    _ part: String, of table: TableState, _ body: () throws -> Answer
  ) throws -> Answer {
    do {
      return try body()
    } catch {
      noteMissing(part, of: table.name)
      throw unreadable(table.name, part, error)
    }
  }

  /// Why a part cannot be read, without the paths of this machine, which are nobody else's business.
  func unreadable(_ table: TableName, _ part: String, _ error: any Error) -> QueryError {
    if let error = error as? QueryError { return error }
    return .unreadablePart(
      table: table.displayName, part: part, cause: "\(error)".replacing(files.data + "/", with: ""))
  }
}
