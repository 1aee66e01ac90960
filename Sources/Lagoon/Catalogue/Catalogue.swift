public import Primitives
public import Telemetry

/// Which parts are live, for every table of a data directory, and what is done with them: the door to the layers below.
///
/// Readers take a table's state, which never changes, and read its parts; a part that is no longer live stays on disk
/// for a grace time, so that they can. Any thread may seal, look or maintain, and other programs may commit too
/// (`TableCommitter`).
///
/// ```
///            questions ──▶ StoredTables ◀── seals, maintenance
///                            │  TableBook        what is live, in memory
///                            │  PartFiles        parts: names, bytes, what was read
///                            └─ TableCommitter ──▶ DeltaLog ──▶ Store
/// ```
public final class Catalogue: Sendable {
  let stored: StoredTables
  let rollups: RollupTables
  private let sealing: TableSealing
  private let maintenance: Maintenance
  private let partBuckets: PartBuckets

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
    let cache = BucketCache()
    stored = try StoredTables(data: data, node: node, compatible: compatible, isReadOnly: isReadOnly) { parts, table in
      cache.forget(parts: Set(parts.map { Substring(table.directoryName + "/" + $0.path) }))
    }
    rollups = RollupTables(tables: stored)
    sealing = TableSealing(tables: stored, rollups: rollups)
    maintenance = Maintenance(stored, rollups)
    partBuckets = PartBuckets(stored, cache)
  }

  /// The node that wrote the parts of a data directory, for who adds to them: the first that a part is named after.
  public static func node(of data: String) -> String { PartFiles.node(of: data) }

  // MARK: what is live

  /// A table as it stands; nil if it has no version yet.
  public func table(_ name: TableName) -> TableState? { stored.table(name) }

  /// Every table that has a version, at one moment.
  public var tables: [TableState] { stored.book.tables }

  /// Rises with each change of any table.
  public var dataVersion: UInt64 { stored.book.dataVersion }

  /// Tables that could not be read, and why: the others are served.
  public var failures: [TableName: String] { stored.book.failures }

  /// The newest journal segment of that node in any table.
  public func newestSegment(node: String) -> UInt64 {
    tables.map { $0.newestSegment(node: node) }.max() ?? 0
  }

  /// What is damaged, was set aside or cannot be read, a sentence each: the rest works.
  public var warnings: [String] {
    stored.book.warnings + [maintenance.evolution.last, stored.records.failure, stored.time.pause].compactMap { $0 }
  }

  /// Reads what other programs committed to a table. What keeps it from being read is named until it can be.
  func refresh(_ name: TableName) throws(LagoonError) { try stored.refresh(name) }

  // MARK: seals

  /// Makes parts of rows and commits them, one version a table, with how far each lane's journal is in it. Tables that
  /// have one of the transactions already are left alone: they were sealed before, and the rest was interrupted.
  ///
  /// Throws what failed; the tables that it does not name are sealed, and the same call can be made again.
  ///
  /// - Parameter threads: how many make the parts of a large table, each of some of its series.
  public func seal(
    _ tables: [TableRows], transactions: [LaneTransaction], threads: Int = 1
  ) throws(SealError) {
    try sealing.seal(tables, transactions: transactions, threads: threads)
  }

  // MARK: maintenance

  /// The time from which the age of rows is counted: what the clock says, or less where it cannot be believed.
  public func believed(nowNanos: UnixNanos, monotonicNanos: Int64) -> UnixNanos {
    stored.time.believed(nowNanos: nowNanos, monotonicNanos: monotonicNanos)
  }

  /// What retention has let go of since the start.
  public var expiry: ExpiryFacts { maintenance.expiry.facts }

  /// Compacts what is over, lets go of rows beyond their retention, and removes files that nobody needs. Where the clock
  /// cannot be believed nothing expires and no file goes.
  ///
  /// Goes from table to table and from group to group, asking `shouldStop` in between and inside; what is done stays
  /// done. Never in the way of a seal.
  public func maintain(
    nowNanos: UnixNanos, monotonicNanos: Int64, _ settings: CompactionSettings, retention: RetentionPolicy?,
    graceNanos: Int64? = nil, shouldStop: @Sendable () -> Bool = { false }
  ) throws(LagoonError) {
    try maintenance.turn(
      nowNanos: nowNanos, monotonicNanos: monotonicNanos, settings, retention: retention,
      graceNanos: graceNanos ?? Maintenance.graceNanos, shouldStop: shouldStop)
  }

  /// Lets go of what is older than so many days in a table that `maintain` keeps, unless the clock cannot be believed.
  ///
  /// - Parameter noting: told first, where anything goes, of the time before which it does. What it throws keeps all.
  public func expire(
    _ name: TableName, days: Int, nowNanos: UnixNanos, monotonicNanos: Int64, _ settings: CompactionSettings,
    noting: (UnixNanos) throws -> Void
  ) throws {
    try maintenance.expire(
      name, days: days, nowNanos: nowNanos, monotonicNanos: monotonicNanos, settings, noting: noting)
  }

  /// Compacts all that is over, at once, and removes the parts that were replaced: for a data directory that nobody
  /// serves. `say` gets a line for each table.
  public func compactAll(
    nowNanos: UnixNanos, _ settings: CompactionSettings, say: (String) -> Void
  ) throws(LagoonError) {
    try maintenance.all(nowNanos: nowNanos, settings, say: say)
  }

  /// Sums up the readings of every part anew and puts what came of it in the place of its rollup parts. Rollups whose
  /// readings have expired stay. `say` gets a line for each table.
  public func rebuildRollups(_ settings: CompactionSettings, say: (String) -> Void) throws(LagoonError) {
    try maintenance.rebuildRollups(settings, say: say)
  }

  // MARK: questions

  /// Reads rows of a part.
  ///
  /// - Parameters:
  ///   - devices: only those; nil for all.
  ///   - times: half-open, in the table's unit; nil for all.
  public func scan(
    _ part: Part, of table: TableState, devices: Set<String>? = nil, times: Range<Int64>? = nil
  ) throws -> RowSource {
    try stored.scan(part.path, of: table, devices: devices, times: times)
  }

  /// What is in the parts, and nothing else: for who looks at a data directory without being its server.
  public func storedView() -> LagoonView {
    let states = tables
    var view = LagoonView(
      tables: TableView.views(of: states), reader: self, version: dataVersion, watermark: .max, unreadable: failures)
    view.standaloneRollups = TableView.standaloneRollups(states)
    return view
  }
}

/// What late rows ask of the parts.
extension Catalogue: SealedRows {
  public func newestTime(in table: TableName) -> Int64? { StoredRows(tables: stored).newestTime(in: table) }

  public func knownTable(_ name: TableName) -> KnownTable? { StoredRows(tables: stored).knownTable(name) }

  public func rows(in name: TableName, at instants: [DeviceInstants]) -> [RowSource] {
    StoredRows(tables: stored).rows(in: name, at: instants)
  }
}

/// What questions ask of the parts.
extension Catalogue: PartReading {
  public func scan(_ request: ScanRequest) throws -> RowSource { try stored.scan(request) }

  public func scan(_ request: ScanRequest, each body: (RowSource) throws -> Void) throws {
    try stored.scan(request, each: body)
  }

  public func knownBuckets(_ request: BucketRequest) -> BucketColumns? { partBuckets.known(request) }

  public func buckets(_ request: BucketRequest) throws -> BucketColumns { try partBuckets.buckets(request) }

  public func knownCounters(_ request: BucketRequest) -> CounterColumns? { partBuckets.knownCounters(request) }

  public func counters(_ request: BucketRequest) throws -> CounterColumns { try partBuckets.counters(request) }
}
