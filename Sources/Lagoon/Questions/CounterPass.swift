import Primitives
import Rollups
import Telemetry

/// Follows each series of a counter from reading to reading, whatever the order in which its rows came.
///
/// What a counter rose by between two readings counts in the bucket of the later one, so that the increase of an hour is
/// that of its minutes together, and of a bucket asked alone that of the bucket in a range: for the first reading of a
/// range the one before is looked for however far back it lies (`CounterPass+Before.swift`).
///
/// Of a part it takes stretches, one a bucket, and adds up what each rose by and what lies between them; only where
/// stretches of several sources lie in each other are their readings read (`CounterPass+Overlaps.swift`). It goes from
/// slice to slice of time, so that memory holds the stretches of one slice, however long the range is.
struct CounterPass {
  let from: UnixNanos
  let to: UnixNanos
  /// From when readings are read at once: most counters have spoken since.
  let scanFrom: UnixNanos
  let field: String
  /// The length of the buckets that parts are asked for; nil if readings serve better.
  let stretchNanos: Int64?
  private let grid: BucketGrid
  private var numbers: [SeriesKey: Int] = [:]
  var series: [Series] = []
  /// The rises that have no short form, of this slice and of what was kept for later ones.
  var sums: [ExactSum] = []
  private var keptSums: [ExactSum] = []
  /// Stretches of all series.
  private(set) var count = 0
  let probe: QuestionProbe

  /// One series, and what is known of it.
  struct Series {
    var device: String
    var tags: [SeriesKey.Tag]
    /// In the order of arrival until `order` was called.
    var stretches: [CounterStretch] = []
    /// Where the last of them may not reach, if it may grow.
    var growsUntil = UnixNanos.min
    /// The newest reading before the first of `stretches`.
    var before: CounterReading?
    /// The place of its source in the order of arrival.
    var beforeArrival = Int64.min
    /// Whether it was looked for in parts before the range.
    var isLookedBack = false
    /// What memory has of later slices.
    var later: ArraySlice<CounterStretch> = []

    /// Takes a reading that may be the newest one before the range.
    mutating func takeBefore(_ reading: CounterReading, arrival: Int64) {
      if let before, (before.time, beforeArrival) > (reading.time, arrival) { return }
      before = reading
      beforeArrival = arrival
    }
  }

  init(_ query: RollupQuery, grid: BucketGrid, zone: TimeZoneRules, probe: QuestionProbe) {
    self.probe = probe
    self.grid = grid
    field = query.field
    from = query.from
    to = query.to
    let bucket = query.step.bucket(of: query.from, zone: zone)
    let step = max(Nanos.perHour, bucket.end - bucket.start)
    scanFrom = query.from > .min + step ? query.from - step : .min
    stretchNanos = StoredStep.allCases.map(\.nanos).sorted(by: >).first(where: grid.isMadeOf(bucketsOf:))
  }

  // MARK: readings

  /// Takes the readings of one source that lie in `times`. Sources come in the order of their arrival.
  mutating func add(
    _ source: RowSource, arrival: Int64, times: Range<UnixNanos>, grouping: inout DeviceGrouping
  ) throws(QueryError) {
    guard let column = source.column(of: field) else { return }
    let unit = source.precision.unitNanos
    var places = [Int](repeating: -2, count: source.series.count)
    for place in series.indices { series[place].growsUntil = .min }
    for chunk in source.chunks {
      try checkSize()
      for row in 0..<chunk.count {
        let time = chunk.time(row) * unit
        if !times.contains(time) { continue }
        guard let reading = Self.reading(row, column: column, of: chunk, at: time) else { continue }
        let number = chunk.series(row)
        if places[Int(number)] == -2 { places[Int(number)] = place(of: source.series[number], &grouping) }
        let place = places[Int(number)]
        if place < 0 { continue }
        if time < from {
          series[place].takeBefore(reading, arrival: arrival)
        } else {
          take(reading, of: place)
        }
      }
    }
  }

  static func reading(_ row: Int, column: Int, of chunk: RowChunk, at time: UnixNanos) -> CounterReading? {
    let tag = chunk.tag(row, column: column)
    let payload = chunk.payload(row, column: column)
    guard tag != .null, let value = DecimalNumber.double(tag: tag, payload: payload), value.isFinite else { return nil }
    return CounterReading(time: time, payload: payload, tag: tag)
  }

  private mutating func take(_ reading: CounterReading, of place: Int) {
    let newest = series[place].stretches.count - 1
    if reading.time < series[place].growsUntil, series[place].stretches[newest].lastTime <= reading.time {
      series[place].stretches[newest].append(reading, sums: &sums)
      return
    }
    append(CounterStretch(reading), of: place)
    // It lies in one bucket, and in one slice.
    series[place].growsUntil = min(
      grid.start(of: grid.number(of: reading.time) + 1),
      (flooredDivision(reading.time, by: Nanos.perHour) + 1) * Nanos.perHour)
  }

  mutating func append(_ stretch: CounterStretch, of place: Int) {
    series[place].stretches.append(stretch)
    count += 1
  }

  /// A series' place; -1 if no epoch asks for it.
  private mutating func place(of key: SeriesKey, _ grouping: inout DeviceGrouping) -> Int {
    let own = SeriesKey(measurement: "", device: key.device, tags: key.tags)
    if let known = numbers[own] { return known }
    let isAsked = (0...grouping.changes.count).contains {
      grouping.group(of: key.device, tags: key.tags, epoch: $0) >= 0
    }
    numbers[own] = isAsked ? series.count : -1
    if !isAsked { return -1 }
    series.append(Series(device: own.device, tags: own.tags))
    return series.count - 1
  }

  /// The place of a series that is asked for; nil for another.
  func knownPlace(of key: SeriesKey) -> Int? {
    numbers[SeriesKey(measurement: "", device: key.device, tags: key.tags)].flatMap { $0 < 0 ? nil : $0 }
  }

  // MARK: stretches

  /// Takes the stretches of a part that lie whole in `times`.
  mutating func add(
    _ columns: CounterColumns, arrival: Int64, times: Range<UnixNanos>, devices: Set<String>?,
    grouping: inout DeviceGrouping
  ) throws(QueryError) {
    for run in columns.runs where devices?.contains(run.device) ?? true {
      let place = place(of: SeriesKey(measurement: "", device: run.device, tags: run.tags), &grouping)
      if place < 0 { continue }
      series[place].growsUntil = .min
      for row in run.rows {
        let stretch = columns.stretches[row]
        if !times.contains(stretch.firstTime) { continue }
        if stretch.firstTime < from {
          series[place].takeBefore(stretch.last, arrival: arrival)
        } else {
          append(stretch.moved(from: columns.sums, to: &sums), of: place)
        }
      }
    }
    try checkSize()
  }

  func checkSize() throws(QueryError) {
    try probe.check(
      holding: count * MemoryLayout<CounterStretch>.stride + sums.count * MemoryLayout<ExactSum>.stride)
    if count > Limits.sortedReadings { throw QueryError.tooManyReadings(limit: Limits.sortedReadings) }
  }

  /// Orders each series' stretches by their time; of several at one instant the first to come stands first.
  mutating func order() throws(QueryError) {
    for place in series.indices {
      if place % 64 == 0 { try probe.check() }
      series[place].order()
    }
  }

  /// Takes a series' stretches out of which some are to be read anew.
  mutating func keep(of place: Int, where isKept: (CounterStretch) -> Bool) {
    count -= series[place].stretches.count
    series[place].stretches.removeAll { !isKept($0) }
    count += series[place].stretches.count
  }

  /// Lets go of the slice's stretches.
  mutating func forget() {
    for place in series.indices { series[place].stretches.removeAll(keepingCapacity: true) }
    count = 0
    sums = []
  }

  // MARK: slices

  /// Keeps what was taken for the slices in which it lies.
  mutating func keepForLater() throws(QueryError) {
    try order()
    (keptSums, sums) = (sums, [])
    count = 0
    for place in series.indices {
      series[place].later = series[place].stretches[...]
      series[place].stretches = []
    }
  }

  /// Takes what was kept and begins before a time, as what came last.
  mutating func takeKept(until end: UnixNanos) {
    for place in series.indices {
      while let next = series[place].later.first, next.firstTime < end {
        series[place].later.removeFirst()
        append(next.moved(from: keptSums, to: &sums), of: place)
      }
    }
  }

  /// Adds how much rose in each bucket, by group and number. The stretches are in order.
  mutating func addIncreases(to found: inout CounterRises, grouping: inout DeviceGrouping) throws(QueryError) {
    var verdicts = ScopeVerdicts(
      changes: grouping.scope.isEverything ? [] : grouping.directory.changes(from: .min, to: .max), count: series.count)
    for place in series.indices where !series[place].stretches.isEmpty {
      if place % 64 == 0 { try probe.check() }
      let one = series[place]
      var last = one.before
      var known = (epoch: -1, group: DeviceGrouping.excluded)
      for stretch in one.stretches {
        let number = grid.number(of: stretch.firstTime)
        let epoch = grouping.changes.isEmpty ? 0 : grouping.epoch(of: grid.start(of: number))
        if epoch != known.epoch { known = (epoch, grouping.group(of: one.device, tags: one.tags, epoch: epoch)) }
        if known.group >= 0 {
          var sum = stretch.rise(sums)
          if stretch.isUnknown { found.noteUnknown(BucketPlace(group: known.group, number: number)) }
          // What it rose by from a reading that does not exist for who asks is not known to them.
          if let last, verdicts.takes(place, at: last.time, ask: { grouping.scope.takes(one.device, at: last.time) }) {
            sum.addRise(from: last, to: stretch.first)
          }
          found.add(sum, at: BucketPlace(group: known.group, number: number))
        }
        last = stretch.last
      }
      series[place].before = last
    }
  }
}

extension CounterPass.Series {
  /// By time; of several at one instant the first to come stands first.
  fileprivate mutating func order() {
    if zip(stretches, stretches.dropFirst()).allSatisfy({ $0.firstTime <= $1.firstTime }) { return }
    // `sort` keeps the order of those alike.
    stretches.sort { $0.firstTime < $1.firstTime }
  }
}

/// What counters rose by, by bucket.
struct CounterRises: Sendable {
  private(set) var rises: [BucketPlace: ExactSum] = [:]
  /// Buckets of which nobody knows any more what they rose by.
  private var unknown: Set<BucketPlace> = []

  /// What a bucket rose by; nil if nobody knows.
  func rise(at place: BucketPlace) -> ExactSum? {
    unknown.contains(place) ? nil : rises[place] ?? ExactSum()
  }

  mutating func noteUnknown(_ place: BucketPlace) { unknown.insert(place) }

  mutating func add(_ rise: ExactSum, at place: BucketPlace) {
    if rise != ExactSum() { rises[place, default: ExactSum()].merge(rise) }
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
