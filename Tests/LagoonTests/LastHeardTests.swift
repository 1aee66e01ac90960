@testable import Lagoon
import Primitives
import Telemetry
import Testing

@Suite struct LastHeardTests {
  private struct Directory: DeviceDirectory {
    var devices: [DeviceFacts] { ["a", "b", "c"].map { DeviceFacts(id: $0) } }
    func device(_ id: String) -> DeviceFacts? { devices.first { $0.id == id } }
    func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool { false }
    var knownDevices: [String] { devices.map(\.id) }
    func device(_ id: String, at time: UnixNanos) -> DeviceFacts? { device(id) }
    func areaPath(of code: String, at time: UnixNanos) -> [String] { [code] }
    func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { [] }
  }

  private let told = [SeriesKey.Tag(name: SeriesKey.toldTag, value: "n")]
  private let second = Nanos.perSecond

  private func view(
    _ parts: FakeParts, _ sizes: [(path: String, oldest: Int64, newest: Int64)], unsealed: [TestRow]
  ) -> LagoonView {
    let name = TableName.readings("m")
    let shown = sizes.map {
      QueryPart(path: $0.path, rowCount: 1, oldest: $0.oldest * second, newest: $0.newest * second)
    }
    let table = TableView(
      name: name, parts: shown, unsealed: [QueryFixture.source(unsealed, measurement: "m")])
    return LagoonView(tables: [name: table], reader: parts, version: 1, watermark: .max)
  }

  private func row(_ device: String, _ at: Int64, tags: [SeriesKey.Tag] = []) -> TestRow {
    TestRow(device, at * second, [("x", .integer(1))], tags: tags)
  }

  @Test func eachPartIsLookedAtOnce() throws {
    let parts = FakeParts([
      "one": QueryFixture.source([row("a", 10), row("b", 20), row("x", 30)], measurement: "m"),
      "two": QueryFixture.source([row("a", 40), row("a", 35)], measurement: "m"),
    ])
    var heard = LastHeard()
    let first = try heard.update(
      on: view(parts, [("one", 10, 30)], unsealed: [row("b", 50), row("c", 60, tags: told)]), directory: Directory())
    #expect(first == ["a": 10 * second, "b": 50 * second])
    let second = try heard.update(
      on: view(parts, [("one", 10, 30), ("two", 35, 40)], unsealed: []), directory: Directory())
    // What was heard is heard, whatever became of the row.
    #expect(second == ["a": 40 * self.second, "b": 50 * self.second])
    #expect(parts.scans.map(\.path) == ["one", "two"])
  }

  @Test func partsOfLongAgoAreNotLookedAt() throws {
    let parts = FakeParts(["new": QueryFixture.source([row("a", 200_000)], measurement: "m")])
    var heard = LastHeard()
    let found = try heard.update(
      on: view(parts, [("old", 1, 2), ("new", 200_000, 200_000)], unsealed: []), directory: Directory())
    #expect(found == ["a": 200_000 * second])
  }

  /// Rows of one instant by the device's clock, and when they came.
  private func source(_ rows: [(device: String, at: Int64, came: Int64)]) -> RowSource {
    let series = SeriesList()
    let chunk = RowChunk(capacity: rows.count)
    for row in rows {
      let number = series.append(SeriesKey(measurement: "m", device: row.device))
      chunk.appendRow(series: number, time: row.at * 1_000, previous: .max)
      if row.came != row.at { chunk.setReceived(row.came * 1_000) }
    }
    return RowSource(chunks: [chunk], series: series, fields: [], precision: .milliseconds)
  }

  @Test func theArrivalCountsAndNotTheClockOfTheDevice() throws {
    let rows = source([("a", 640, 100), ("b", 100, 100), ("c", 10, 101)])
    let parts = FakeParts(["one": rows])
    for isSealed in [false, true] {
      var shown = view(parts, isSealed ? [("one", 10, 640)] : [], unsealed: [])
      if !isSealed { shown.tables[.readings("m")]?.unsealed = [rows] }
      var heard = LastHeard()
      let found = try heard.update(on: shown, directory: Directory())
      #expect(found == ["a": 100 * second, "b": 100 * second, "c": 101 * second])
      let devices = try DevicesQuery().run(
        on: shown, directory: Directory(), now: 281 * second, cache: NewestRowsCache()
      ).devices
      // An interval that is not said is a minute.
      #expect(devices.map(\.status) == [.silent, .silent, .live])
      #expect(devices.map(\.lastSeen) == [100, 100, 101].map { $0 * second })
    }
  }

  /// What a device whose clock is years behind sent today lies in a part of years ago.
  @Test func partsWrittenLatelyAreLookedAtWhateverTheirTime() throws {
    let parts = FakeParts([
      "old": source([("a", 5, 200_000)]), "new": QueryFixture.source([row("b", 200_000)], measurement: "m"),
    ])
    var shown = view(parts, [("old", 5, 5), ("new", 200_000, 200_000)], unsealed: [])
    for index in 0..<2 { shown.tables[.readings("m")]?.parts[index].writtenMillis = 200_001_000 }
    var heard = LastHeard()
    let found = try heard.update(on: shown, directory: Directory())
    #expect(found == ["a": 200_000 * second, "b": 200_000 * second])
  }

  /// A table whose rows are in memory, as the node `n` has it.
  private func followed(
    _ rows: [TestRow], entered: Int, memory: Bool = true, parts: [String], _ reader: FakeParts
  ) -> LagoonView {
    var shown = view(reader, parts.map { ($0, 1, 100) }, unsealed: rows)
    shown.node = "n"
    shown.tables[.readings("m")]?.enteredRows = entered
    shown.tables[.readings("m")]?.version = Int64(parts.count)
    if memory {
      let source = QueryFixture.source(rows, measurement: "m")
      shown.tables[.readings("m")]?.memory = [MemoryRows(generation: UInt64(entered), rows: source)]
    }
    return shown
  }

  /// Parts that were made of rows which it went through in memory say nothing new; where a row was missed, they do.
  @Test func partsOfRowsThatWereSeenAreNotRead() throws {
    let (first, second) = ("date=x/01-n-1.parquet", "date=x/01-n-2.parquet")
    let foreign = "date=x/01-other-3.parquet"
    let reader = FakeParts([
      first: QueryFixture.source([row("a", 10)], measurement: "m"),
      second: QueryFixture.source([row("b", 20), row("c", 25)], measurement: "m"),
      foreign: QueryFixture.source([row("c", 30)], measurement: "m"),
    ])
    var heard = LastHeard()
    // What an earlier process left is read.
    var found = try heard.update(
      on: followed([row("b", 15)], entered: 1, parts: [first], reader), directory: Directory())
    #expect(found == ["a": 10 * self.second, "b": 15 * self.second] && reader.scans.map(\.path) == [first])
    #expect(heard.positions == [.readings("m"): [1: 1]])
    // Its own new part is not, another node's is.
    found = try heard.update(
      on: followed([row("b", 20)], entered: 2, parts: [first, foreign, second], reader), directory: Directory())
    #expect(found == ["a": 10 * self.second, "b": 20 * self.second, "c": 30 * self.second])
    #expect(reader.scans.map(\.path) == [first, foreign])
    // A row was missed: the part that was trusted is read after all.
    found = try heard.update(
      on: followed([], entered: 9, memory: false, parts: [first, foreign, second], reader), directory: Directory())
    #expect(reader.scans.map(\.path) == [first, foreign, second] && found["c"] == 30 * self.second)
    // Then all is known.
    _ = try heard.update(
      on: followed([], entered: 9, memory: false, parts: [first, foreign, second], reader), directory: Directory())
    #expect(reader.scans.count == 3)
  }

  @Test func timesAreFoundByName() {
    var times: HeardTimes = ["a": 5, "b": 7]
    #expect(times["a"] == 5 && times["none"] == nil && times.count == 2)
    let numbers = ContiguousArray([times.number(of: "b"), times.number(of: "c"), -1])
    let series: [UInt32] = [1, 0, 2, 0]
    times.note(series.span, from: 1, at: numbers) { [100, 6, 50, 9][$0] }
    #expect(times.all == ["a": 5, "b": 9, "c": .min])
    #expect(times == HeardTimes(["a": 5, "b": 9, "c": .min]) && times != ["a": 5])
  }
}
