import Primitives
import Rollups
import Telemetry

/// One rollup question under way: sources go in, buckets come out.
struct RollupPass {
  let query: RollupQuery
  let grid: BucketGrid
  var grouping: DeviceGrouping
  var cells: RollupCells
  var extras: RollupExtras
  private(set) var readingsRead = 0
  var storedBucketsRead = 0
  /// Places of buckets some of whose readings are gone: their rollups alone are left.
  var gone: Set<Int> = []
  let probe: QuestionProbe

  init(query: RollupQuery, grid: BucketGrid, grouping: DeviceGrouping, probe: QuestionProbe) {
    self.probe = probe
    self.query = query
    self.grid = grid
    self.grouping = grouping
    cells = RollupCells(bucketsPerGroup: grid.count, needs: BucketNeeds(query.aggregates))
    extras = RollupExtras(query)
  }

  /// Devices up to which a part's rows are read for a question rather than all of its buckets made.
  static let fewDevices = 32

  /// Adds a part: by its buckets where they say the same, by its readings at the range's edges, or where they do not.
  mutating func add(
    _ part: QueryPart, of table: TableName, devices: Set<String>?, reader: any PartReading
  ) throws {
    guard let step = stepOfBuckets() else {
      return try addReadings(of: part, table, devices, query.from..<query.to, reader)
    }
    var request = BucketRequest(
      table: table, part: part, field: query.field, stepNanos: step, sketches: extras.wantsSketches)
    request.needs = cells.needs
    request.bySeries = cells.needs.wantsOwners || grouping.wantsTags
    let isFew = devices.map { $0.count <= Self.fewDevices } ?? false
    guard let columns = try reader.knownBuckets(request) ?? (isFew ? nil : reader.buckets(request)) else {
      return try addReadings(of: part, table, devices, query.from..<query.to, reader)
    }
    if columns.isWide { return try addReadings(of: part, table, devices, query.from..<query.to, reader) }
    // Buckets that the range's ends cut are summed up anew.
    let first = -flooredDivision(-query.from, by: step) * step
    let end = flooredDivision(query.to, by: step) * step
    if first >= end { return try addReadings(of: part, table, devices, query.from..<query.to, reader) }
    add(columns, from: first, to: end, devices: devices)
    try checkSize()
    for edge in [query.from..<first, end..<query.to]
    where part.oldest < edge.upperBound && part.newest >= edge.lowerBound {
      if !edge.isEmpty { try addReadings(of: part, table, devices, edge, reader) }
    }
  }

  /// The length of the coarsest buckets that those asked for are made of; nil if readings serve better.
  private func stepOfBuckets() -> Int64? {
    if extras.wantsValues { return nil }
    if grid.isMadeOf(bucketsOf: StoredStep.hour.nanos) { return StoredStep.hour.nanos }
    // A sketch of finer buckets is not kept.
    if extras.wantsSketches { return nil }
    return grid.isMadeOf(bucketsOf: StoredStep.fiveMinutes.nanos) ? StoredStep.fiveMinutes.nanos : nil
  }

  private mutating func addReadings(
    of part: QueryPart, _ table: TableName, _ devices: Set<String>?, _ times: Range<UnixNanos>,
    _ reader: any PartReading
  ) throws {
    try addReadings(
      reader.scan(
        ScanRequest(
          table: table, path: part.path, devices: devices, from: times.lowerBound, to: times.upperBound,
          fields: [query.field], arrivals: false)),
      times: times)
  }

  /// Adds the readings of one source that lie in the range.
  mutating func addReadings(_ source: RowSource, times: Range<UnixNanos>? = nil) throws {
    guard let column = source.column(of: query.field) else { return }
    let isSummedUp = grouping.isEverything && extras.isEmpty && cells.needs.isSubset(of: [.sum, .extremes])
    var cursor = RollupCursor(
      grid: grid, from: times?.lowerBound ?? query.from, to: times?.upperBound ?? query.to,
      unitNanos: source.precision.unitNanos,
      groups: SeriesGroups(
        seriesCount: grouping.isEverything ? 0 : source.series.count, epochs: grouping.changes.count + 1))
    var owners = SeriesOwners(seriesCount: cells.needs.wantsOwners ? source.series.count : 0)
    var devices = SeriesDevices(seriesCount: extras.wantsDevices ? source.series.count : 0)
    for chunk in source.chunks {
      if isSummedUp, let whole = ChunkSum.of(chunk, column: column, unitNanos: cursor.unitNanos),
        take(whole, cursor: &cursor)
      {
        try checkSize()
        continue
      }
      chunk.withColumn(column) { rows in
        run(down: rows, series: source.series, cursor: &cursor, owners: &owners, devices: &devices)
      }
      try checkSize()
    }
  }

  func checkSize() throws {
    try probe.check(holding: cells.byteCount + extras.byteCount)
    if cells.isTooLarge { throw QueryError.tooManyBuckets(limit: Limits.buckets) }
    if extras.isTooLarge { throw QueryError.tooManyReadings(limit: Limits.sortedReadings) }
  }

  /// Merges a chunk that falls whole into one bucket of the range; false if it does not.
  private mutating func take(_ whole: ChunkSum, cursor: inout RollupCursor) -> Bool {
    if whole.readings == 0 { return true }
    if whole.isWide { return false }
    if whole.oldest < cursor.from || whole.newest >= cursor.to { return false }
    if whole.oldest < cursor.bucketStart || whole.oldest >= cursor.bucketEnd {
      cursor.enterBucket(at: whole.oldest, grid: grid, grouping: grouping)
    }
    if whole.newest >= cursor.bucketEnd { return false }
    let group = grouping.group(of: "", epoch: 0)
    cells.merge(whole.bucket, into: cells.place(group: group, number: cursor.bucketNumber))
    readingsRead += whole.readings
    return true
  }

  /// The loop that every reading computed from passes through.
  private mutating func run(
    down rows: borrowing RowChunk.ColumnRows, series list: SeriesList, cursor: inout RollupCursor,
    owners: inout SeriesOwners, devices: inout SeriesDevices
  ) {
    let hasExtras = !extras.isEmpty
    let wantsOwners = cells.needs.wantsOwners
    let isEverything = grouping.isEverything
    let onlyGroup = isEverything ? grouping.group(of: "", epoch: 0) : 0
    var reader = NumberReader()
    for row in rows.times.indices {
      let tag = rows.tags[row]
      let time = rows.times[row]
      if tag == 0 || time < cursor.from || time >= cursor.to { continue }
      if !reader.read(tag, rows.payloads[row]) { continue }
      let value = reader.value
      if time < cursor.bucketStart || time >= cursor.bucketEnd {
        cursor.enterBucket(at: time, grid: grid, grouping: grouping)
      }
      let number = rows.series[row]
      let epoch = cursor.epoch
      let group =
        isEverything
        ? onlyGroup
        : cursor.groups.group(of: number, epoch: epoch) {
          grouping.group(of: number, in: list, epoch: epoch)
        }
      if group < 0 { continue }
      let place = cells.place(group: group, number: cursor.bucketNumber)
      cells.add(
        value, mantissa: rows.payloads[row], scale: reader.scale, at: time &* cursor.unitNanos,
        of: wantsOwners ? owners.owner(of: number, in: list) : 0, to: place)
      if hasExtras {
        extras.add(value, to: place)
        if extras.wantsDevices, let device = devices.unseen(number, at: place, in: list) {
          extras.add(device: device, to: place)
        }
      }
      readingsRead &+= 1
    }
  }

  // MARK: the answer

  /// - Parameters:
  ///   - increases: what counters rose by, if it was asked for.
  ///   - completeUntil: buckets that end before it are changed by late rows alone.
  consuming func answer(
    increases: CounterRises?, completeUntil: UnixNanos
  ) throws(QueryError) -> RollupAnswer {
    let names = grouping.names
    let probe = probe
    let (readings, buckets) = (readingsRead, storedBucketsRead)
    let content = try RollupAnswer.Content(self, increases: increases, completeUntil: completeUntil)
    var groups: [RollupAnswer.Group] = []
    for (index, name) in names.enumerated() {
      if index % 64 == 0 { try probe.check() }
      let places = content.cells.occupied(group: index)
      if !places.isEmpty { groups.append(RollupAnswer.Group(name: name, places: places, content: content)) }
    }
    groups.sort { $0.name < $1.name }
    return RollupAnswer(groups: groups, readingsRead: readings, storedBucketsRead: buckets)
  }
}

/// Where a run down a source's rows stands: the bucket of the row before, whose bounds the next row mostly shares. Times
/// are in the source's unit.
struct RollupCursor {
  let from: Int64
  let to: Int64
  let unitNanos: Int64
  var groups: SeriesGroups
  private(set) var bucketNumber = 0
  private(set) var bucketStart = Int64.max
  private(set) var bucketEnd = Int64.min
  private(set) var epoch = 0

  init(grid: BucketGrid, from: UnixNanos, to: UnixNanos, unitNanos: Int64, groups: SeriesGroups) {
    self.from = raisedDivision(from, by: unitNanos)
    self.to = raisedDivision(to, by: unitNanos)
    self.unitNanos = unitNanos
    self.groups = groups
  }

  /// Finds the bucket of a time in the range.
  @inline(never)
  mutating func enterBucket(at time: Int64, grid: BucketGrid, grouping: DeviceGrouping) {
    bucketNumber = grid.number(of: time * unitNanos)
    bucketStart = raisedDivision(grid.start(of: bucketNumber), by: unitNanos)
    bucketEnd = raisedDivision(grid.start(of: bucketNumber + 1), by: unitNanos)
    epoch = grouping.epoch(of: grid.start(of: bucketNumber))
  }
}
