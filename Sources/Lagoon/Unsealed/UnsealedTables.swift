public import Primitives
import Synchronization
public import Telemetry

/// The rows of all tables that are in no part yet, in memory, and who they belong to.
///
/// The committers of all lanes apply batches here after their commit; queries take snapshots; the sealer freezes a
/// generation when every lane writes to a newer journal segment, and drops it when it is in the parts. Replaying a
/// journal goes through `apply` as well, so that recovery and the live way are one.
public final class UnsealedTables: Sendable {
  let state: Mutex<State>
  let sealed: any SealedRows
  /// Held while late rows are looked up in the parts and entered, and while sealed rows leave memory: so each row is seen
  /// in one of the two.
  let settling = Mutex<Void>(())

  struct State: Sendable {
    var tables: [TableName: TableBuffer] = [:]
    /// Of how many series of a table it is worth to look which are idle.
    let idleLookCount: Int
    /// Bytes of rows in all generations, about.
    var byteCount = 0
    var byteCounts: [UInt64: Int] = [:]
    /// Bytes of what was stored, by generation: without the memory that is allocated ahead.
    var contentBytes: [UInt64: Int] = [:]
    var rowCounts: [UInt64: Int] = [:]
    /// Raised by each batch that changed anything.
    var version: UInt64 = 0
    /// The arrival of the newest row applied.
    var newestArrivalNanos: UnixNanos = 0
    /// Rows that are set aside to be looked up in the parts, and those that are being looked up.
    var lateRowCount = 0
    /// The arrival of the oldest of them that is being looked up.
    var settlingArrivalNanos = UnixNanos.max

    /// The arrival up to which every row is shown.
    var shownArrivalNanos: UnixNanos {
      if lateRowCount == 0 { return newestArrivalNanos }
      let oldest = tables.values.reduce(settlingArrivalNanos) { min($0, $1.late.oldestArrivalNanos) }
      return min(newestArrivalNanos, oldest - 1)
    }
  }

  public init(sealed: any SealedRows, idleLookCount: Int = Limits.seriesLookedAt) {
    self.sealed = sealed
    state = Mutex(State(idleLookCount: idleLookCount))
  }

  /// What applying a batch asks for beside its bytes.
  public struct ApplyOptions: Sendable {
    /// The lane, as in `txn`: `lane-00`.
    public var lane: String
    /// The journal segment of the batch, in which its series and layouts are defined.
    public var segment: UInt64
    /// The generation that the rows are sealed with: the segment, or while recovering the newest one found.
    public var generation: UInt64
    /// Whether the segment may be in some tables' parts already.
    public var isRecovery: Bool
    /// Precision of the events table if it is new.
    public var eventsPrecision = TimePrecision.microseconds
    /// Where rows that are doubled are noted by device; nil where that was done before.
    public var faults: DeviceFaults?

    public init(lane: String, segment: UInt64, generation: UInt64, isRecovery: Bool) {
      self.lane = lane
      self.segment = segment
      self.generation = generation
      self.isRecovery = isRecovery
    }
  }

  /// Takes a batch's rows into the tables and counts, by listener, what became of each.
  ///
  /// In slices, between which whoever waits for the lock gets it: a full batch takes long enough to be felt by a query.
  ///
  /// - Returns: false if the bytes are no records: a fault of ours, since a CRC has vouched for them.
  public func apply(
    _ records: UnsafeRawBufferPointer, with applier: inout BatchApplier, options: ApplyOptions,
    counts: inout [LedgerCounts]
  ) -> Bool {
    var reader = RecordReader()
    while true {
      let progress = state.withLock { state in
        applier.applySlice(records, &reader, to: &state, sealed: sealed, options: options, counts: &counts)
      }
      if progress != .more { return progress == .done }
    }
  }

  // MARK: reading

  /// One table's unsealed rows, by generation, oldest first.
  public struct Generation: Sendable {
    public var generation: UInt64
    public var rows: RowSource
  }

  /// What memory holds of one table.
  public struct View: Sendable {
    public var table: TableName
    public var precision: TimePrecision
    public var fields: [FieldIdentity]
    public var generations: [Generation]
    /// Each series' newest row among those that this process has sealed.
    public var latest: RowSource?
    public var newestTime: Int64?
    /// How often series were given back: those are in `latest` no longer.
    public var turn = 0
    /// All that memory holds for who goes through each row once, and how many rows were ever entered.
    public var memory: [MemoryRows] = []
    public var enteredRows = 0
  }

  /// A snapshot of one table; nil if no row of it came since the start.
  public func view(of name: TableName) -> View? {
    state.withLock { $0.tables[name].map(Self.view) }
  }

  /// A snapshot of every table at one moment.
  public func views() -> [View] {
    state.withLock { $0.tables.values.map(Self.view) }
  }

  private static func view(_ table: TableBuffer) -> View {
    func source(_ chunks: [RowChunk]) -> RowSource {
      RowSource(chunks: chunks, series: table.series, fields: table.fields, precision: table.precision)
    }
    let rows = table.generations.map { (rows: source($0.snapshot()), own: $0) }
    return View(
      table: table.name, precision: table.precision, fields: table.fields,
      generations: rows.map { Generation(generation: $0.own.generation, rows: $0.rows) },
      latest: table.latest.rowCount == 0 ? nil : source(table.latest.chunks),
      newestTime: table.newestTime == Int64.min ? nil : table.newestTime, turn: table.turn,
      memory: table.departed
        + rows.map { MemoryRows(generation: $0.own.generation, rowCount: $0.own.rowCount, rows: $0.rows) },
      enteredRows: table.enteredRows)
  }

  /// Size and age of what is unsealed.
  public struct Facts: Sendable {
    public var byteCount = 0
    public var rowCount = 0
    public var tables = 0
    public var series = 0
    public var version: UInt64 = 0
    /// The arrival up to which every row is shown.
    public var newestArrivalNanos: UnixNanos = 0
    /// Rows that wait to be looked up in the parts.
    public var lateRowCount = 0
  }

  public func facts() -> Facts {
    state.withLock { state in
      Facts(
        byteCount: state.byteCount, rowCount: state.rowCounts.values.reduce(0, +), tables: state.tables.count,
        series: state.tables.values.reduce(0) { $0 + $1.series.count }, version: state.version,
        newestArrivalNanos: state.shownArrivalNanos, lateRowCount: state.lateRowCount)
    }
  }

  /// What intake is measured by: bytes of unsealed rows, and rows that wait to be looked up in the parts.
  public var pressure: (byteCount: Int, lateRowCount: Int) {
    state.withLock { ($0.byteCount, $0.lateRowCount) }
  }

  /// Bytes of a table's unsealed rows, about.
  public func byteCount(of name: TableName) -> Int {
    state.withLock { state in state.tables[name]?.generations.reduce(0) { $0 + $1.accountedBytes } ?? 0 }
  }

  // MARK: who follows

  /// Keeps, of the rows that leave memory, what one follower has not seen, until he was here again. There is one
  /// follower; tables that he does not name keep nothing for him.
  ///
  /// - Parameter positions: how many rows he has seen, by table and generation.
  public func follow(_ positions: [TableName: [UInt64: Int]]) {
    state.withLock { state in for table in state.tables.values { table.follow(positions[table.name]) } }
  }

  // MARK: sealing

  /// Whether a generation holds enough for a seal: so many bytes of rows, or twice as much memory, since sparse rows take
  /// more of it than they hold.
  public func isWorthSealing(generation: UInt64, byteCount: Int) -> Bool {
    state.withLock { state in
      state.contentBytes[generation] ?? 0 >= byteCount || (state.byteCounts[generation] ?? 0) / 2 >= byteCount
    }
  }

  /// The generations that hold rows, oldest first.
  public var generations: [UInt64] {
    state.withLock { $0.rowCounts.keys.sorted() }
  }

  /// The rows of one generation, which no lane writes to any longer, by table. Late rows must have been settled before.
  public func frozen(generation: UInt64) -> [TableRows] {
    state.withLock { state in
      state.tables.values.compactMap { table in
        guard let rows = table.generations.first(where: { $0.generation == generation }), rows.rowCount > 0 else {
          return nil
        }
        return TableRows(
          table: table.name,
          rows: RowSource(
            chunks: rows.chunks.filter { $0.count > 0 }, series: table.series, fields: table.fields,
            precision: table.precision))
      }
    }
  }

  /// The oldest generation that holds rows of any table; nil if none does.
  public var oldestGeneration: UInt64? {
    state.withLock { state in
      state.tables.values.compactMap { $0.generations.first { $0.rowCount > 0 }?.generation }.min()
    }
  }

  /// Forgets the rows that a table has of a generation: they are in its parts now. Called by the sealer alone.
  public func drop(_ name: TableName, generation: UInt64) {
    let atRest = state.withLock { state in
      state.tables[name].flatMap { table in
        table.generations.first { $0.generation == generation }.map { (table: table, rows: $0, latest: table.latest) }
      }
    }
    guard let (table, rows, latest) = atRest else { return }
    // A million series take a while: the committers need not wait for it.
    let remains = TableBuffer.remains(of: rows, before: latest)
    settling.withLock { _ in
      state.withLock { state in
        table.drop(leaving: remains)
        state.release(rows)
        state.giveBackSeries(of: table)
        state.version += 1
      }
    }
  }
}

extension UnsealedTables.State {
  /// Gives back the memory of series that have been silent for long, if they are most of the table's.
  fileprivate mutating func giveBackSeries(of table: TableBuffer) {
    guard let other = table.withoutIdleSeries() else { return }
    let formerLateBytes = table.late.list.chunks.reduce(0) { $0 + $1.accountedBytes }
    byteCount += other.late.list.takeGrowth() - formerLateBytes
    for (former, rows) in zip(table.generations, other.generations) {
      rows.accountedBytes = rows.takeGrowth()
      let growth = rows.accountedBytes - former.accountedBytes
      byteCount += growth
      byteCounts[rows.generation, default: 0] += growth
    }
    tables[table.name] = other
    table.giveWay(to: other)
  }

  /// Takes rows out of the account that have left memory.
  fileprivate mutating func release(_ rows: GenerationRows) {
    let bytes = rows.accountedBytes
    byteCount -= bytes
    func reduce<Count: BinaryInteger>(_ counts: inout [UInt64: Count], by count: Count) {
      guard let left = counts[rows.generation].map({ $0 - count }) else { return }
      counts[rows.generation] = left > 0 ? left : nil
    }
    reduce(&byteCounts, by: bytes)
    reduce(&contentBytes, by: rows.contentBytes)
    reduce(&rowCounts, by: rows.rowCount)
  }
}
