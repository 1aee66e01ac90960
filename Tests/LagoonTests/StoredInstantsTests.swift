import Mutation
import Primitives
import Telemetry
import Testing

@testable import Lagoon

/// Late rows, and what the parts hold of their instants.
@Suite struct StoredInstantsTests {
  /// Parts that a test makes up, and what was asked of them.
  private final class Asked: SealedRows, @unchecked Sendable {
    let sources: [RowSource]
    var instants: [DeviceInstants] = []

    init(_ sources: [RowSource]) { self.sources = sources }

    func newestTime(in table: TableName) -> Int64? { nil }
    func knownTable(_ table: TableName) -> KnownTable? { nil }
    func rows(in table: TableName, at instants: [DeviceInstants]) -> [RowSource] {
      self.instants += instants
      return sources
    }
  }

  private static func table(_ keys: [SeriesKey]) -> TableBuffer {
    let table = TableBuffer(name: .readings("air"), known: nil, precision: .milliseconds, newestSealedTime: nil)
    for key in keys { _ = table.seriesNumber(key.canonicalBytes.span.bytes) }
    return table
  }

  private static func origin(arrival: UnixNanos, values: UInt16 = 1) -> LateRows.Origin {
    LateRows.Origin(generation: 3, arrivalNanos: arrival, listener: 0, isTimeCut: false, valueCount: values)
  }

  private static func late(_ rows: [(series: UInt32, time: Int64)]) -> LateRows {
    var late = LateRows()
    for (number, row) in rows.enumerated() {
      let chunk = late.list.openChunk()
      chunk.appendRow(series: row.series, time: row.time, previous: .max)
      chunk.setValue(column: 0, tag: .integer, payload: Int64(number))
      late.note(origin(arrival: Int64(number)))
    }
    return late
  }

  private static func payloads(_ places: [InstantRows.Place], field: Int) -> [Int64] {
    places.compactMap { place in place.columnsByField[field].map { place.chunk.payload(place.row, column: $0) } }
  }

  /// Against a list of all stored rows that is searched through for each late row.
  @Test(arguments: [1, 2, 3] as [UInt64]) func eachLateRowFindsTheRowsOfItsInstant(seed: UInt64) {
    var random = SeededRandom(seed)
    let keys = (0..<6).map { number in
      SeriesKey(
        measurement: "air", device: "d\(number / 2)",
        tags: number % 2 == 0 ? [] : [SeriesKey.Tag(name: "port", value: "")])
    }
    let table = Self.table(keys.shuffled(using: &random))
    var stored: [(key: SeriesKey, time: Int64, value: Int64)] = []
    var sources: [RowSource] = []
    for part in 0..<4 {
      var rows: [TestRow] = []
      for row in 0..<(part == 2 ? 0 : 60) {
        let key = keys[Int.random(in: 0..<6, using: &random)]
        let time = Int64.random(in: -4...4, using: &random)
        let value = Int64(part * 1_000 + row)
        stored.append((key, time, value))
        // Fields that the table does not know, and its own in another order.
        rows.append(
          TestRow(
            key.device, time * Nanos.perMillisecond, [("of-the-part", .integer(-1)), ("v", .integer(value))],
            tags: key.tags))
      }
      // Of a device that nobody asks for.
      rows.append(TestRow("other", 0, [("v", .integer(9))]))
      sources.append(QueryFixture.source(rows, measurement: "air"))
    }
    let wanted = (0..<150).map { _ in
      (series: UInt32.random(in: 0..<6, using: &random), time: Int64.random(in: -6...6, using: &random))
    }
    let asked = Asked(sources)
    let instants = StoredInstants(Self.late(wanted), of: table, fields: ["v": 1], sealed: asked)
    for (number, row) in wanted.enumerated() {
      let key = table.series[row.series]
      let found = instants.rows(besideLateRow: number)
      let truth = stored.filter { $0.key == key && $0.time == row.time }.map(\.value)
      #expect(Self.payloads(found, field: 1) == truth)
      #expect(found.allSatisfy { $0.fields == [-1, 1] })
    }
    // Each device is asked for once, with each of its instants once.
    #expect(Set(asked.instants.map(\.device)).count == asked.instants.count)
    for one in asked.instants {
      let truth = Set(wanted.filter { table.series[$0.series].device == one.device }.map(\.time))
      #expect(one.times == truth.sorted())
    }
  }

  @Test func nothingIsFoundBesideNothing() {
    let asked = Asked([QueryFixture.source([TestRow("d", 0, [("v", .integer(1))])], measurement: "air")])
    let table = Self.table([SeriesKey(measurement: "air", device: "d")])
    _ = StoredInstants(LateRows(), of: table, fields: [:], sealed: asked)
    #expect(asked.instants.isEmpty)
    let instants = StoredInstants(
      Self.late([(0, .min), (0, .max), (0, 1)]), of: table, fields: [:], sealed: asked)
    let counts = (0..<3).map { instants.rows(besideLateRow: $0).count }
    #expect(counts == [0, 0, 0])
    #expect(asked.instants.map(\.times) == [[.min, 1, .max]])
  }

  @Test(arguments: [[], [5], [.min, 0, .max], [1, 3, 5, 7, 9]] as [[Int64]])
  func aSortedValueIsFoundWhereItIs(values: [Int64]) {
    for (index, value) in values.enumerated() { #expect(values.index(ofSorted: value) == index) }
    for value in [Int64.min, -1, 2, 4, 6, 8, .max] where !values.contains(value) {
      #expect(values.index(ofSorted: value) == nil)
    }
  }

  @Test func theOldestArrivalIsKnownInWhateverOrder() {
    var late = LateRows()
    #expect(late.isEmpty && late.oldestArrivalNanos == .max)
    for arrival in [7, 3, -2, 9] as [Int64] {
      late.list.openChunk().appendRow(series: 0, time: arrival, previous: .max)
      late.note(Self.origin(arrival: arrival))
    }
    #expect(late.oldestArrivalNanos == -2 && late.count == 4 && late.list.rowCount == 4)
    #expect(late.origins.map(\.arrivalNanos) == [7, 3, -2, 9])
  }

  /// What is set aside keeps its rows in their order when series are given back and numbers change.
  @Test func aCopyHasOtherNumbersAndTheSameRows() {
    let count = ChunkList.firstCapacity * 3 + 1
    let rows = (0..<count).map { (series: UInt32($0 % 2), time: Int64($0)) }
    let late = Self.late(rows)
    var copy = LateRows(late, renumbering: [8, 2])
    #expect(copy.count == count && copy.oldestArrivalNanos == 0)
    for number in 0..<count {
      let (chunk, row) = copy.list.chunk(ofRow: number)
      #expect(chunk.series(row) == (number % 2 == 0 ? 8 : 2))
      #expect(chunk.time(row) == Int64(number) && chunk.payload(row, column: 0) == Int64(number))
      #expect(copy.origins[number].arrivalNanos == Int64(number))
    }
    // It goes on, and the first one stays as it is.
    copy.list.openChunk().appendRow(series: 8, time: -1, previous: .max)
    copy.note(Self.origin(arrival: -5))
    let (chunk, row) = copy.list.chunk(ofRow: count)
    #expect(chunk.time(row) == -1 && copy.oldestArrivalNanos == -5)
    #expect(late.count == count && late.oldestArrivalNanos == 0)
  }
}
