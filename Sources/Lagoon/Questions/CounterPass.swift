import Primitives
import Rollups
import Telemetry

/// Follows each series of a counter from reading to reading, whatever the order in which its rows came.
///
/// What a counter rose by between two readings counts in the bucket of the later one, so that the increase of an hour is
/// that of its minutes together, and of a bucket asked alone that of the bucket in a range: for the first reading of a
/// range the one before is looked for however far back it lies (`CounterPass+Before.swift`).
struct CounterPass {
  let from: UnixNanos
  let to: UnixNanos
  /// From when readings are read at once: most counters have spoken since.
  let scanFrom: UnixNanos
  let field: String
  private var numbers: [[UInt8]: Int] = [:]
  var series: [Series] = []
  private var count = 0
  let probe: QuestionProbe

  /// One series, and what is known of it.
  struct Series {
    var device: String
    var tags: [SeriesKey.Tag]
    var readings: [Reading] = []
    /// The newest reading before the first of `readings`.
    var before: Reading?
    /// The place of its source in the order of arrival.
    var beforeArrival = Int64.min

    /// Takes a reading that may be the newest one before the range.
    mutating func takeBefore(_ reading: Reading, arrival: Int64) {
      if let before, (before.time, beforeArrival) > (reading.time, arrival) { return }
      before = reading
      beforeArrival = arrival
    }
  }

  /// A number with all its digits, at an instant.
  struct Reading {
    var time: UnixNanos
    var payload: Int64
    /// How many readings of the series came before it.
    var sequence: UInt32
    var tag: ValueTag

    var value: Double { DecimalNumber.double(tag: tag, payload: payload) ?? .nan }
    /// Places behind the point of a decimal; nil for a double.
    var scale: Int? { tag == .integer ? 0 : tag.isDecimal ? tag.scale : nil }

    static func precedes(_ a: Reading, _ b: Reading) -> Bool { (a.time, a.sequence) < (b.time, b.sequence) }
  }

  init(_ query: RollupQuery, zone: TimeZoneRules, probe: QuestionProbe) {
    self.probe = probe
    field = query.field
    from = query.from
    to = query.to
    let bucket = query.step.bucket(of: query.from, zone: zone)
    let step = max(Nanos.perHour, bucket.end - bucket.start)
    scanFrom = query.from > .min + step ? query.from - step : .min
  }

  /// Takes the readings of one source. Sources come in the order of their arrival.
  mutating func add(_ source: RowSource, arrival: Int64, grouping: inout DeviceGrouping) throws(QueryError) {
    guard let column = source.column(of: field) else { return }
    let unit = source.precision.unitNanos
    var places = [Int](repeating: -2, count: source.series.count)
    for chunk in source.chunks {
      try probe.check(holding: count * MemoryLayout<Reading>.stride)
      for row in 0..<chunk.count {
        let time = chunk.time(row) * unit
        if time >= to { continue }
        let tag = chunk.tag(row, column: column)
        let payload = chunk.payload(row, column: column)
        guard tag != .null, let value = DecimalNumber.double(tag: tag, payload: payload), value.isFinite else {
          continue
        }
        let number = chunk.series(row)
        if places[Int(number)] == -2 { places[Int(number)] = place(of: number, in: source.series, &grouping) }
        let place = places[Int(number)]
        if place < 0 { continue }
        let sequence = UInt32(truncatingIfNeeded: series[place].readings.count)
        let reading = Reading(time: time, payload: payload, sequence: sequence, tag: tag)
        if time < from {
          series[place].takeBefore(reading, arrival: arrival)
        } else {
          series[place].readings.append(reading)
          count += 1
        }
      }
      if count > Limits.sortedReadings { throw QueryError.tooManyReadings(limit: Limits.sortedReadings) }
    }
  }

  /// A series' place; -1 if no epoch asks for it.
  private mutating func place(of number: UInt32, in list: SeriesList, _ grouping: inout DeviceGrouping) -> Int {
    let isAsked = (0...grouping.changes.count).contains { grouping.group(of: number, in: list, epoch: $0) >= 0 }
    if !isAsked { return -1 }
    let key = list.canonicalKey(number).withUnsafeBytes { Array($0) }
    if let known = numbers[key] { return known }
    numbers[key] = series.count
    let own = list[number]
    series.append(Series(device: own.device, tags: own.tags))
    return series.count - 1
  }

  /// Orders each series' readings. To be called before the ones before them are looked for.
  mutating func order() throws(QueryError) {
    for place in series.indices {
      if place % 64 == 0 { try probe.check() }
      let readings = series[place].readings
      if zip(readings, readings.dropFirst()).contains(where: { !Reading.precedes($0, $1) }) {
        series[place].readings.sort(by: Reading.precedes)
      }
    }
  }

  /// How much rose in each bucket, by group and number.
  consuming func increases(
    grid: BucketGrid, grouping: inout DeviceGrouping
  ) throws(QueryError) -> CounterRises {
    var found = CounterRises()
    for (index, one) in series.enumerated() {
      if index % 64 == 0 { try probe.check() }
      var last = one.before
      for reading in one.readings {
        defer { last = reading }
        guard let last else { continue }
        // What it rose by from a reading that does not exist for who asks is not known to them.
        if !grouping.scope.takes(one.device, at: last.time) { continue }
        let number = grid.number(of: reading.time)
        let epoch = grouping.epoch(of: grid.start(of: number))
        let group = grouping.group(of: one.device, tags: one.tags, epoch: epoch)
        if group >= 0 { found.add(from: last, to: reading, at: BucketPlace(group: group, number: number)) }
      }
    }
    return found
  }
}

/// What counters rose by, by bucket.
struct CounterRises: Sendable {
  private(set) var rises: [BucketPlace: ExactSum] = [:]

  /// Adds what a counter rose by between two readings: one below the one before is a reset, the counter rose from 0.
  mutating func add(from last: CounterPass.Reading, to next: CounterPass.Reading, at place: BucketPlace) {
    guard let own = next.scale, let other = last.scale, max(own, other) <= ExactSum.places else {
      let rise = next.value >= last.value ? next.value - last.value : max(0, next.value)
      if rise != 0 { rises[place, default: ExactSum()].add(rise) }
      return
    }
    let scale = max(own, other)
    let end = Int128(next.payload) * Int128(DecimalNumber.powersOfTen[scale - own])
    let start = Int128(last.payload) * Int128(DecimalNumber.powersOfTen[scale - other])
    let rise = end >= start ? end - start : max(0, end)
    if rise != 0 { rises[place, default: ExactSum()].add(wide: rise, scale: scale) }
  }
}

/// Which bucket of which group.
struct BucketPlace: Hashable {
  var group: Int32
  var number: Int

  init(group: Int32, number: Int) {
    self.group = group
    self.number = number
  }

  init(_ place: RollupCells.Place) { self.init(group: Int32(place.group), number: place.number) }
}
