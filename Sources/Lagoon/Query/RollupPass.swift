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

  init(query: RollupQuery, grid: BucketGrid, grouping: DeviceGrouping) {
    self.query = query
    self.grid = grid
    self.grouping = grouping
    cells = RollupCells(bucketsPerGroup: grid.count)
    extras = RollupExtras(query)
  }

  /// Adds a part, by its stored rollups if they say the same.
  mutating func add(
    _ part: QueryPart, of table: TableName, devices: Set<String>?, reader: any PartReading
  ) throws {
    if let stored = storedRollups(of: part) {
      let source = try reader.scan(
        ScanRequest(
          table: .rollups(stored.step), path: stored.path, devices: devices,
          from: query.from, to: query.to))
      try addStored(source)
      return
    }
    try addReadings(
      reader.scan(
        ScanRequest(
          table: table, path: part.path, devices: devices, from: query.from, to: query.to, fields: [query.field],
          arrivals: false)))
  }

  /// The coarsest stored rollups whose buckets fall whole into buckets asked for, and whole into the range or out of it.
  private func storedRollups(of part: QueryPart) -> (step: StoredStep, path: String)? {
    if extras.wantsValues || extras.wantsSketches { return nil }
    for step in StoredStep.allCases.reversed() {
      guard let path = part.rollups[step], grid.isMadeOf(bucketsOf: step.nanos) else { continue }
      let start = flooredDivision(part.oldest, by: step.nanos) * step.nanos
      let end = flooredDivision(part.newest, by: step.nanos) * step.nanos + step.nanos
      let isFromWhole = query.from <= start || query.from % step.nanos == 0
      let isToWhole = query.to >= end || query.to % step.nanos == 0
      if isFromWhole && isToWhole { return (step, path) }
    }
    return nil
  }

  /// Adds the readings of one source that lie in the range.
  mutating func addReadings(_ source: RowSource) throws {
    guard let column = source.column(of: query.field) else { return }
    let isOneGroup = grouping.isEverything && extras.isEmpty
    var cursor = RollupCursor(
      grid: grid, from: query.from, to: query.to, unitNanos: source.precision.unitNanos,
      groups: SeriesGroups(seriesCount: isOneGroup ? 0 : source.series.count, epochs: grouping.changes.count + 1))
    var devices = SeriesDevices(seriesCount: extras.wantsDevices ? source.series.count : 0)
    for chunk in source.chunks {
      if isOneGroup, let whole = ChunkSum.of(chunk, column: column, unitNanos: cursor.unitNanos),
        take(whole, cursor: &cursor)
      {
        try checkSize()
        continue
      }
      chunk.withColumn(column) { rows in
        if isOneGroup {
          sum(down: rows, cursor: &cursor)
        } else {
          run(down: rows, series: source.series, cursor: &cursor, devices: &devices)
        }
      }
      try checkSize()
    }
  }

  func checkSize() throws {
    if cells.isTooLarge { throw QueryError.tooManyBuckets(limit: QueryLimits.buckets) }
    if extras.isTooLarge { throw QueryError.tooManyReadings(limit: QueryLimits.sortedReadings) }
  }

  /// Merges a chunk that falls whole into one bucket of the range; false if it does not.
  private mutating func take(_ whole: ChunkSum, cursor: inout RollupCursor) -> Bool {
    if whole.readings == 0 { return true }
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

  /// The loop where all devices are one group: a bucket is summed up by itself while the times stay in it.
  private mutating func sum(down rows: borrowing RowChunk.ColumnRows, cursor: inout RollupCursor) {
    let group = grouping.group(of: "", epoch: 0)
    var bucket = Bucket()
    for row in rows.times.indices {
      let tag = rows.tags[row]
      let time = rows.times[row]
      if tag == 0 || time < cursor.from || time >= cursor.to { continue }
      guard let value = DecimalNumber.double(tag: ValueTag(rawValue: tag), payload: rows.payloads[row]) else {
        continue
      }
      if time < cursor.bucketStart || time >= cursor.bucketEnd {
        if bucket.count > 0 { cells.merge(bucket, into: cells.place(group: group, number: cursor.bucketNumber)) }
        bucket = Bucket()
        cursor.enterBucket(at: time, grid: grid, grouping: grouping)
      }
      bucket.add(value, at: time &* cursor.unitNanos)
      readingsRead &+= 1
    }
    if bucket.count > 0 { cells.merge(bucket, into: cells.place(group: group, number: cursor.bucketNumber)) }
  }

  /// The loop that every other reading computed from passes through.
  private mutating func run(
    down rows: borrowing RowChunk.ColumnRows, series list: SeriesList, cursor: inout RollupCursor,
    devices: inout SeriesDevices
  ) {
    let hasExtras = !extras.isEmpty
    var divisorTag: UInt8 = 0
    var divisor = 1.0
    for row in rows.times.indices {
      let tag = rows.tags[row]
      let time = rows.times[row]
      if tag == 0 || time < cursor.from || time >= cursor.to { continue }
      let value: Double
      if tag >= 16 {
        if tag != divisorTag {
          divisorTag = tag
          divisor = Double(DecimalNumber.powersOfTen[ValueTag(rawValue: tag).scale])
        }
        value = Double(rows.payloads[row]) / divisor
      } else if let number = DecimalNumber.double(tag: ValueTag(rawValue: tag), payload: rows.payloads[row]) {
        value = number
      } else {
        continue
      }
      if time < cursor.bucketStart || time >= cursor.bucketEnd {
        cursor.enterBucket(at: time, grid: grid, grouping: grouping)
      }
      let number = rows.series[row]
      let epoch = cursor.epoch
      let group = cursor.groups.group(of: number, epoch: epoch) {
        grouping.group(of: list.device(number), epoch: epoch)
      }
      if group < 0 { continue }
      let place = cells.place(group: group, number: cursor.bucketNumber)
      cells.add(value, at: time &* cursor.unitNanos, to: place)
      if hasExtras && value.isFinite {
        extras.add(value, to: place)
        if extras.wantsDevices, let device = devices.unseen(number, at: place, in: list) { extras.add(device: device, to: place) }
      }
      readingsRead &+= 1
    }
  }

  // MARK: the answer

  /// - Parameters:
  ///   - increases: by group and bucket, if they were asked for.
  ///   - watermark: every row received before it was added.
  consuming func answer(increases: [BucketPlace: Double], watermark: UnixNanos) -> RollupAnswer {
    let thousandths = query.aggregates.compactMap { aggregate in
      if case .quantile(let thousandths) = aggregate { thousandths } else { nil }
    }
    let ordered = extras.ordered(placeCount: cells.buckets.count)
    var groups: [RollupAnswer.Group] = []
    for (index, name) in grouping.names.enumerated() {
      let found = cells.occupied(group: index).map { number, place in
        let bucket = cells.buckets[place]
        let end = grid.start(of: number + 1)
        return RollupAnswer.Cell(
          time: grid.start(of: number), end: end, bucket: bucket,
          quantiles: thousandths.map {
            extras.quantile(thousandths: $0, at: place, bucket: bucket, ordered: ordered)
          },
          increase: increases[BucketPlace(group: Int32(index), number: number)] ?? 0,
          distinct: extras.distinct(at: place), isComplete: end <= watermark)
      }
      if !found.isEmpty { groups.append(RollupAnswer.Group(name: name, cells: found)) }
    }
    groups.sort { $0.name < $1.name }
    return RollupAnswer(groups: groups, readingsRead: readingsRead, storedBucketsRead: storedBucketsRead)
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
