import Primitives
import Rollups
import Telemetry

/// A range goes by in slices: what memory holds of a year is what it holds of a day.
extension CounterPass {
  /// Rows of a day above which a slice is an hour.
  private static let mostRows: Int64 = 32_000_000

  /// What rose in each bucket.
  mutating func run(
    on table: TableView, _ view: LagoonView, devices: Set<String>?, grouping: inout DeviceGrouping
  ) throws -> CounterRises {
    var found = CounterRises()
    let changes = grouping.scope.isEverything ? [] : grouping.directory.changes(from: .min, to: .max)
    // Whatever memory holds is read once, of any time.
    for source in table.unsealed {
      try add(source, arrival: FoundRow.inMemory, times: .min..<to, grouping: &grouping)
    }
    try keepForLater()
    let parts = table.partsByArrival
    let expired = expired(view)
    try add(parts, of: table.name, in: scanFrom..<from, devices: devices, view.reader, grouping: &grouping)
    var start = from
    while let slice = slice(from: start, parts + expired) {
      try addExpired(expired, of: table.name, in: slice, devices: devices, view.reader, grouping: &grouping)
      try add(parts, of: table.name, in: slice, devices: devices, view.reader, grouping: &grouping)
      takeKept(until: slice.upperBound)
      try order()
      try resolveOverlaps(in: table, changes: changes, view)
      try lookBack(in: table, view)
      try addIncreases(to: &found, grouping: &grouping)
      forget()
      start = slice.upperBound
    }
    return found
  }

  /// The rollup parts of the range whose readings have expired, of the coarsest step that serves (as
  /// `RollupPass.addStandalone` takes them).
  private func expired(_ view: LagoonView) -> [QueryPart] {
    guard let step = StoredStep.allCases.first(where: { $0.nanos == stretchNanos }) else { return [] }
    return (view.standaloneRollups[step] ?? []).filter { $0.newest > from - step.nanos && $0.oldest < to }
  }

  /// Adds what is left of readings that have expired: whole buckets of the range.
  private mutating func addExpired(
    _ parts: [QueryPart], of table: TableName, in slice: Range<UnixNanos>, devices: Set<String>?,
    _ reader: any PartReading, grouping: inout DeviceGrouping
  ) throws {
    guard let nanos = stretchNanos, let step = StoredStep.allCases.first(where: { $0.nanos == nanos }) else { return }
    let first = raisedDivision(max(slice.lowerBound, from), by: nanos) * nanos
    let end = flooredDivision(min(slice.upperBound, to), by: nanos) * nanos
    for part in parts where first < end && part.newest > first - nanos && part.oldest < end {
      var request = BucketRequest(table: table, part: part, field: field, stepNanos: nanos, rollupStep: step)
      request.bySeries = true
      try add(
        reader.counters(request), arrival: part.arrival, times: first..<end, devices: devices, grouping: &grouping)
    }
  }

  /// The next slice in which there is anything: a UTC day, as parts are, or an hour of one with very many rows.
  private func slice(from start: UnixNanos, _ parts: [QueryPart]) -> Range<UnixNanos>? {
    let stored = parts.filter { $0.newest >= start && $0.oldest < to }.map { max(start, $0.oldest) }.min()
    let kept = series.compactMap(\.later.first?.firstTime).min()
    guard let next = [stored, kept].compactMap({ $0 }).min(), next < to else { return nil }
    let day = flooredDivision(next, by: Nanos.perDay) * Nanos.perDay
    let rows = parts.reduce(0) { sum, part in
      part.newest >= day && part.oldest < day + Nanos.perDay ? sum + Int64(part.rowCount) : sum
    }
    let length = rows > Self.mostRows ? Nanos.perHour : Nanos.perDay
    let begin = flooredDivision(next, by: length) * length
    return max(start, begin)..<min(to, begin + length)
  }

  private mutating func add(
    _ parts: [QueryPart], of table: TableName, in slice: Range<UnixNanos>, devices: Set<String>?,
    _ reader: any PartReading, grouping: inout DeviceGrouping
  ) throws {
    for part in parts where part.newest >= slice.lowerBound && part.oldest < slice.upperBound {
      try add(part, of: table, in: slice, devices: devices, reader, grouping: &grouping)
    }
  }

  /// Adds a part: by its stretches, and by its readings at the slice's edges, or where they do not serve.
  private mutating func add(
    _ part: QueryPart, of table: TableName, in slice: Range<UnixNanos>, devices: Set<String>?,
    _ reader: any PartReading, grouping: inout DeviceGrouping
  ) throws {
    var edges = [slice]
    if let step = stretchNanos {
      var request = BucketRequest(table: table, part: part, field: field, stepNanos: step)
      request.bySeries = true
      let isFew = devices.map { $0.count <= RollupPass.fewDevices } ?? false
      let first = raisedDivision(slice.lowerBound, by: step) * step
      let end = flooredDivision(slice.upperBound, by: step) * step
      if first < end, let columns = try reader.knownCounters(request) ?? (isFew ? nil : reader.counters(request)) {
        try add(columns, arrival: part.arrival, times: first..<end, devices: devices, grouping: &grouping)
        edges = [slice.lowerBound..<first, end..<slice.upperBound]
      }
    }
    for edge in edges where !edge.isEmpty && part.newest >= edge.lowerBound && part.oldest < edge.upperBound {
      let source = try reader.scan(
        ScanRequest(
          table: table, path: part.path, devices: devices, from: edge.lowerBound, to: edge.upperBound,
          fields: [field], arrivals: false))
      try add(source, arrival: part.arrival, times: edge, grouping: &grouping)
    }
  }
}
