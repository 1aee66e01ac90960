public import Primitives
import Synchronization
public import Telemetry

/// The rows of all tables that are in no part yet, in memory, and who they belong to.
///
/// The committers of all lanes apply batches here after their commit; queries take snapshots; the sealer freezes a
/// generation when every lane writes to a newer journal segment, and drops it when it is in the parts. Replaying a
/// journal goes through `apply` as well, so that recovery and the live way are one.
public final class UnsealedTables: Sendable {
  private let state: Mutex<State>
  let sealed: any SealedRows

  struct State: Sendable {
    var tables: [TableName: TableBuffer] = [:]
    /// Bytes of rows in all generations, about.
    var byteCount = 0
    var byteCounts: [UInt64: Int] = [:]
    var rowCounts: [UInt64: Int] = [:]
    /// Raised by each batch that changed anything.
    var version: UInt64 = 0
    /// The arrival of the newest row applied.
    var newestArrivalNanos: UnixNanos = 0
  }

  public init(sealed: any SealedRows) {
    self.sealed = sealed
    state = Mutex(State())
  }

  /// What applying a batch asks for beside its bytes.
  public struct ApplyOptions: Sendable {
    /// The lane, as in `txn`: `lane-00`.
    public var lane: String
    /// The journal segment of the batch, in which its series and layouts are defined.
    public var segment: UInt64
    /// The generation that the rows are sealed with: the segment, or while recovering the newest one found.
    public var generation: UInt64
    /// Bytes of unsealed rows above which rows are shed; nil while recovering or replaying.
    public var byteLimit: Int?
    /// Whether the segment may be in some tables' parts already.
    public var isRecovery: Bool
    /// Precision of the events table if it is new.
    public var eventsPrecision = TimePrecision.microseconds
    /// Where rows that are doubled are noted by device; nil where that was done before.
    public var faults: DeviceFaults?

    public init(lane: String, segment: UInt64, generation: UInt64, byteLimit: Int?, isRecovery: Bool) {
      self.lane = lane
      self.segment = segment
      self.generation = generation
      self.byteLimit = byteLimit
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
    return View(
      table: table.name, precision: table.precision, fields: table.fields,
      generations: table.generations.map { Generation(generation: $0.generation, rows: source($0.snapshot())) },
      latest: table.latest.map { source([$0]) },
      newestTime: table.newestTime == Int64.min ? nil : table.newestTime)
  }

  /// Size and age of what is unsealed.
  public struct Facts: Sendable {
    public var byteCount = 0
    public var rowCount = 0
    public var tables = 0
    public var series = 0
    public var version: UInt64 = 0
    public var newestArrivalNanos: UnixNanos = 0
  }

  public func facts() -> Facts {
    state.withLock { state in
      Facts(
        byteCount: state.byteCount, rowCount: state.rowCounts.values.reduce(0, +), tables: state.tables.count,
        series: state.tables.values.reduce(0) { $0 + $1.series.count }, version: state.version,
        newestArrivalNanos: state.newestArrivalNanos)
    }
  }

  // MARK: sealing

  /// Bytes of the rows of one generation, about.
  public func byteCount(of generation: UInt64) -> Int {
    state.withLock { $0.byteCounts[generation] ?? 0 }
  }

  /// The generations that hold rows, oldest first.
  public var generations: [UInt64] {
    state.withLock { $0.rowCounts.keys.sorted() }
  }

  /// The rows of one generation, which no lane writes to any longer.
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

  /// Forgets a generation whose rows are in the parts now. Called by the sealer alone.
  public func drop(generation: UInt64) {
    let atRest = state.withLock { state in
      state.tables.values.compactMap { table in
        table.generations.first { $0.generation == generation }.map { (table: table, rows: $0, latest: table.latest) }
      }
    }
    // A million series take a while: the committers need not wait for it.
    let remains = atRest.map { (table: $0.table, remains: TableBuffer.remains(of: $0.rows, before: $0.latest)) }
    state.withLock { state in
      for (table, remains) in remains { table.drop(leaving: remains) }
      state.byteCount -= state.byteCounts.removeValue(forKey: generation) ?? 0
      state.rowCounts.removeValue(forKey: generation)
      state.version += 1
    }
  }
}
