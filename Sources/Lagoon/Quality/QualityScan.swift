import Primitives
import Registry
import Rollups
import Telemetry

/// Takes what quality is made of from tables, bucket by bucket: parts by their buckets, memory row by row.
struct QualityScan {
  private let view: LagoonView
  /// nil for all.
  private let devices: Set<String>?
  private let stepNanos: Int64
  private let from: UnixNanos
  private let to: UnixNanos

  /// How far before the first bucket a sign of life is looked for.
  private static let lookBackNanos = Nanos.perDay

  init(view: LagoonView, grid: BucketGrid, devices: Set<String>?) {
    self.view = view
    self.devices = devices
    let steps = [Nanos.perHour, 5 * Nanos.perMinute, Nanos.perMinute]
    stepNanos = steps.first { grid.isMadeOf(bucketsOf: $0) } ?? Nanos.perMinute
    from = grid.start
    to = grid.end
  }

  /// Runs over a table's buckets that meet the range, or lie before it.
  private func buckets(
    of table: TableView, field: String, summed: BucketRequest.Summed, needs: BucketNeeds = [],
    missing: inout MissingTables,
    _ body: (String, BucketColumns, Int, UnixNanos) throws -> Void
  ) throws {
    for part in table.parts where part.newest >= from - Self.lookBackNanos && part.oldest < to {
      var request = BucketRequest(table: table.name, part: part, field: field, stepNanos: stepNanos)
      request.summed = summed
      request.needs = needs
      let columns = try missing.reading(table.name) { try view.reader.buckets(request) }
      if let columns { try run(columns, body) }
    }
    guard
      let any = table.parts.first
        ?? table.unsealed.first.map({ _ in QueryPart(path: "", rowCount: 0, oldest: 0, newest: 0) })
    else { return }
    var request = BucketRequest(table: table.name, part: any, field: field, stepNanos: stepNanos)
    request.summed = summed
    request.needs = needs
    for source in table.unsealed {
      try view.probe.check()
      try run(BucketColumns(summingUp: source, request), body)
    }
  }

  private func run(
    _ columns: BucketColumns, _ body: (String, BucketColumns, Int, UnixNanos) throws -> Void
  ) throws {
    for run in columns.runs where devices?.contains(run.device) ?? true {
      for row in run.rows {
        let start = Int64(columns.numbers[row]) * stepNanos
        if start < to { try body(run.device, columns, row, start) }
      }
    }
  }

  /// Rows, and with them signs of life.
  func addRows(of table: TableView, to tally: inout QualityTally, missing: inout MissingTables) throws {
    var most: [BucketKey: Int32] = [:]
    try buckets(of: table, field: "", summed: .rows, needs: .last, missing: &missing) { id, columns, row, start in
      let device = try tally.addDevice(id)
      let count = Int32(clamping: columns.counts[row])
      tally.note(device, sign: columns.lastTimes[row], bucketOf: start)
      if start < from { return }
      // A step asked for may be made of several, and of several parts.
      let key = BucketKey(device: device, number: tally.grid.number(of: start))
      most[key, default: 0] += count
      tally.change(device, at: start) { $0.received &+= count }
    }
    for (key, count) in most {
      tally.change(key.device, at: tally.grid.start(of: key.number)) { $0.mostRows = max($0.mostRows, count) }
    }
  }

  private struct BucketKey: Hashable {
    var device: Int
    var number: Int
  }

  /// Readings that have a range, and those that lie outside.
  func addReadings(
    of table: TableView, in range: ValueRange, directory: any DeviceDirectory, to tally: inout QualityTally,
    missing: inout MissingTables
  ) throws {
    func isOfClass(_ id: String, _ time: UnixNanos) -> Bool {
      range.deviceClass.isEmpty || directory.device(id, at: time)?.deviceClass == range.deviceClass
    }
    try buckets(of: table, field: range.field, summed: .values, missing: &missing) { id, columns, row, start in
      if start < from || !isOfClass(id, start) { return }
      tally.change(try tally.addDevice(id), at: start) { $0.checked &+= Int32(clamping: columns.counts[row]) }
    }
    let outside = BucketRequest.Summed.outside(least: range.least, largest: range.largest)
    try buckets(of: table, field: range.field, summed: outside, missing: &missing) {
      id, columns, row, start in
      if start < from || !isOfClass(id, start) { return }
      tally.change(try tally.addDevice(id), at: start) { $0.invalid &+= Int32(clamping: columns.counts[row]) }
    }
  }

  /// Events: they are signs of life and nothing more, since nobody knows how many there should be.
  func addSigns(of table: TableView, to tally: inout QualityTally, missing: inout MissingTables) throws {
    try buckets(of: table, field: "", summed: .rows, needs: .last, missing: &missing) { id, columns, row, start in
      tally.note(try tally.addDevice(id), sign: columns.lastTimes[row], bucketOf: start)
    }
  }

  /// What was refused of each device.
  func addLedger(to tally: inout QualityTally, missing: inout MissingTables) throws {
    guard let table = view.tables[.readings(QualityQuery.ledgerMeasurement)] else { return }
    for (field, part) in [("duplicates", \QualityTally.Entry.duplicates), ("malformed", \QualityTally.Entry.malformed)]
    {
      try buckets(of: table, field: field, summed: .values, needs: .sum, missing: &missing) { id, columns, row, start in
        if start < from { return }
        // A device may send a measurement of that name too: what it says can be anything.
        let sum = columns.sums[row].value
        let count = sum.isFinite ? Int32(min(max(0, sum), 1e9)) : 0
        tally.change(try tally.addDevice(id), at: start) { $0[keyPath: part] &+= count }
      }
    }
  }
}
