import Primitives
import Telemetry

/// The rows of one table's sources in the order in which parts keep them: by device, tags and time, with rows that say
/// the same made one, and rows of one instant with disjoint fields joined.
struct RowOrder {
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
  /// Series by rank.
  private(set) var keys: [SeriesKey] = []
  /// Further rows that are joined with the one at that position of `places`.
  private(set) var joined: [Int: [Place]] = [:]

  /// `columns[source][column]` is the table's number of a source's field, so that fields of different sources compare.
  init(_ sources: [RowSource], columns: [[Int]]) {
    chunks = sources.flatMap(\.chunks)
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
    var seen: Set<SeriesKey> = []
    var used: [[Bool]] = []
    for source in sources {
      var flags = [Bool](repeating: false, count: source.series.count)
      for chunk in source.chunks {
        chunk.withTimes { series, _ in
          var flags = flags.mutableSpan
          for row in series.indices { flags[Int(series[row])] = true }
        }
      }
      for (number, isUsed) in flags.enumerated() where isUsed { seen.insert(source.series[UInt32(number)]) }
      used.append(flags)
    }
    keys = seen.sorted(by: Self.precedes)
    var rankOf: [SeriesKey: UInt32] = [:]
    for (rank, key) in keys.enumerated() { rankOf[key] = UInt32(rank) }
    return zip(sources, used).map { source, flags in
      flags.enumerated().map { number, isUsed in isUsed ? rankOf[source.series[UInt32(number)]] ?? 0 : 0 }
    }
  }

  private static func precedes(_ a: SeriesKey, _ b: SeriesKey) -> Bool {
    // Bytes, as Parquet's readers compare: a string's own order would be by canonical equivalence.
    if a.device != b.device { return a.device.utf8.lexicographicallyPrecedes(b.device.utf8) }
    for (left, right) in zip(a.tags, b.tags) where left != right {
      return left.name != right.name
        ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        : left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
    }
    return a.tags.count < b.tags.count
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
    var groups: [(places: [Place], cells: [Int: Cell])] = []
    for place in rows {
      let cells = cells(place, columns)
      let isDoubled = groups.contains { group in cells.allSatisfy { group.cells[$0.key] == $0.value } }
      if isDoubled { continue }
      if let target = groups.firstIndex(where: { group in cells.keys.allSatisfy { group.cells[$0] == nil } }) {
        groups[target].places.append(place)
        groups[target].cells.merge(cells) { own, _ in own }
      } else {
        groups.append(([place], cells))
      }
    }
    for group in groups {
      if group.places.count > 1 { joined[places.count] = Array(group.places.dropFirst()) }
      places.append(group.places[0])
    }
  }

  /// A value that can be compared whatever chunk holds it.
  private struct Cell: Equatable {
    var tag: ValueTag
    var payload: Int64
    var text: String?
  }

  private func cells(_ place: Place, _ columns: [[Int]]) -> [Int: Cell] {
    let (source, chunk, row) = find(place)
    var cells: [Int: Cell] = [:]
    for column in 0..<chunk.columnCount {
      let tag = chunk.tag(row, column: column)
      if tag == .null { continue }
      let payload = chunk.payload(row, column: column)
      let field = columns[source][column]
      // A whole decimal and an integer are one number: a column gives either back as its own.
      let plain = tag == .decimal(scale: 0) ? ValueTag.integer : tag
      cells[field] =
        tag == .string
        ? Cell(tag: tag, payload: 0, text: chunk.string(payload)) : Cell(tag: plain, payload: payload, text: nil)
    }
    return cells
  }
}
