public import Primitives
import Synchronization
public import Telemetry

/// The rows of all tables that are in no part yet, in memory, and who they belong to.
///
/// The committers of all lanes apply batches here after their commit; queries take snapshots; the sealer freezes a
/// generation when every lane writes to a newer journal segment, and drops it when it is in the parts. Replaying a
/// journal goes through `apply` as well, so that recovery and the live way are one.
///
/// Each table has a lock of its own (`TableSeat`), so that lanes, questions and sealers meet only where they want the same
/// table. Locks are taken in this order: `settling`, one table's, then the directory's or the account's, which are held
/// for a look-up or some additions.
public final class UnsealedTables: Sendable {
  private let directory = Mutex<[TableName: TableBuffer]>([:])
  let account = UnsealedAccount()
  let sealed: any SealedRows
  /// Of how many series of a table it is worth to look which are idle.
  private let idleLookCount: Int
  /// Held while late rows are looked up in the parts and entered, and while sealed rows leave memory: so each row is seen
  /// in one of the two.
  let settling = Mutex<Void>(())

  public init(sealed: any SealedRows, idleLookCount: Int = Limits.seriesLookedAt) {
    self.sealed = sealed
    self.idleLookCount = idleLookCount
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
  /// In slices, between which whoever waits for a table's lock gets it: a full batch takes long enough to be felt by a query.
  ///
  /// - Returns: false if the bytes are no records: a fault of ours, since a CRC has vouched for them.
  public func apply(
    _ records: UnsafeRawBufferPointer, with applier: inout BatchApplier, options: ApplyOptions,
    counts: inout [LedgerCounts]
  ) -> Bool {
    var reader = RecordReader()
    while true {
      let progress = applier.applySlice(records, &reader, to: self, options: options, counts: &counts)
      if progress != .more { return progress == .done }
    }
  }

  // MARK: the directory

  /// Every table's buffer.
  var buffers: [TableBuffer] { directory.withLock { Array($0.values) } }

  func buffer(of name: TableName) -> TableBuffer? { directory.withLock { $0[name] } }

  /// The table of that name, made if it is new: who sent its first row was told that there is room (see `TableQuota`).
  ///
  /// - Parameter eventsPrecision: of the events table if it is new. Readings learn theirs from their first row.
  func buffer(making name: TableName, eventsPrecision: TimePrecision) -> TableBuffer {
    if let buffer = buffer(of: name) { return buffer }
    let made = TableBuffer(
      name: name, known: sealed.knownTable(name), precision: name == .events ? eventsPrecision : nil,
      newestSealedTime: sealed.newestTime(in: name), idleLookCount: idleLookCount)
    return directory.withLock { directory in
      if let other = directory[name] { return other }
      directory[name] = made
      return made
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
    buffer(of: name)?.locked(Self.view)
  }

  /// A snapshot of every table, one after the other.
  public func views() -> [View] {
    buffers.map { $0.locked(Self.view) }
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

  /// Waits for no table: who asks gets what was entered up to now, but for the slices that are being entered.
  public func facts() -> Facts {
    // The tables first: what leaves a table to be looked up is in the account by then.
    let buffers = buffers
    var facts = account.facts(
      oldestLateNanos: buffers.reduce(UnixNanos.max) { min($0, $1.seat.oldestLateNanos) })
    facts.tables = buffers.count
    facts.series = buffers.reduce(0) { $0 + $1.seat.seriesCount }
    return facts
  }

  /// What intake is measured by: bytes of unsealed rows, and rows that wait to be looked up in the parts.
  public var pressure: (byteCount: Int, lateRowCount: Int) { account.pressure }

  /// Bytes of a table's unsealed rows, about.
  public func byteCount(of name: TableName) -> Int {
    buffer(of: name)?.locked { table in table.generations.reduce(0) { $0 + $1.accountedBytes } } ?? 0
  }

  // MARK: who follows

  /// Keeps, of the rows that leave memory, what one follower has not seen, until he was here again. There is one
  /// follower; tables that he does not name keep nothing for him.
  ///
  /// - Parameter positions: how many rows he has seen, by table and generation.
  public func follow(_ positions: [TableName: [UInt64: Int]]) {
    for buffer in buffers { buffer.locked { $0.follow(positions[$0.name]) } }
  }

  // MARK: sealing

  /// Whether a generation holds enough for a seal: so many bytes of rows, or twice as much memory, since sparse rows take
  /// more of it than they hold.
  public func isWorthSealing(generation: UInt64, byteCount: Int) -> Bool {
    let bytes = account.bytes(of: generation)
    return bytes.content >= byteCount || bytes.memory / 2 >= byteCount
  }

  /// The generations that hold rows, oldest first.
  public var generations: [UInt64] { account.generations }

  /// The rows of one generation, which no lane writes to any longer, by table. Late rows must have been settled before.
  public func frozen(generation: UInt64) -> [TableRows] {
    buffers.compactMap { buffer in
      buffer.locked { table in
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
  public var oldestGeneration: UInt64? { account.generations.first }

  /// Forgets the rows that a table has of a generation: they are in its parts now. Called by the sealer alone.
  public func drop(_ name: TableName, generation: UInt64) {
    guard let buffer = buffer(of: name) else { return }
    let found = buffer.locked { table in
      table.generations.first { $0.generation == generation }.map { AtRest(rows: $0, latest: table.latest) }
    }
    guard let atRest = found else { return }
    // A million series take a while: the committers need not wait for it.
    let remains = TableBuffer.remains(of: atRest.rows, before: atRest.latest)
    settling.withLock { _ in
      buffer.locked { table in
        table.drop(leaving: remains)
        account.release(atRest.rows)
        giveBackSeries(of: table)
      }
    }
  }

  /// A generation to which nothing is added any longer, and the newest rows of those sealed before.
  private struct AtRest: Sendable {
    var rows: GenerationRows
    var latest: ChunkList
  }

  /// Gives back the memory of series that have been silent for long, if they are most of the table's. Under its lock.
  private func giveBackSeries(of table: TableBuffer) {
    guard let other = table.withoutIdleSeries() else { return }
    var change = UnsealedAccount.Change()
    change.lateBytes = other.takeLateGrowth() - table.late.list.chunks.reduce(0) { $0 + $1.accountedBytes }
    account.add(change, to: 0)
    for (former, rows) in zip(table.generations, other.generations) {
      rows.accountedBytes = rows.takeGrowth()
      var change = UnsealedAccount.Change()
      change.byteCount = rows.accountedBytes - former.accountedBytes
      account.add(change, to: rows.generation)
    }
    table.giveWay(to: other)
    directory.withLock { $0[table.name] = other }
  }
}
