import Primitives
import Synchronization
public import Telemetry

/// Which tables and columns there may be, and which tables take rows now: asked by the lanes before a row is written to
/// a batch, so that nothing is acknowledged that has no place to go to.
///
/// Lanes ask when a series, a tag or a list of fields is new to them; the answers stay good. Whether a table is closed
/// they learn from `closedVersion`.
public final class TableQuota: Sendable {
  private struct Table {
    var columns: Set<[UInt8]> = []
    /// Columns by the share of the source that brought them, since the start.
    var columnsByShare: [UInt16: Int] = [:]
  }

  private struct State {
    /// By the canonical key's part that names the table.
    var numbers: [[UInt8]: UInt32] = [:]
    var tables: [Table] = []
    var columnCount = 0
    var tablesByShare: [UInt16: Int] = [:]
    var columnsByShare: [UInt16: Int] = [:]
    var closed: Set<UInt32> = []
  }

  private let state = Mutex(State())
  private let full = Atomic<Bool>(false)
  private let version = Atomic<Int>(0)

  public init() {}

  // MARK: what is there

  /// Notes a table that exists, with its tags and fields.
  public func note(kind: TableKind, measurement: String, columns: [String]) {
    let key = Self.key(kind: kind, measurement: measurement)
    state.withLock { state in
      let number = Self.number(of: key, &state)
      for column in columns where state.tables[Int(number)].columns.insert(Array(column.utf8)).inserted {
        state.columnCount += 1
      }
    }
  }

  private static func key(kind: TableKind, measurement: String) -> [UInt8] {
    let bytes = SeriesKey(kind: kind, measurement: measurement, device: "").canonicalBytes
    return Array(bytes.prefix(CanonicalKey(bytes.span.bytes).tableByteCount))
  }

  private static func number(of key: [UInt8], _ state: inout State) -> UInt32 {
    if let known = state.numbers[key] { return known }
    let number = UInt32(state.tables.count)
    state.tables.append(Table())
    state.numbers[key] = number
    return number
  }

  // MARK: what may come

  /// The table's number; nil if there is no room for a new one.
  func admit(table key: [UInt8], share: SourceShare, standing: Standing) -> UInt32? {
    state.withLock { state in
      if let known = state.numbers[key] { return known }
      let own = state.tablesByShare[share.number] ?? 0
      let isAllowed = FairShare.allows(
        1, own: own, used: state.tables.count, limit: Limits.tables, standing: standing)
      if !isAllowed { return nil }
      state.tablesByShare[share.number] = own + 1
      return Self.number(of: key, &state)
    }
  }

  /// Whether the table has all of those columns, or has room for those that are new: all of them or none.
  func admit(columns names: [[UInt8]], of table: UInt32, share: SourceShare, standing: Standing) -> Bool {
    state.withLock { state in
      let known = state.tables[Int(table)].columns
      let new = Set(names.filter { !known.contains($0) })
      if new.isEmpty { return true }
      let ownHere = state.tables[Int(table)].columnsByShare[share.number] ?? 0
      let own = state.columnsByShare[share.number] ?? 0
      let isAllowed =
        FairShare.allows(
          new.count, own: ownHere, used: known.count, limit: Limits.columnsPerTable, standing: standing)
        && FairShare.allows(
          new.count, own: own, used: state.columnCount, limit: Limits.columns, standing: standing)
      if !isAllowed { return false }
      state.tables[Int(table)].columns.formUnion(new)
      state.tables[Int(table)].columnsByShare[share.number] = ownHere + new.count
      state.columnsByShare[share.number] = own + new.count
      state.columnCount += new.count
      return true
    }
  }

  // MARK: what is taken now

  /// Whether unsealed rows take all the memory that they may: then no row is taken.
  public var isFull: Bool { full.load(ordering: .relaxed) }

  public func setFull(_ isFull: Bool) {
    full.store(isFull, ordering: .relaxed)
  }

  /// Rises when a table is closed or opened.
  var closedVersion: Int { version.load(ordering: .acquiring) }

  /// The numbers of tables that take no rows.
  var closedTables: Set<UInt32> { state.withLock { $0.closed } }

  /// Closes those tables, and opens all others: they cannot be sealed, and hold as much memory as one table may.
  public func close(_ tables: [(kind: TableKind, measurement: String)]) {
    let keys = tables.map { Self.key(kind: $0.kind, measurement: $0.measurement) }
    let isChanged = state.withLock { state in
      let closed = Set(keys.map { Self.number(of: $0, &state) })
      if closed == state.closed { return false }
      state.closed = closed
      return true
    }
    if isChanged { version.wrappingAdd(1, ordering: .acquiringAndReleasing) }
  }
}
