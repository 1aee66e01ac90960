import Mutation
import Primitives
import Telemetry
import Testing

@testable import Lagoon

/// Rows in the order in which parts keep them.
@Suite struct RowOrderTests {
  private struct Row: Hashable {
    var device: String
    var tag: String?
    var time: Int64
    var fields: [String: Int64]
  }

  private static func source(_ rows: [Row]) -> RowSource {
    QueryFixture.source(
      rows.map { row in
        TestRow(
          row.device, row.time * Nanos.perMillisecond,
          row.fields.sorted { $0.key > $1.key }.map { ($0.key, .integer($0.value)) },
          tags: row.tag.map { [SeriesKey.Tag(name: "port", value: $0)] } ?? [])
      }, measurement: "m")
  }

  /// The rows as the order has them, with what is joined.
  private static func rows(_ order: RowOrder, _ sources: [RowSource]) -> [Row] {
    order.places.indices.map { position in
      var fields: [String: Int64] = [:]
      for place in [order.places[position]] + (order.joined[position] ?? []) {
        let (source, chunk, row) = order.find(place)
        for (column, field) in sources[source].fields.enumerated() where chunk.tag(row, column: column) != .null {
          fields[field.name] = chunk.payload(row, column: column)
        }
      }
      let (source, chunk, row) = order.find(order.places[position])
      let key = sources[source].series[chunk.series(row)]
      return Row(device: key.device, tag: key.tags.first?.value, time: chunk.time(row), fields: fields)
    }
  }

  /// Together they are all rows, each in one of them, and no device is in two.
  @Test(arguments: 1...10 as ClosedRange<UInt64>) func rangesPartNoDevice(seed: UInt64) {
    var random = SeededRandom(seed)
    let rows = (0..<Int.random(in: 0...200, using: &random)).map { number in
      Row(
        device: "d\(Int.random(in: 0...(seed > 5 ? 40 : 2), using: &random))", tag: number % 3 == 0 ? "1" : nil,
        time: Int64(number), fields: ["v": 1])
    }
    let sources = [Self.source(rows)]
    let order = RowOrder(sources, columns: Self.columns(sources, ["v"]))
    let found = Self.rows(order, sources)
    for count in 0...6 {
      let ranges = order.ranges(count)
      #expect(ranges.flatMap { Array($0) } == Array(0..<rows.count) && ranges.count <= max(1, count))
      let devices = ranges.map { Set(found[$0].map(\.device)) }
      #expect(devices.reduce(0) { $0 + $1.count } == Set(rows.map(\.device)).count)
    }
  }

  private static func columns(_ sources: [RowSource], _ names: [String]) -> [[Int]] {
    sources.map { $0.fields.map { names.firstIndex(of: $0.name) ?? -1 } }
  }

  /// Rows by series and time, those of one instant joined or dropped, as lists and dictionaries have it.
  private static func truth(_ rows: [Row]) -> [Row] {
    var made: [Row] = []
    for row in rows {
      let group = made.indices.filter {
        made[$0].device == row.device && made[$0].tag == row.tag && made[$0].time == row.time
      }
      if group.contains(where: { place in row.fields.allSatisfy { made[place].fields[$0.key] == $0.value } }) {
        continue
      }
      if let free = group.first(where: { place in row.fields.keys.allSatisfy { made[place].fields[$0] == nil } }) {
        made[free].fields.merge(row.fields) { own, _ in own }
      } else {
        made.append(row)
      }
    }
    return made.enumerated().sorted { a, b in
      let (one, other) = (a.element, b.element)
      if one.device != other.device { return one.device.utf8.lexicographicallyPrecedes(other.device.utf8) }
      if one.tag != other.tag { return (one.tag.map { "1" + $0 } ?? "") < (other.tag.map { "1" + $0 } ?? "") }
      return (one.time, a.offset) < (other.time, b.offset)
    }.map(\.element)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>) func rowsAreThoseOfListsAndDictionaries(seed: UInt64) {
    var random = SeededRandom(seed)
    let names = ["a", "b", "c"]
    var all: [Row] = []
    var sources: [RowSource] = []
    for count in [0, 1, 7, 8, 90] {
      let rows = (0..<count).map { _ in
        var fields: [String: Int64] = [:]
        for name in names where Bool.random(using: &random) { fields[name] = .random(in: 0...1, using: &random) }
        if fields.isEmpty { fields["a"] = 0 }
        return Row(
          device: ["", "d", "đ", "d1", "d10"].randomElement(using: &random) ?? "",
          tag: [nil, "", "1", "10"].randomElement(using: &random) ?? nil, time: .random(in: -3...3, using: &random),
          fields: fields)
      }
      all += rows
      sources.append(Self.source(rows))
    }
    let order = RowOrder(sources, columns: Self.columns(sources, names))
    let truth = Self.truth(all)
    #expect(Self.rows(order, sources) == truth)
    #expect(order.seriesCount == Set(truth.map { [$0.device, $0.tag ?? "none"] }).count)
    for (place, next) in zip(order.places, order.places.dropFirst()) {
      #expect((place.rank, place.time) <= (next.rank, next.time))
    }
    for place in order.places {
      let (source, chunk, row) = order.find(place)
      let own = order.key(place.rank).bytes.withUnsafeBytes { Array($0) }
      #expect(own == sources[source].series[chunk.series(row)].canonicalBytes)
    }
  }

  /// Every row goes to its own place in a slice or to that of the row it is joined with, and no other row anywhere.
  @Test func targetsAreThePlacesOfASlice() {
    let rows = [
      Row(device: "b", tag: nil, time: 2, fields: ["a": 1]), Row(device: "a", tag: nil, time: 5, fields: ["a": 1]),
      Row(device: "a", tag: nil, time: 5, fields: ["b": 2]), Row(device: "a", tag: nil, time: 5, fields: ["a": 1]),
      Row(device: "a", tag: nil, time: -5, fields: ["a": 3]),
    ]
    let sources = [Self.source(rows)]
    let order = RowOrder(sources, columns: Self.columns(sources, ["a", "b"]))
    #expect(order.places.map(\.row) == [4, 1, 0])
    let nowhere = ColumnCells.nowhere
    #expect(order.targets(of: [0, 1, 2]) == [2, 1, 1, nowhere, 0])
    #expect(order.targets(of: [1]) == [nowhere, 0, 0, nowhere, nowhere])
    #expect(order.targets(of: []) == [UInt32](repeating: nowhere, count: 5))
  }

  @Test func nothingIsInOrder() {
    for sources in [[], [Self.source([])], [Self.source([]), Self.source([])]] {
      let order = RowOrder(sources, columns: Self.columns(sources, []))
      #expect(order.places.isEmpty && order.joined.isEmpty && order.seriesCount == 0)
      #expect(order.targets(of: []).isEmpty)
    }
  }

  /// A list knows series that none of the rows is of: they have no rank.
  @Test func seriesWithoutRowsHaveNoRank() {
    let list = SeriesList(["z", "y", "x", "w"].map { SeriesKey(measurement: "m", device: $0) })
    let chunk = RowChunk(capacity: 2)
    for series in [1, 3] as [UInt32] { chunk.appendRow(series: series, time: 0, previous: .max) }
    let source = RowSource(chunks: [chunk], series: list, fields: [], precision: .milliseconds)
    let order = RowOrder([source], columns: [[]])
    #expect(order.seriesCount == 2)
    #expect(order.places.map { order.find($0).row } == [1, 0])
  }
}
