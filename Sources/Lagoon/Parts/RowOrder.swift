import Primitives
import Telemetry

/// The rows of one table's sources in the order in which parts keep them: by device, tags and time, with rows that say
/// the same made one, and rows of one instant with disjoint fields joined.
///
/// `@unchecked Sendable` is sound: what `keys` points to is never written again, and `lists` keeps it.
struct RowOrder: @unchecked Sendable {
  /// A row of a source.
  struct Place: BitwiseCopyable {
    /// The number among the rows of all chunks, one behind the other.
    var row: UInt32
    /// The series' rank among all that are sorted.
    var rank: UInt32
    var time: Int64
  }

  private(set) var places: [Place] = []
  /// The chunks of all sources.
  let chunks: [RowChunk]
  /// Of each chunk the source, and the number of its first row.
  private var chunkSources: [Int] = []
  private var firstRows: [Int] = []
  /// The sources' series: they keep the bytes alive that `keys` points to.
  private let lists: [SeriesList]
  /// Canonical keys by rank.
  private var keys: [UnsafeRawBufferPointer] = []
  /// Further rows that are joined with the one at that position of `places`.
  private(set) var joined: [Int: [Place]] = [:]

  /// `columns[source][column]` is the table's number of a source's field, so that fields of different sources compare.
  init(_ sources: [RowSource], columns: [[Int]]) {
    chunks = sources.flatMap(\.chunks)
    lists = sources.map(\.series)
    var rowCount = 0
    for (number, source) in sources.enumerated() {
      for chunk in source.chunks {
        chunkSources.append(number)
        firstRows.append(rowCount)
        rowCount += chunk.count
      }
    }
    let ranks = rank(sources)
    var counts = [Int](repeating: 0, count: keys.count + 1)
    for (source, ranks) in zip(sources, ranks) {
      for chunk in source.chunks {
        chunk.withTimes { series, _ in
          var counts = counts.mutableSpan
          for row in series.indices { counts[Int(ranks[Int(series[row])]) + 1] += 1 }
        }
      }
    }
    for index in 1..<max(1, counts.count) { counts[index] += counts[index - 1] }
    let starts = counts
    var sorted = [Place](repeating: Place(row: 0, rank: 0, time: 0), count: rowCount)
    for (number, chunk) in chunks.enumerated() {
      let ranks = ranks[chunkSources[number]]
      let first = UInt32(firstRows[number])
      chunk.withTimes { series, times in
        var sorted = sorted.mutableSpan
        var counts = counts.mutableSpan
        for row in series.indices {
          let rank = ranks[Int(series[row])]
          sorted[counts[Int(rank)]] = Place(row: first + UInt32(row), rank: rank, time: times[row])
          counts[Int(rank)] += 1
        }
      }
    }
    Self.sortRuns(&sorted, starts: starts)
    join(sorted, columns)
  }

  /// Ranges of positions of about as many rows each, at most so many; none parts the series of a device.
  func ranges(_ count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    for number in 1...max(1, count) {
      var end = number == count ? places.count : max(start, places.count * number / max(1, count))
      while end > 0 && end < places.count && isOneDevice(places[end - 1].rank, places[end].rank) { end += 1 }
      if end > start { found.append(start..<end) }
      start = max(start, end)
    }
    return found
  }

  private func isOneDevice(_ rank: UInt32, _ other: UInt32) -> Bool {
    if rank == other { return true }
    let (one, two) = (key(rank), key(other))
    return one.bytes.extracting(one.device).equals(two.bytes.extracting(two.device))
  }

  /// How many series there are.
  var seriesCount: Int { keys.count }

  /// The key of the series with that rank, without a reference to be counted.
  ///
  /// `unsafe` is sound here: a list's bytes never move and live as long as the list, which `lists` holds.
  @_lifetime(borrow self)
  func key(_ rank: UInt32) -> CanonicalKey {
    _overrideLifetime(CanonicalKey(RawSpan(_unsafeBytes: keys[Int(rank)])), borrowing: self)
  }

  /// Where the row of a place is found.
  func find(_ place: Place) -> (source: Int, chunk: RowChunk, row: Int) {
    var low = 0
    var high = chunks.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if firstRows[middle] <= Int(place.row) { low = middle } else { high = middle - 1 }
    }
    return (chunkSources[low], chunks[low], Int(place.row) - firstRows[low])
  }

  /// For each row of all chunks, one behind the other: its index in `positions`, or that of the row that it is joined
  /// with, or `ColumnCells.nowhere`.
  func targets(of positions: [UInt32]) -> [UInt32] {
    let rowCount = chunks.reduce(0) { $0 + $1.count }
    var targets = [UInt32](repeating: ColumnCells.nowhere, count: rowCount)
    var rows = targets.mutableSpan
    for (index, position) in positions.enumerated() {
      rows[Int(places[Int(position)].row)] = UInt32(index)
      if joined.isEmpty { continue }
      for place in joined[Int(position)] ?? [] { rows[Int(place.row)] = UInt32(index) }
    }
    return targets
  }

  /// Numbers the series of all sources by device and tags; `keys` has them by rank.
  private mutating func rank(_ sources: [RowSource]) -> [[UInt32]] {
    var ranks: [[UInt32]] = []
    var runs: [[UInt32]] = []
    for source in sources {
      let total = source.series.count
      var isUsed = [Bool](repeating: false, count: total)
      for chunk in source.chunks {
        chunk.withTimes { series, _ in
          var isUsed = isUsed.mutableSpan
          for row in series.indices { isUsed[Int(series[row])] = true }
        }
      }
      runs.append(source.series.sorted(count: total).filter { isUsed[Int($0)] })
      ranks.append([UInt32](repeating: 0, count: total))
    }
    if sources.count == 1 {
      let list = sources[0].series
      keys.reserveCapacity(runs[0].count)
      for (rank, number) in runs[0].enumerated() {
        ranks[0][Int(number)] = UInt32(rank)
        keys.append(list.canonicalKey(number).withUnsafeBytes { $0 })
      }
    } else {
      merge(runs, sources, &ranks)
    }
    return ranks
  }

  /// Merges the sources' series, each sorted; equal keys get one rank.
  private mutating func merge(_ runs: [[UInt32]], _ sources: [RowSource], _ ranks: inout [[UInt32]]) {
    var all: [(source: Int, number: UInt32)] = []
    for (source, run) in runs.enumerated() { all += run.map { (source, $0) } }
    all.sort { a, b in sources[a.source].series.precedes(a.number, sources[b.source].series, b.number) }
    var last: (source: Int, number: UInt32)?
    for one in all {
      let list = sources[one.source].series
      // Of two sorted neighbours neither of which precedes the other, both are one series.
      let isKnown = last.map { !sources[$0.source].series.precedes($0.number, list, one.number) } ?? false
      if !isKnown { keys.append(list.canonicalKey(one.number).withUnsafeBytes { $0 }) }
      last = one
      ranks[one.source][Int(one.number)] = UInt32(keys.count - 1)
    }
  }

  /// Sorts each series' rows by time; most come in order, and then a look is all it takes.
  private static func sortRuns(_ places: inout [Place], starts: [Int]) {
    for rank in 0..<max(0, starts.count - 1) {
      let range = starts[rank]..<starts[rank + 1]
      var isSorted = true
      for index in range.dropFirst() where places[index - 1].time > places[index].time {
        isSorted = false
        break
      }
      if !isSorted { places[range].sort { $0.time < $1.time } }
    }
  }

  private mutating func join(_ sorted: [Place], _ columns: [[Int]]) {
    if !Self.hasEqualInstants(sorted) {
      places = sorted
      return
    }
    places.reserveCapacity(sorted.count)
    var index = 0
    while index < sorted.count {
      var end = index + 1
      while end < sorted.count && sorted[end].time == sorted[index].time && sorted[end].rank == sorted[index].rank {
        end += 1
      }
      if end == index + 1 {
        places.append(sorted[index])
      } else {
        joinInstant(sorted[index..<end], columns)
      }
      index = end
    }
  }

  private static func hasEqualInstants(_ sorted: [Place]) -> Bool {
    for index in sorted.indices.dropFirst()
    where sorted[index].time == sorted[index - 1].time && sorted[index].rank == sorted[index - 1].rank { return true }
    return false
  }

  /// The rows of one series and instant: doubled ones are dropped, disjoint ones joined.
  private mutating func joinInstant(_ rows: ArraySlice<Place>, _ columns: [[Int]]) {
    var instant = InstantRows()
    var groups: [[Place]] = []
    for place in rows {
      let (source, chunk, row) = find(place)
      switch instant.add(InstantRows.Place(chunk: chunk, row: row, fields: columns[source])) {
      case .doubled: break
      case .joined(let group): groups[group].append(place)
      case .new: groups.append([place])
      }
    }
    for group in groups {
      if group.count > 1 { joined[places.count] = Array(group.dropFirst()) }
      places.append(group[0])
    }
  }
}
