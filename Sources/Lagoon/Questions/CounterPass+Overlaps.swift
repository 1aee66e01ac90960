import Primitives
import Telemetry

/// Late rows: stretches of several sources that lie in each other say nothing of what follows what. There the readings
/// themselves tell.
extension CounterPass {
  /// Puts the readings in the place of stretches that lie in each other. The stretches are in order, before and after.
  ///
  /// - Parameter changes: instants at which a scope may say another thing: a stretch over one is read too.
  mutating func resolveOverlaps(in table: TableView, changes: [UnixNanos], _ view: LagoonView) throws {
    var windows: [Int: [ClosedRange<UnixNanos>]] = [:]
    for place in series.indices {
      let found = readable(Self.overlaps(in: series[place].stretches, changes: changes), of: place)
      if found.isEmpty { continue }
      windows[place] = found
      keep(of: place) { !Self.isInside($0.firstTime, found) }
    }
    let bounds = windows.values.flatMap { [$0[0].lowerBound, $0[$0.count - 1].upperBound] }
    guard let least = bounds.min(), let most = bounds.max() else { return }
    let devices = Set(windows.keys.map { series[$0].device })
    for part in table.partsByArrival where part.newest >= least && part.oldest <= most {
      if let range = part.devices, !devices.contains(where: range.contains) { continue }
      let source = try view.reader.scan(
        ScanRequest(
          table: table.name, path: part.path, devices: devices, from: least, to: most + 1, fields: [field],
          arrivals: false))
      try addEach(source, in: windows)
    }
    for source in table.unsealed { try addEach(source, in: windows) }
    try order()
  }

  /// The windows whose readings are all there. In the others what the stretches rose by is not known any more.
  private mutating func readable(_ windows: [ClosedRange<UnixNanos>], of place: Int) -> [ClosedRange<UnixNanos>] {
    if windows.isEmpty || !series[place].stretches.contains(where: \.isAlone) { return windows }
    return windows.filter { window in
      let rows = series[place].stretches.indices.filter { window.contains(series[place].stretches[$0].firstTime) }
      if !rows.contains(where: { series[place].stretches[$0].isAlone }) { return true }
      for row in rows { series[place].stretches[row] = series[place].stretches[row].withoutRise }
      return false
    }
  }

  private mutating func addEach(_ source: RowSource, in windows: [Int: [ClosedRange<UnixNanos>]]) throws(QueryError) {
    guard let column = source.column(of: field) else { return }
    let unit = source.precision.unitNanos
    var places = [Int](repeating: -2, count: source.series.count)
    for chunk in source.chunks {
      try checkSize()
      for row in 0..<chunk.count {
        let number = Int(chunk.series(row))
        if places[number] == -2 {
          let place = knownPlace(of: source.series[UInt32(number)])
          places[number] = place.flatMap { windows[$0] == nil ? nil : $0 } ?? -1
        }
        let place = places[number]
        guard place >= 0, let wanted = windows[place] else { continue }
        let time = chunk.time(row) * unit
        if !Self.isInside(time, wanted) { continue }
        if let reading = Self.reading(row, column: column, of: chunk, at: time) {
          append(CounterStretch(reading), of: place)
        }
      }
    }
  }

  /// Where stretches lie in each other, or reach over a change, in order. Single readings have an order of their own.
  static func overlaps(in stretches: [CounterStretch], changes: [UnixNanos]) -> [ClosedRange<UnixNanos>] {
    var found: [ClosedRange<UnixNanos>] = []
    var start = 0
    while start < stretches.count {
      var end = start + 1
      var most = stretches[start].lastTime
      var isRead = isOver(changes, stretches[start])
      var hasMany = !stretches[start].isSingle
      // One that begins with the last reading's instant may have come before it.
      while end < stretches.count && stretches[end].firstTime <= most {
        most = max(most, stretches[end].lastTime)
        hasMany = hasMany || !stretches[end].isSingle
        isRead = isRead || hasMany
        end += 1
      }
      if isRead { found.append(stretches[start].firstTime...most) }
      start = end
    }
    return found
  }

  private static func isOver(_ changes: [UnixNanos], _ stretch: CounterStretch) -> Bool {
    if changes.isEmpty || stretch.isSingle { return false }
    let (_, end) = ScopeVerdicts.span(around: stretch.firstTime, changes)
    return stretch.lastTime >= end
  }

  /// Whether a time lies in one of several ranges that are in order.
  private static func isInside(_ time: UnixNanos, _ windows: [ClosedRange<UnixNanos>]) -> Bool {
    var (low, high) = (0, windows.count)
    while low < high {
      let middle = (low + high) / 2
      if windows[middle].upperBound < time { low = middle + 1 } else { high = middle }
    }
    return low < windows.count && windows[low].contains(time)
  }
}
