import Parquet
import Primitives
import Synchronization
import Sys
import Telemetry

/// Which parts are live, for every table of a data directory: the Delta logs, in memory.
///
/// Readers take a table's state, which never changes, and read its parts; a part that is no longer live stays on disk
/// for a grace time, so that they can. One writer at a time: sealing, compaction and retention come from one thread.
///
/// ```
/// DATA/tables/<table>/date=2026-11-20/07-qn-01-42.parquet     UTC hour of its first row, node, sequence
/// DATA/tables/<table>/_delta_log/…                            see DeltaLog
/// ```
public final class Catalogue: Sendable {
  public let data: String
  public let node: String
  let compatible: CompatibleTables
  /// Whether another process may be at work here.
  let isReadOnly: Bool
  let state: Mutex<State>
  let committing = Mutex<Void>(())
  let cache = PartCache()
  let bucketCache = BucketCache()
  let columnCache = ColumnCache()
  /// The newest versions, as they are known outside of the tables.
  let records: VersionRecords
  /// By which retention believes or disbelieves the time of day.
  let clock: Mutex<RetentionClock>
  /// zstd level of parts as they are sealed.
  let sealLevel: Int32 = 3

  struct State: Sendable {
    var tables: [TableName: TableState] = [:]
    /// Raised by each change of any table.
    var dataVersion: UInt64 = 0
    var nextSequence: UInt64 = 1
    /// Files that no version needs any longer, and when they became so.
    var retired: [RetiredFile] = []
    /// Tables that the start could not prove.
    var failures: [TableName: String] = [:]
    /// What else the start found: parts that are missing, or that no version names.
    var startNotes: [String] = []
    /// Tables whose log changed under us: they are served from memory, and nothing is committed to them.
    var commitFaults: [TableName: String] = [:]
    var expiry = ExpiryFacts()
    var evolution = EvolutionFacts()
  }

  struct RetiredFile: Sendable {
    var table: TableName
    var path: String
    var sinceNanos: Int64
  }

  /// Tables that could not be read, and why: the others are served.
  public var failures: [TableName: String] { state.withLock { $0.failures } }

  /// Reads every table's log and holds it against what is known of it elsewhere. A table that cannot be proved is left
  /// as it is: nothing of it is removed, and nothing is written to it. Of the others, files that a crash left without an
  /// owner are removed.
  ///
  /// - Parameters:
  ///   - compatible: tables whose parts are for readers that know PLAIN and dictionaries only.
  ///   - isReadOnly: nothing is created or removed, so that a server may work there meanwhile.
  public init(
    data: String, node: String, compatible: CompatibleTables = .asTheyAre(), isReadOnly: Bool = false
  ) throws(LagoonError) {
    self.data = data
    self.node = node
    self.compatible = compatible
    self.isReadOnly = isReadOnly
    do throws(SystemError) {
      if !isReadOnly { try FileSystem.createDirectories(DataDirectory(data).tables) }
    } catch {
      throw LagoonError("create", DataDirectory(data).tables, error)
    }
    // Before the logs: one that is written meanwhile is then newer, and not older.
    records = VersionRecords(data: data)
    let known = records.content
    var loaded = State()
    if let failure = records.failure { loaded.startNotes.append(failure) }
    for opened in try OpenedTable.all(root: DataDirectory(data).tables, known: known) {
      loaded.nextSequence = max(loaded.nextSequence, opened.largestSequence + 1)
      loaded.startNotes += opened.notes
      if let failure = opened.failure { loaded.failures[opened.name] = failure }
      if let table = opened.table { loaded.tables[opened.name] = table }
      if !isReadOnly { loaded.startNotes += opened.makeDurable(known) }
      if !isReadOnly && opened.failure == nil {
        loaded.startNotes += opened.tidy(node: node, known: known, records: records)
      }
    }
    let newestMillis = loaded.tables.values.flatMap { $0.parts.map(\.modifiedMillis) }.max()
    clock = Mutex(
      RetentionClock(
        trustedNanos: (known.trustedMillis ?? newestMillis).map { $0 * Nanos.perMillisecond },
        nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos()))
    if !isReadOnly { records.rewrite(OpenedTable.records(of: loaded.tables.values, known: known.tables)) }
    state = Mutex(loaded)
  }

  /// The node that wrote the parts of a data directory, for who adds to them: the first that a part is named after.
  public static func node(of data: String) -> String {
    for table in (try? FileSystem.list(DataDirectory(data).tables)) ?? [] where table.isDirectory {
      let root = DataDirectory(data).tables + "/" + table.name
      for folder in (try? FileSystem.list(root)) ?? [] where folder.name.hasPrefix("date=") {
        for file in (try? FileSystem.list(root + "/" + folder.name)) ?? [] {
          if let name = PartName(file.name) { return name.node }
        }
      }
    }
    return "node-01"
  }

  // MARK: reading

  /// A table as it stands; nil if it has no version yet.
  public func table(_ name: TableName) -> TableState? {
    state.withLock { $0.tables[name] }
  }

  /// Every table that has a version, at one moment.
  public var tables: [TableState] {
    state.withLock { Array($0.tables.values) }
  }

  /// Rises with each change of any table.
  public var dataVersion: UInt64 { state.withLock { $0.dataVersion } }

  /// The newest journal segment of that node in any table.
  public func newestSegment(node: String) -> UInt64 {
    tables.map { $0.newestSegment(node: node) }.max() ?? 0
  }

  func directory(of name: TableName) -> String { DataDirectory(data).tables + "/" + name.directoryName }

  // MARK: changing

  /// The name of a new part whose first row has that time.
  func newPartPath(date: String, oldestTime: Int64, precision: TimePrecision) -> String {
    let sequence = state.withLock { state in
      defer { state.nextSequence += 1 }
      return state.nextSequence
    }
    let seconds = flooredDivision(oldestTime, by: Nanos.perSecond / precision.unitNanos)
    let hour = flooredDivision(seconds, by: 3_600) - flooredDivision(seconds, by: 86_400) * 24
    return "date=\(date)/\(hour < 10 ? "0" : "")\(hour)-\(node)-\(sequence).parquet"
  }

  /// Removes the files that no version has needed for the grace time, unless another program has brought them back.
  func vacuum(graceNanos: Int64) {
    let now = Clock.monotonicNanos()
    let due = state.withLock { state in
      let due = state.retired.filter { now - $0.sinceNanos >= graceNanos }
      state.retired.removeAll { now - $0.sinceNanos >= graceNanos }
      return due
    }
    for (name, files) in Dictionary(grouping: due, by: \.table) {
      let live = Set(table(name)?.parts.map(\.path) ?? [])
      // What cannot be removed now is removed by the next start.
      for file in files where !live.contains(file.path) {
        try? FileSystem.unlink(directory(of: name) + "/" + file.path)
      }
    }
  }
}
