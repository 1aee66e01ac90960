import Primitives
import Telemetry

/// Finds the silences of devices, table by table and slice of time by slice, so that memory holds no rows: parts give their
/// device and time columns, a row group at a time, and of those only gaps are kept.
struct SilenceScan {
  /// Rows of a slice: where none joins another they are held at 24 bytes each.
  private static let rowsPerSlice = 16_000_000.0
  private let view: LagoonView
  private let tables: [TableView]
  private let devices: AskedDevices
  /// Those alone are decoded; nil for all.
  private let names: Set<String>?
  private let limits: [Int64]
  private let range: Range<UnixNanos>
  private var found = Silences()
  /// By device: the newest row of what was scanned so far; the beginning of time if there is none.
  private var lasts: [UnixNanos] = []

  /// - Parameters:
  ///   - limits: by device: rows that are no further apart make no silence.
  ///   - isOfSome: whether there are devices that are not asked for.
  init(
    _ view: LagoonView, of devices: AskedDevices, limits: [Int64], isOfSome: Bool, within range: Range<UnixNanos>
  ) {
    self.view = view
    self.devices = devices
    self.limits = limits
    names = isOfSome ? Set(devices.ids) : nil
    self.range = range
    tables = view.tablesOfSigns
  }

  /// - Parameter listening: by device, since when rows of it would have been received as they were sent; of the time before
  ///   nothing is known but what lies between two rows.
  mutating func run(listening: [UnixNanos], missing: inout MissingTables) throws -> Silences {
    var before = RowsBefore(
      range.lowerBound, of: devices, isOfSome: names != nil, in: view, tables: tables)
    let reaches = limits.indices.map { device in
      range.lowerBound < listening[device] ? UnixNanos.min : Self.subtracting(range.lowerBound, limits[device])
    }
    try before.run(reaches: reaches, missing: &missing)
    lasts = before.newest
    found.hasReadings = before.hasReadings
    found.blind = before.blind
    // A table that cannot be read may hold rows of any time.
    if view.unreadable.keys.contains(where: \.holdsSigns) { found.blind.append(range) }
    try scanSlices(&missing)
    try end(listening: listening, missing: &missing)
    found.all.sort { ($0.device, $0.after) < ($1.device, $1.after) }
    return found
  }

  private static func subtracting(_ time: UnixNanos, _ nanos: Int64) -> UnixNanos {
    let (difference, overflow) = time.subtractingReportingOverflow(nanos)
    return overflow ? .min : difference
  }

  private mutating func scanSlices(_ missing: inout MissingTables) throws {
    var unsealed = try unsealedRuns()[...]
    var slices = TimeSlices(
      tables.map { TableView(name: $0.name, parts: $0.parts) }, from: range.lowerBound, to: range.upperBound,
      rowsPerSlice: Self.rowsPerSlice, endsWithDays: true)
    let reader = view.reader
    while let slice = slices.next() {
      var runs = SignRuns(limits: limits)
      for table in tables {
        for part in table.parts where part.newest >= slice.lowerBound && part.oldest < slice.upperBound {
          let request = ScanRequest(
            table: table.name, path: part.path, devices: names, from: slice.lowerBound, to: slice.upperBound,
            fields: [], arrivals: false)
          let read: Void? = try missing.reading(table.name) {
            try reader.scan(request) { piece in
              add(piece, of: table.name, to: &runs, within: slice)
              try checkRoom(runs.byteCount)
            }
          }
          if read == nil { found.blind.append(part.oldest..<part.newest) }
        }
      }
      // A run of memory that reaches beyond the slice is taken whole: rows that lie within it end nothing.
      let end = unsealed.firstIndex { $0.first >= slice.upperBound } ?? unsealed.endIndex
      try take(runs.take(), beside: unsealed[..<end])
      unsealed = unsealed[end...]
    }
    try take([], beside: unsealed)
  }

  private mutating func add(
    _ source: RowSource, of table: TableName, to runs: inout SignRuns, within range: Range<UnixNanos>
  ) {
    let numbers = devices.numbers(of: source.series)
    runs.add(source, numbers, within: range)
    if table == .events { return }
    for device in numbers where device >= 0 { found.hasReadings[Int(device)] = true }
  }

  /// What memory holds of the whole time, by where runs begin.
  private mutating func unsealedRuns() throws -> [SignRuns.Run] {
    var runs = SignRuns(limits: limits)
    for table in tables {
      for source in table.unsealed {
        add(source, of: table.name, to: &runs, within: range)
        try checkRoom(runs.byteCount)
      }
    }
    return runs.take().sorted { $0.first < $1.first }
  }

  private func checkRoom(_ byteCount: Int) throws {
    try view.probe.check(holding: byteCount + found.all.count * MemoryLayout<Silence>.stride)
  }

  /// Takes the runs of a slice, which all begin in it.
  private mutating func take(_ runs: [SignRuns.Run], beside others: ArraySlice<SignRuns.Run>) throws {
    var runs = runs
    if !others.isEmpty {
      runs += others
      runs.sort { ($0.device, $0.first) < ($1.device, $1.first) }
    }
    for run in runs {
      let last = lasts[Int(run.device)]
      if isSilent(from: last, to: run.first, device: Int(run.device)) {
        try append(Silence(device: run.device, after: last, until: run.first, isEnded: true))
      }
      lasts[Int(run.device)] = max(last, run.last)
    }
    try checkRoom(runs.count * MemoryLayout<SignRuns.Run>.stride)
  }

  private func isSilent(from last: UnixNanos, to next: UnixNanos, device: Int) -> Bool {
    if next <= last { return false }
    return last == .min || UInt64(bitPattern: next &- last) > UInt64(limits[device])
  }

  private mutating func append(_ silence: Silence) throws {
    if found.all.count >= Limits.silences { throw QueryError.tooManyOutages(limit: Limits.silences) }
    found.all.append(silence)
  }

  /// What is silent at the end of the time that is asked for.
  private mutating func end(listening: [UnixNanos], missing: inout MissingTables) throws {
    let silent = devices.ids.indices.filter { isSilent(from: lasts[$0], to: range.upperBound, device: $0) }
    let open = silent.filter { range.upperBound < listening[$0] }
    let followed = try followed(open, listening, &missing)
    for device in silent {
      try append(
        Silence(
          device: Int32(device), after: lasts[device], until: range.upperBound, isEnded: followed.contains(device)))
    }
  }

  /// Those of which a row stands behind the time that is asked for, and before anybody listened.
  private func followed(
    _ open: [Int], _ listening: [UnixNanos], _ missing: inout MissingTables
  ) throws -> Set<Int> {
    var followed: Set<Int> = []
    guard let end = open.map({ listening[$0] }).max() else { return followed }
    let wanted = Set(open.map { devices.ids[$0] })
    let beyond = range.upperBound..<end
    func note(_ source: RowSource) {
      source.forEachSign(devices.numbers(of: source.series), within: beyond) { device, time in
        if time < listening[device] { followed.insert(device) }
      }
    }
    for table in tables {
      for source in table.unsealed { note(source) }
      for part in table.parts where part.newest >= beyond.lowerBound && part.oldest < beyond.upperBound {
        if open.allSatisfy(followed.contains) { return followed }
        let request = ScanRequest(
          table: table.name, path: part.path, devices: wanted, from: beyond.lowerBound, to: beyond.upperBound,
          fields: [], arrivals: false)
        _ = try missing.reading(table.name) { try view.reader.scan(request, each: note) }
      }
    }
    return followed
  }
}
