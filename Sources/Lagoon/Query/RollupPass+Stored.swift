import Primitives
import Rollups
import Telemetry

extension RollupPass {
  /// The columns of a rollup table.
  private struct StoredColumns {
    let measurement: Int?
    let field: Int
    let count: Int
    let sum: Int
    let sumSquares: Int
    let minimum: Int
    let maximum: Int
    let first: Int
    let firstTime: Int
    let last: Int
    let lastTime: Int

    init?(_ source: RowSource) {
      guard let field = source.column(of: "field"), let count = source.column(of: "count"),
        let sum = source.column(of: "sum"), let sumSquares = source.column(of: "sum_squares"),
        let minimum = source.column(of: "min"), let maximum = source.column(of: "max"),
        let first = source.column(of: "first"), let firstTime = source.column(of: "first_time"),
        let last = source.column(of: "last"), let lastTime = source.column(of: "last_time")
      else { return nil }
      measurement = source.column(of: "measurement")
      self.field = field
      self.count = count
      self.sum = sum
      self.sumSquares = sumSquares
      self.minimum = minimum
      self.maximum = maximum
      self.first = first
      self.firstTime = firstTime
      self.last = last
      self.lastTime = lastTime
    }
  }

  /// Merges the stored buckets of one source that lie in the range.
  mutating func addStored(_ source: RowSource) throws {
    guard let columns = StoredColumns(source) else {
      if source.rowCount == 0 { return }
      preconditionFailure("BUG: a rollup part without its columns")
    }
    var cursor = RollupCursor(
      grid: grid, from: query.from, to: query.to, unitNanos: source.precision.unitNanos,
      groups: SeriesGroups(seriesCount: source.series.count, epochs: grouping.changes.count + 1))
    var devices = SeriesDevices(seriesCount: extras.wantsDevices ? source.series.count : 0)
    let field = Array(query.field.utf8)
    let measurement = Array(query.measurement.utf8)
    for chunk in source.chunks {
      for row in 0..<chunk.count {
        let time = chunk.time(row)
        if time < cursor.from || time >= cursor.to { continue }
        guard Self.text(chunk, row, columns.field, equals: field) else { continue }
        if let column = columns.measurement, !Self.text(chunk, row, column, equals: measurement) { continue }
        guard let bucket = Self.bucket(chunk, row, columns, unitNanos: cursor.unitNanos) else { continue }
        if time < cursor.bucketStart || time >= cursor.bucketEnd {
          cursor.enterBucket(at: time, grid: grid, grouping: grouping)
        }
        let number = chunk.series(row)
        let epoch = cursor.epoch
        let group = cursor.groups.group(of: number, epoch: epoch) {
          grouping.group(of: source.series.device(number), epoch: epoch)
        }
        if group < 0 { continue }
        let place = cells.place(group: group, number: cursor.bucketNumber)
        cells.merge(bucket, into: place)
        if extras.wantsDevices, let device = devices.unseen(number, at: place, in: source.series) {
          extras.add(device: device, to: place)
        }
        storedBucketsRead += 1
      }
      try checkSize()
    }
  }

  private static func text(_ chunk: RowChunk, _ row: Int, _ column: Int, equals wanted: [UInt8]) -> Bool {
    guard chunk.tag(row, column: column) == .string else { return false }
    return chunk.text(chunk.payload(row, column: column)).elementsEqual(wanted)
  }

  /// A stored bucket; nil if the row sums up nothing.
  private static func bucket(
    _ chunk: RowChunk, _ row: Int, _ columns: StoredColumns, unitNanos: Int64
  ) -> Bucket? {
    guard chunk.tag(row, column: columns.count) != .null else { return nil }
    let count = chunk.payload(row, column: columns.count)
    guard count > 0, let sum = chunk.double(row, column: columns.sum),
      let sumSquares = chunk.double(row, column: columns.sumSquares),
      let minimum = chunk.double(row, column: columns.minimum),
      let maximum = chunk.double(row, column: columns.maximum),
      let first = chunk.double(row, column: columns.first), let last = chunk.double(row, column: columns.last)
    else { return nil }
    return Bucket(
      count: count, sum: sum, sumSquares: sumSquares, min: minimum, max: maximum, first: first,
      firstTime: chunk.payload(row, column: columns.firstTime) * unitNanos, last: last,
      lastTime: chunk.payload(row, column: columns.lastTime) * unitNanos)
  }
}
