import Primitives
import Rollups

extension RollupPass {
  /// Merges the buckets of one part that lie whole in `from ..< to`.
  ///
  /// - Parameter isGone: whether the readings that they sum up are gone.
  mutating func add(
    _ columns: BucketColumns, from: UnixNanos, to: UnixNanos, devices: Set<String>?, isGone: Bool = false
  ) {
    let step = columns.stepNanos
    var cursor = BucketCursor(
      first: flooredDivision(from, by: step), end: flooredDivision(to, by: step), stepNanos: step)
    // A few of many are looked for, many are run over.
    if let devices, devices.count * 8 < columns.runs.count {
      for device in devices {
        for run in columns.runs(of: device) { add(run, of: columns, cursor: &cursor, isGone) }
      }
    } else {
      for run in columns.runs where devices?.contains(run.device) ?? true {
        add(run, of: columns, cursor: &cursor, isGone)
      }
    }
    storedBucketsRead += columns.numbers.count
  }

  private mutating func add(
    _ run: BucketColumns.Run, of columns: BucketColumns, cursor: inout BucketCursor, _ isGone: Bool
  ) {
    if grid.step.days == 0 && grouping.changes.isEmpty && extras.isEmpty && !isGone {
      addPlain(run, of: columns, first: cursor.first, end: cursor.end)
    } else {
      addAny(run, of: columns, cursor: &cursor, isGone)
    }
  }

  /// The loop where a device is of one group throughout and buckets are of one length.
  private mutating func addPlain(_ run: BucketColumns.Run, of columns: BucketColumns, first: Int64, end: Int64) {
    let group = grouping.group(of: run.device, tags: run.tags, epoch: 0)
    if group < 0 { return }
    let ratio = Int(grid.step.nanos / columns.stepNanos)
    let start = Int(grid.start / columns.stepNanos)
    let wanted = Int(first)..<Int(end)
    for row in run.rows {
      let number = Int(columns.numbers[row])
      if !wanted.contains(number) { continue }
      let offset = number &- start
      cells.merge(
        row, of: columns, owner: run.owner,
        into: cells.place(group: group, number: ratio == 1 ? offset : offset / ratio))
    }
  }

  /// Adds buckets whose readings have expired, those that lie whole in the range: there is nothing else to make them of.
  mutating func addStandalone(_ view: LagoonView, table: TableName, devices: Set<String>?) throws {
    // The coarsest that serve: each of the two tables has all that is worth its bytes.
    guard let step = StoredStep.allCases.reversed().first(where: { grid.isMadeOf(bucketsOf: $0.nanos) }) else { return }
    for part in view.standaloneRollups[step] ?? [] where part.newest > query.from - step.nanos && part.oldest < query.to
    {
      var request = BucketRequest(
        table: table, part: part, field: query.field, stepNanos: step.nanos, sketches: extras.wantsSketches,
        rollupStep: step)
      request.needs = cells.needs
      request.bySeries = cells.needs.wantsOwners || grouping.wantsTags
      let columns = try view.reader.buckets(request)
      add(
        columns, from: -flooredDivision(-query.from, by: step.nanos) * step.nanos,
        to: flooredDivision(query.to, by: step.nanos) * step.nanos, devices: devices, isGone: true)
      try checkSize()
    }
  }

  private mutating func addAny(
    _ run: BucketColumns.Run, of columns: BucketColumns, cursor: inout BucketCursor, _ isGone: Bool
  ) {
    var epoch = -1
    var group = DeviceGrouping.excluded
    let device = extras.wantsDevices ? SeriesDevices.hash(run.device) : 0
    for row in run.rows {
      let number = Int64(columns.numbers[row])
      if number < cursor.first || number >= cursor.end { continue }
      if number < cursor.bucketFirst || number >= cursor.bucketEnd {
        cursor.enterBucket(of: number, grid: grid, grouping: grouping)
      }
      if cursor.epoch != epoch {
        epoch = cursor.epoch
        group = grouping.group(of: run.device, tags: run.tags, epoch: epoch)
      }
      if group < 0 { continue }
      let place = cells.place(group: group, number: cursor.bucketNumber)
      cells.merge(row, of: columns, owner: run.owner, into: place)
      if isGone { gone.insert(place) }
      if extras.wantsSketches && columns.hasSketches { extras.merge(columns.sketches[row], into: place) }
      if extras.wantsDevices { extras.add(device: device, to: place) }
    }
  }
}

/// Where a run over a part's buckets stands: the bucket asked for in which the one before lay. Numbers are those of the
/// part's buckets since 1970.
private struct BucketCursor {
  let first: Int64
  let end: Int64
  let stepNanos: Int64
  private(set) var bucketNumber = 0
  private(set) var bucketFirst = Int64.max
  private(set) var bucketEnd = Int64.min
  private(set) var epoch = 0

  init(first: Int64, end: Int64, stepNanos: Int64) {
    self.first = first
    self.end = end
    self.stepNanos = stepNanos
  }

  @inline(__always)
  mutating func enterBucket(of number: Int64, grid: BucketGrid, grouping: DeviceGrouping) {
    // Mostly it is the next one.
    if number == bucketEnd && grid.step.days == 0 {
      bucketNumber += 1
      (bucketFirst, bucketEnd) = (bucketEnd, bucketEnd + (bucketEnd - bucketFirst))
    } else {
      bucketNumber = grid.number(of: number * stepNanos)
      bucketFirst = grid.start(of: bucketNumber) / stepNanos
      bucketEnd = grid.start(of: bucketNumber + 1) / stepNanos
    }
    if !grouping.changes.isEmpty { epoch = grouping.epoch(of: grid.start(of: bucketNumber)) }
  }
}
