import Primitives
import Rollups
import Telemetry

/// Follows each series of a counter from reading to reading, whatever the order in which its rows came.
///
/// What a counter rose by between two readings counts in the bucket of the later one, so that the increase of an hour is
/// that of its minutes together. For the first reading of a range the one before it is looked for, one step back and at
/// least an hour.
struct CounterPass {
  let from: UnixNanos
  let to: UnixNanos
  /// From when readings are needed.
  let scanFrom: UnixNanos
  private let field: String
  private var numbers: [[UInt8]: Int] = [:]
  private var devices: [String] = []
  private var readings: [[Reading]] = []
  private var count = 0
  private let probe: QuestionProbe

  private struct Reading {
    var time: UnixNanos
    var value: Double

    static func precedes(_ a: Reading, _ b: Reading) -> Bool { a.time == b.time ? a.value < b.value : a.time < b.time }
  }

  init(_ query: RollupQuery, zone: TimeZoneRules, probe: QuestionProbe) {
    self.probe = probe
    field = query.field
    from = query.from
    to = query.to
    let bucket = query.step.bucket(of: query.from, zone: zone)
    scanFrom = min(query.from - Nanos.perHour, query.from - (bucket.end - bucket.start))
  }

  /// Takes the readings of one source.
  mutating func add(_ source: RowSource, grouping: inout DeviceGrouping) throws(QueryError) {
    guard let column = source.column(of: field) else { return }
    let unit = source.precision.unitNanos
    var places = [Int](repeating: -2, count: source.series.count)
    for chunk in source.chunks {
      try probe.check(holding: count * MemoryLayout<Reading>.stride)
      for row in 0..<chunk.count {
        let time = chunk.time(row) * unit
        if time < scanFrom || time >= to { continue }
        guard let value = chunk.double(row, column: column), value.isFinite else { continue }
        let series = chunk.series(row)
        if places[Int(series)] == -2 { places[Int(series)] = place(of: series, in: source.series, &grouping) }
        let place = places[Int(series)]
        if place < 0 { continue }
        readings[place].append(Reading(time: time, value: value))
        count += 1
      }
      if count > QueryLimits.sortedReadings { throw QueryError.tooManyReadings(limit: QueryLimits.sortedReadings) }
    }
  }

  /// A series' place; -1 if no epoch asks for its device.
  private mutating func place(of series: UInt32, in list: SeriesList, _ grouping: inout DeviceGrouping) -> Int {
    let device = list.device(series)
    let isAsked = (0...grouping.changes.count).contains { grouping.group(of: device, epoch: $0) >= 0 }
    if !isAsked { return -1 }
    let key = list.canonicalKey(series).withUnsafeBytes { Array($0) }
    if let known = numbers[key] { return known }
    numbers[key] = devices.count
    devices.append(device)
    readings.append([])
    return devices.count - 1
  }

  /// How much rose in each bucket, by group and number.
  consuming func increases(
    grid: BucketGrid, grouping: inout DeviceGrouping
  ) throws(QueryError) -> [BucketPlace: Double] {
    var found: [BucketPlace: Double] = [:]
    for place in devices.indices {
      if place % 64 == 0 { try probe.check() }
      var series = readings[place]
      series.sort(by: Reading.precedes)
      var last: Double?
      for reading in series {
        defer { last = reading.value }
        guard let last, reading.time >= from else { continue }
        let rise = reading.value >= last ? reading.value - last : max(0, reading.value)
        if rise == 0 { continue }
        let number = grid.number(of: reading.time)
        let group = grouping.group(of: devices[place], epoch: grouping.epoch(of: grid.start(of: number)))
        if group >= 0 { found[BucketPlace(group: group, number: number), default: 0] += rise }
      }
    }
    return found
  }
}

/// Which bucket of which group.
struct BucketPlace: Hashable {
  var group: Int32
  var number: Int
}
