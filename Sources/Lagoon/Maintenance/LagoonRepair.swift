import Parquet
import Primitives
import Sys
import Telemetry
import Text

/// Brings tables back that are damaged: a Delta log is made anew from what is left of it and from what the parts tell of
/// themselves; parts that nothing can read leave their table and are set aside; nothing is deleted.
///
/// Parts of which nobody can say whether they were replaced by others come back too, and are merged with those whose
/// devices and times they share: rows that say the same become one, as they do in every compaction.
///
/// ```
/// tables/<table>/_repaired_log/…         the log under construction; becomes _delta_log by its last step
/// tables/<table>/_damaged_log-<n>/…      what was there before
/// tables/<table>/_set_aside/…            parts that cannot be read, or are of no use
/// ```
public struct LagoonRepair {
  private let data: String
  private let say: (String) -> Void
  private let records: VersionRecords
  private let node: String
  /// Parts that came back, by table.
  private var returned: [TableName: Set<String>] = [:]

  /// Repairs all tables of a data directory that nobody else works in. `say` gets a line for each thing done.
  public static func run(data: String, say: (String) -> Void) throws {
    let lock = try DataLock(data: data)
    try withExtendedLifetime(lock) {
      try withoutActuallyEscaping(say) { say in
        var repair = LagoonRepair(data: data, say: say)
        try repair.run()
      }
    }
  }

  private init(data: String, say: @escaping (String) -> Void) {
    self.data = data
    self.say = say
    records = VersionRecords(data: data)
    node = PartFiles.node(of: data)
  }

  private mutating func run() throws {
    for opened in try OpenedTable.all(root: LagoonNames.tables(in: data), known: records.content) {
      if opened.failure != nil {
        try remake(opened)
      } else if opened.table != nil {
        try setAsideStrays(opened)
      }
    }
    let tables = try StoredTables(data: data, node: node)
    let maintenance = Maintenance(tables, RollupTables(tables: tables))
    for table in tables.book.tables.sorted(by: { $0.folder < $1.folder }) {
      try mend(table, tables, maintenance)
    }
    maintenance.vacuum.run(graceNanos: 0)
  }

  // MARK: logs

  /// Makes a table's log anew.
  private mutating func remake(_ opened: OpenedTable) throws {
    let name = opened.name
    guard FileSystem.exists(opened.path) else {
      records.forget(opened.folder, table: true)
      say("table \(name.displayName): nothing is left of it; it is known no more")
      return
    }
    if try finishSwap(opened) { return }
    var evidence = LogEvidence(DeltaLog(tableDirectory: opened.path), name)
    if evidence.versions == 0, let damaged = try damagedLogs(opened).last {
      let older = LogEvidence(DeltaLog(tableDirectory: opened.path, folder: damaged), name)
      if older.versions > 0 { evidence = older }
    }
    var table = evidence.table
    table.strangers = []
    table.parts = []
    let wanted = Set(evidence.table.parts.map(\.path))
    var came = Set<String>()
    for path in opened.files?.parts ?? [] where !evidence.removed.contains(path) || wanted.contains(path) {
      if let part = evidence.table.parts.first(where: { $0.path == path }) {
        if opened.missing(part) == nil && LagoonVerification.damage(part, opened) == nil {
          table.parts.append(part)
        } else {
          try setAside(path, opened, "it is damaged")
        }
      } else if try take(path, opened, into: &table, mayRaise: true) {
        came.insert(path)
      }
    }
    for path in wanted.subtracting(opened.files?.parts ?? []).sorted() {
      say("table \(name.displayName): part \(path) is missing, and what it alone held is lost")
    }
    try write(table, opened)
    // Where versions are missing, a part that came later may have rows of parts that such a version took out.
    returned[table.name] = came.union(table.parts.map(\.path).filter(evidence.addedAfterGap.contains))
    say(
      "table \(table.name.displayName): its Delta log was rebuilt: \(table.parts.count) parts with"
        + " \(table.parts.reduce(0) { $0 + $1.rowCount }) rows, of which \(came.count) parts were in no readable version"
    )
  }

  /// Takes a part in that no version names, as its own file describes it; false if it is of no use.
  ///
  /// - Parameter mayRaise: whether a column may get the type that the part's has: the parts of the other one are then to
  ///   be written anew.
  private func take(
    _ path: String, _ opened: OpenedTable, into table: inout TableState, mayRaise: Bool = false
  ) throws -> Bool {
    let document: PartDocument
    do { document = try PartDocument(path: path, directory: opened.path) } catch {
      try setAside(path, opened, "\(error)")
      return false
    }
    if case .rollups = table.name, document.part.source == nil {
      try setAside(path, opened, "it does not say what it sums up")
      return false
    }
    let named = table.name.named(oneOf: [document.tableName], folder: opened.folder)
    guard named.displayName == document.tableName else {
      try setAside(path, opened, "it is of table \(document.tableName)")
      return false
    }
    let isFirst = table.parts.isEmpty && table.schema.columns.isEmpty
    if !isFirst && document.precision != table.precision {
      try setAside(path, opened, "its times are of another unit")
      return false
    }
    var columns = table.schema.columns
    for column in document.columns {
      guard let place = columns.firstIndex(where: { $0.name.lowercased() == column.name.lowercased() }) else {
        columns.append(column)
        continue
      }
      if mayRaise, let higher = TypeNeeds.higher(columns[place].type, column.type) {
        columns[place].type = higher
        if columns[place].wireName == column.wireName && columns[place].role == column.role { continue }
      }
      let own = columns[place]
      if own.wireName != column.wireName || own.role != column.role || own.type != column.type {
        try setAside(path, opened, "its column \(column.name) is another one than the table's")
        return false
      }
    }
    table.name = named
    table.precision = document.precision
    if document.isCompatible && table.isCompatible == nil { table.isCompatible = true }
    table.schema = TableSchema(columns: columns)
    for (lane, segment) in document.segments {
      table.segments[lane] = max(table.segments[lane] ?? 0, segment)
    }
    var part = document.part
    part.modifiedMillis = Clock.realtimeNanos() / Nanos.perMillisecond
    table.parts.append(part)
    return true
  }

  private func write(_ table: TableState, _ opened: OpenedTable) throws {
    var table = table
    if table.tableID.isEmpty { table.tableID = TableID.random() }
    let nowMillis = Clock.realtimeNanos() / Nanos.perMillisecond
    var lines = [JSONValue.members(("protocol", table.protocolLine ?? DeltaProtocol.ours))]
    lines.append(.members(("metaData", DeltaSchema.metaData(table, nowMillis: nowMillis))))
    for (lane, segment) in table.segments.sorted(by: { $0.key < $1.key }) {
      lines.append(DeltaAction.transaction(application: lane, segment: segment).json(nowMillis: nowMillis))
    }
    for part in table.parts {
      lines.append(DeltaAction.add(part, dataChange: true).json(nowMillis: nowMillis))
    }
    try FileSystem.removeTree(opened.path + "/" + LagoonNames.repairedLog)
    let log = DeltaLog(tableDirectory: opened.path, folder: LagoonNames.repairedLog)
    _ = try log.commit(DeltaLog.bytes(lines, operation: "REPAIR", nowMillis: nowMillis), version: 0)
    try swap(opened)
  }

  /// The last step of a repair that was interrupted before it; false if there was none.
  private func finishSwap(_ opened: OpenedTable) throws -> Bool {
    let log = DeltaLog(tableDirectory: opened.path, folder: LagoonNames.repairedLog)
    guard !FileSystem.exists(opened.path + "/" + LagoonNames.deltaLog), (try? log.load(opened.name)) ?? nil != nil
    else {
      return false
    }
    try swap(opened)
    say("table \(opened.name.displayName): the repair that was interrupted is finished")
    return true
  }

  private func swap(_ opened: OpenedTable) throws {
    let own = opened.path + "/" + LagoonNames.deltaLog
    if FileSystem.exists(own) {
      let number = try damagedLogs(opened).last.flatMap(LagoonNames.number) ?? 0
      try FileSystem.rename(from: own, to: opened.path + "/" + LagoonNames.damagedLog(number + 1))
    }
    try FileSystem.rename(from: opened.path + "/" + LagoonNames.repairedLog, to: own)
    try FileSystem.synchronizeDirectory(opened.path)
    records.forget(opened.folder, table: true)
    let commit = Fingerprint(try DeltaLog(tableDirectory: opened.path).bytes(0))
    records.note(opened.folder, VersionRecords.Known(version: 0, commit: commit), isDurable: true)
  }

  private func damagedLogs(_ opened: OpenedTable) throws -> [String] {
    try FileSystem.list(opened.path).map(\.name).filter { LagoonNames.number(ofDamagedLog: $0) != nil }
  }

  // MARK: parts

  /// Of a table whose log is whole: parts that were set aside by name come back or go to their folder.
  private mutating func setAsideStrays(_ opened: OpenedTable) throws {
    let known = records.content
    let isProved = opened.isProved(known)
    let strays = opened.orphans(node: node).filter { !isProved || known.kept.contains(opened.folder + "/" + $0) }
    if strays.isEmpty { return }
    guard var table = opened.table else { return }
    let live = Set(table.parts.map(\.path))
    let evidence = LogEvidence(DeltaLog(tableDirectory: opened.path), opened.name)
    for path in strays where !evidence.removed.contains(path) { _ = try take(path, opened, into: &table) }
    let added = table.parts.filter { !live.contains($0.path) }
    records.forget(opened.folder, table: false)
    if added.isEmpty { return }
    // Until they are in the log no start may take them for leftovers.
    records.keep(added.map { opened.folder + "/" + $0.path })
    returned[table.name] = Set(added.map(\.path))
    adopted[table.name] = (table.schema, added)
  }

  private var adopted: [TableName: (schema: TableSchema, parts: [Part])] = [:]

  /// Takes parts out that cannot be read, and merges those that came back with what they may repeat.
  private mutating func mend(_ table: TableState, _ tables: StoredTables, _ maintenance: Maintenance) throws {
    let opened = OpenedTable(root: LagoonNames.tables(in: data), folder: table.folder, known: VersionRecords.Content())
    if let (schema, parts) = adopted[table.name] {
      try tables.committer.commit(TableChange(schema: schema, added: parts, dataChange: true), to: table.name)
      tables.records.forget(table.folder, table: false)
      say("table \(table.name.displayName): \(parts.count) parts that no version named are in it again")
    }
    var bad: [Part] = []
    for part in tables.table(table.name)?.parts ?? [] {
      guard let problem = opened.missing(part) ?? LagoonVerification.damage(part, opened) else { continue }
      bad.append(part)
      say("\(problem): it leaves the table with \(part.rowCount) rows")
    }
    if !bad.isEmpty {
      try tables.committer.commit(TableChange(removed: bad, dataChange: true), to: table.name)
      for part in bad where FileSystem.exists(opened.path + "/" + part.path) {
        try setAside(part.path, opened, "it is damaged")
      }
    }
    if let note = try maintenance.evolution.unify(table.name) { say("table \(note)") }
    try mendCheckpoints(opened, tables)
    if case .rollups = table.name { return }
    for group in overlaps(tables.table(table.name)?.parts ?? [], returned[table.name] ?? []) {
      let compaction = maintenance.compaction(CompactionSettings(level: 9))
      guard let made = try compaction.merge(group, of: table.name) else { continue }
      say(
        "table \(table.name.displayName): \(group.count) parts that share devices and times became one;"
          + " \(made.joinedRows) duplicate rows")
    }
  }

  /// Checkpoints that cannot be read go, and a new one takes their place.
  private func mendCheckpoints(_ opened: OpenedTable, _ tables: StoredTables) throws {
    let log = DeltaLog(tableDirectory: opened.path)
    if LagoonVerification.checkpointProblems(log, opened.name).isEmpty { return }
    guard let table = tables.table(opened.table?.name ?? opened.name) else { return }
    for version in try log.checkpoints() where !log.isForeign(checkpoint: version) {
      if (try? log.readCheckpoint(version, table.name)) != nil { continue }
      try setAside(
        LagoonNames.deltaLog + "/" + LagoonNames.checkpoint(version), opened, "it is a checkpoint that is damaged")
    }
    try log.writeCheckpoint(table)
  }

  /// Groups of parts that share devices and times, each with one at least that came back.
  private func overlaps(_ parts: [Part], _ returned: Set<String>) -> [[Part]] {
    var groups: [[Part]] = []
    var rest = parts.filter { !returned.contains($0.path) }
    var open = parts.filter { returned.contains($0.path) }
    while let first = open.popLast() {
      var group = [first]
      var next = 0
      while next < group.count {
        let own = group[next]
        next += 1
        func isNear(_ other: Part) -> Bool {
          own.oldestTime <= other.newestTime && other.oldestTime <= own.newestTime
            && !other.lastDevice.utf8.lexicographicallyPrecedes(own.firstDevice.utf8)
            && !own.lastDevice.utf8.lexicographicallyPrecedes(other.firstDevice.utf8)
        }
        group += open.filter(isNear) + rest.filter(isNear)
        open.removeAll(where: isNear)
        rest.removeAll(where: isNear)
      }
      if group.count > 1 { groups.append(group) }
    }
    return groups
  }

  private func setAside(_ path: String, _ opened: OpenedTable, _ cause: String) throws {
    let folder = opened.path + "/" + LagoonNames.setAside
    try FileSystem.createDirectories(folder)
    try FileSystem.rename(
      from: opened.path + "/" + path, to: folder + "/" + path.replacing("/", with: "+"))
    try FileSystem.synchronizeDirectory(folder)
    say(
      "table \(opened.name.displayName): part \(path) is set aside in"
        + " \(LagoonNames.tables)/\(opened.folder)/\(LagoonNames.setAside): \(cause)")
  }
}
