import Primitives
import Rollups
import Telemetry

/// The reading before the first one: without it nobody knows what the counter rose by until then.
extension CounterPass {
  /// Looks for it in older and older parts, for the series alone that have none, and then in rollups whose readings are
  /// gone. A series that spoke for the first time has none: what it costs is its device's pages of each older part.
  mutating func lookBack(in table: TableView, _ view: LagoonView) throws {
    defer { for place in series.indices where !series[place].stretches.isEmpty { series[place].isLookedBack = true } }
    for part in table.parts.filter({ $0.oldest < scanFrom }).sorted(by: { $0.newest > $1.newest }) {
      try probe.check()
      let open = lacking(upTo: part.newest)
      if open.isEmpty { break }
      let devices = Set(open.map { series[$0].device })
      if let range = part.devices, !devices.contains(where: range.contains) { continue }
      let source = try view.reader.scan(
        ScanRequest(
          table: table.name, path: part.path, devices: devices, from: part.oldest, to: scanFrom, fields: [field],
          arrivals: false))
      takeBefore(source, arrival: part.arrival, of: open)
    }
    try lookBackInRollups(of: table, view)
  }

  /// The series of which a reading up to that time may still be the one before. What came since `scanFrom` was seen.
  private func lacking(upTo time: UnixNanos) -> [Int] {
    series.indices.filter { place in
      isOpen(place) && series[place].before.map { $0.time <= time && $0.time < scanFrom } ?? true
    }
  }

  /// Whether a series has readings, and what came before them was not looked for.
  private func isOpen(_ place: Int) -> Bool { !series[place].stretches.isEmpty && !series[place].isLookedBack }

  private mutating func takeBefore(_ source: RowSource, arrival: Int64, of open: [Int]) {
    guard let column = source.column(of: field) else { return }
    let places = SeriesPlaces(open, series, source.series)
    let unit = source.precision.unitNanos
    for chunk in source.chunks {
      for row in 0..<chunk.count {
        let time = chunk.time(row) * unit
        guard time < from, let place = places.place(of: chunk.series(row)) else { continue }
        guard let reading = Self.reading(row, column: column, of: chunk, at: time) else { continue }
        series[place].takeBefore(reading, arrival: arrival)
      }
    }
  }

  /// The last readings of stored buckets whose readings have expired.
  private mutating func lookBackInRollups(of table: TableView, _ view: LagoonView) throws {
    for (step, parts) in view.standaloneRollups {
      for part in parts.sorted(by: { $0.newest > $1.newest }) {
        let open = series.indices.filter { series[$0].before == nil && isOpen($0) }
        if open.isEmpty { return }
        guard open.contains(where: { part.oldest < series[$0].stretches[0].firstTime }) else { continue }
        var request = BucketRequest(
          table: table.name, part: part, field: field, stepNanos: step.nanos, rollupStep: step)
        request.needs = .last
        request.bySeries = true
        let columns = try view.reader.buckets(request)
        for place in open { series[place].before = Self.last(of: series[place], in: columns) }
      }
    }
  }

  private static func last(of series: Series, in columns: BucketColumns) -> CounterReading? {
    guard let end = series.stretches.first?.firstTime else { return nil }
    let owner = SeriesOwners.owner(device: series.device, tags: series.tags)
    var found: CounterReading?
    for run in columns.runs(of: series.device) where run.owner == owner {
      for row in run.rows {
        let time = columns.lastTimes[row]
        if time >= end || time < found?.time ?? .min { continue }
        let value = DecimalNumber.tagged(columns.lasts[row])
        found = CounterReading(time: time, payload: value.payload, tag: value.tag)
      }
    }
    return found
  }
}

/// Which of the series looked for each series of a source is.
private struct SeriesPlaces {
  private var places: [Int?]
  private let list: SeriesList

  init(_ open: [Int], _ series: [CounterPass.Series], _ list: SeriesList) {
    self.list = list
    var known: [SeriesKey: Int] = [:]
    for place in open { known[Self.key(series[place].device, series[place].tags)] = place }
    places = (0..<list.count).map { number in
      let key = list[UInt32(number)]
      return known[Self.key(key.device, key.tags)]
    }
  }

  private static func key(_ device: String, _ tags: [SeriesKey.Tag]) -> SeriesKey {
    SeriesKey(measurement: "", device: device, tags: tags)
  }

  func place(of number: UInt32) -> Int? { places[Int(number)] }
}
