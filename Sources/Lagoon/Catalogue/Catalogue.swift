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
  private let compatible: Set<String>
  private let state: Mutex<State>
  private let committing = Mutex<Void>(())
  let cache = PartCache()
  let bucketCache = BucketCache()
  let columnCache = ColumnCache()
  /// zstd level of parts as they are sealed.
  let sealLevel: Int32 = 3

  struct State: Sendable {
    var tables: [TableName: TableState] = [:]
    /// Raised by each change of any table.
    var dataVersion: UInt64 = 0
    var nextSequence: UInt64 = 1
    /// Files that no version needs any longer, and when they became so.
    var retired: [(path: String, sinceNanos: Int64)] = []
  }

  /// Tables that could not be read, and why: the others are served.
  public let failures: [TableName: String]

  /// Reads every table's log, and removes files that a crash left without an owner.
  ///
  /// - Parameters:
  ///   - compatible: tables whose parts are for readers that know PLAIN and dictionaries only; `*` is all.
  ///   - isReadOnly: nothing is created or removed, so that a server may work there meanwhile.
  public init(
    data: String, node: String, compatible: Set<String> = [], isReadOnly: Bool = false
  ) throws(LagoonError) {
    self.data = data
    self.node = node
    self.compatible = compatible
    var loaded = State()
    var failures: [TableName: String] = [:]
    do throws(SystemError) {
      if !isReadOnly { try FileSystem.createDirectories(data + "/tables") }
    } catch {
      throw LagoonError("create", data + "/tables", error)
    }
    let directories: [String]
    do throws(SystemError) {
      directories = try FileSystem.list(data + "/tables").filter(\.isDirectory).map(\.name)
    } catch {
      throw LagoonError("read", data + "/tables", error)
    }
    for directory in directories {
      let name = TableName(directoryName: directory)
      let log = DeltaLog(tableDirectory: data + "/tables/" + directory)
      do throws(LagoonError) {
        if !isReadOnly { log.removeLeftovers() }
        let table = try log.load(name)
        if !isReadOnly {
          let live = Set(table?.parts.map(\.path) ?? [])
          let largest = Orphans.remove(tableDirectory: log.tableDirectory, node: node, live: live)
          loaded.nextSequence = max(loaded.nextSequence, largest + 1)
        }
        if let table { loaded.tables[name] = table }
      } catch {
        failures[name] = "\(error)"
      }
    }
    self.failures = failures
    state = Mutex(loaded)
  }

  /// The node that wrote the parts of a data directory, for who adds to them: the first that a part is named after.
  public static func node(of data: String) -> String {
    for table in (try? FileSystem.list(data + "/tables")) ?? [] where table.isDirectory {
      let root = data + "/tables/" + table.name
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

  /// The profile of a table's parts: the given one, unless its readers ask for less.
  func profile(of name: TableName, _ profile: EncodingProfile) -> EncodingProfile {
    compatible.contains("*") || compatible.contains(name.displayName) ? .compat : profile
  }

  func directory(of name: TableName) -> String { data + "/tables/" + name.directoryName }

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

  /// Commits the next version of a table, adding and removing those parts, and shows it to readers. Two threads may
  /// commit; the later one builds on what the earlier one made.
  ///
  /// - Parameters:
  ///   - schema: the columns, where some were added.
  ///   - precision: of a table that is new.
  func commit(
    _ name: TableName, schema: TableSchema? = nil, precision: TimePrecision = .milliseconds, added: [Part],
    removed: [Part], dataChange: Bool, transactions: [LaneTransaction] = []
  ) throws(LagoonError) {
    try committing.withLock { _ throws(LagoonError) in
      let current = table(name)
      var next = current ?? TableState(name: name, precision: precision)
      if let schema { next.schema = schema }
      let live = Set(next.parts.map(\.path))
      if let missing = removed.first(where: { !live.contains($0.path) }) {
        throw LagoonError("cannot commit table \(name.displayName): part \(missing.path) is no longer in it")
      }
      try commit(
        current, next: next, added: added, removed: removed, dataChange: dataChange, transactions: transactions)
    }
  }

  private func commit(
    _ current: TableState?, next: TableState, added: [Part], removed: [Part], dataChange: Bool,
    transactions: [LaneTransaction]
  ) throws(LagoonError) {
    var next = next
    next.version = (current?.version ?? -1) + 1
    let nowMillis = Clock.realtimeNanos() / Nanos.perMillisecond
    var added = added
    for index in added.indices { added[index].modifiedMillis = nowMillis }
    let lines = actions(
      current, &next, added: added, removed: removed, dataChange: dataChange, transactions: transactions,
      nowMillis: nowMillis)
    let gone = Set(removed.map(\.path))
    let replaced = Set(added.map(\.path))
    next.parts = next.parts.filter { !gone.contains($0.path) && !replaced.contains($0.path) } + added
    let log = DeltaLog(tableDirectory: directory(of: next.name))
    do throws(SystemError) {
      try log.commit(lines, version: next.version)
    } catch {
      throw LagoonError("commit", log.tableDirectory, error)
    }
    if next.version > 0 && next.version % DeltaLog.commitsPerCheckpoint == 0 {
      // Only a shorter way to what the commits say: one that fails is made up for by the next.
      try? log.writeCheckpoint(next)
    }
    let shown = next
    let directory = directory(of: next.name)
    state.withLock { state in
      state.tables[shown.name] = shown
      state.dataVersion += 1
      let now = Clock.monotonicNanos()
      state.retired += removed.map { ("\(directory)/\($0.path)", now) }
    }
  }

  private func actions(
    _ current: TableState?, _ next: inout TableState, added: [Part], removed: [Part], dataChange: Bool,
    transactions: [LaneTransaction], nowMillis: Int64
  ) -> [JSONValue] {
    var lines: [JSONValue] = []
    if current == nil {
      next.tableID = TableID.random()
      lines.append(DeltaAction.protocolJSON)
    }
    if current == nil || current?.schema != next.schema {
      lines.append(DeltaAction.metaData(next).json(nowMillis: nowMillis))
    }
    for transaction in transactions {
      next.segments[transaction.lane] = transaction.segment
      lines.append(
        DeltaAction.transaction(application: transaction.lane, segment: transaction.segment).json(nowMillis: nowMillis))
    }
    for part in removed {
      lines.append(DeltaAction.remove(path: part.path, dataChange: dataChange).json(nowMillis: nowMillis))
    }
    for part in added {
      lines.append(
        DeltaAction.add(part, dataChange: dataChange, precision: next.precision).json(nowMillis: nowMillis))
    }
    return lines
  }

  /// Removes the files that no version has needed for the grace time.
  func vacuum(graceNanos: Int64) {
    let now = Clock.monotonicNanos()
    let due = state.withLock { state in
      let due = state.retired.filter { now - $0.sinceNanos >= graceNanos }
      state.retired.removeAll { now - $0.sinceNanos >= graceNanos }
      return due
    }
    // What cannot be removed now is removed by the next start.
    for file in due { try? FileSystem.unlink(file.path) }
  }
}

/// Parts of this node that no version of their table names: a seal or compaction was interrupted before its commit,
/// or after it before the old parts were removed.
enum Orphans {
  /// Removes them and returns the largest sequence in any part's name.
  static func remove(tableDirectory: String, node: String, live: Set<String>) -> UInt64 {
    var largest: UInt64 = 0
    guard let folders = try? FileSystem.list(tableDirectory) else { return 0 }
    for folder in folders where folder.isDirectory && folder.name.hasPrefix("date=") {
      for file in (try? FileSystem.list(tableDirectory + "/" + folder.name)) ?? [] {
        guard let name = PartName(file.name) else { continue }
        largest = max(largest, name.sequence)
        if name.node == node && !live.contains(folder.name + "/" + file.name) {
          try? FileSystem.unlink(tableDirectory + "/" + folder.name + "/" + file.name)
        }
      }
    }
    return largest
  }
}

/// What a part's file name says: `07-qn-01-42.parquet`.
struct PartName {
  var node: String
  var sequence: UInt64

  init?(_ name: String) {
    guard name.hasSuffix(".parquet") else { return nil }
    let stem = name.dropLast(8)
    guard let dash = stem.lastIndex(of: "-"), let sequence = UInt64(stem[stem.index(after: dash)...]),
      stem[..<dash].count > 3
    else { return nil }
    node = String(stem[..<dash].dropFirst(3))
    self.sequence = sequence
  }
}

/// Identifiers of tables, as Delta wants them: UUIDs of version 4 (RFC 9562).
enum TableID {
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    let high: UInt64 = generator.next() & ~0xF000 | 0x4000
    let low: UInt64 = generator.next() & ~(3 << 62) | 2 << 62
    func hex(_ value: UInt64, _ width: Int) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(hex(high >> 32, 8))-\(hex(high >> 16 & 0xFFFF, 4))-\(hex(high & 0xFFFF, 4))-\(hex(low >> 48, 4))"
      + "-\(hex(low & 0xFFFF_FFFF_FFFF, 12))"
  }
}
