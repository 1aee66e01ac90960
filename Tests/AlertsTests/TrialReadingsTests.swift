import Lagoon
import Primitives
import Rollups
import Synchronization
import Telemetry
import Testing

@testable import Alerts

/// What a slice of a trial holds of the rows that are stored: no more and no less than was asked for.
@Suite struct TrialReadingsTests {
  private static let second = Nanos.perSecond
  private static let start = 1_795_186_800 * Nanos.perSecond
  private let directory = TestDirectory(devices: [
    DeviceFacts(id: "a", area: "2101"), DeviceFacts(id: "b", area: "2101"),
  ])

  private func choice(_ scope: AlertScope, _ filter: DeviceFilter = DeviceFilter()) -> SubjectChoice {
    SubjectChoice(filter: filter, scope: scope, directory: directory)
  }

  /// A reading a second of each device, half in parts of ten seconds; the value is the second.
  private func view(seconds: Int64 = 60) -> LagoonView {
    let readings = (0..<seconds).flatMap { second in
      ["a", "b", "c"].map { StoredReading(device: $0, time: Self.start + second * Self.second, value: Double(second)) }
    }
    return StoredRows.view(readings, partNanos: 10 * Self.second)
  }

  private func slice(_ seconds: Range<Int64>) -> Range<UnixNanos> {
    Self.start + seconds.lowerBound * Self.second..<Self.start + seconds.upperBound * Self.second
  }

  private func readings(
    _ choice: SubjectChoice, _ seconds: Range<Int64>, of view: LagoonView, _ aggregate: Aggregate = .average
  ) throws -> [String: [TrialReadings.Reading]] {
    let table = try #require(view.tables[.readings(StoredRows.measurement)])
    var origins = TrialOrigins(aggregate)
    var readings = TrialReadings(choice: choice, slice: slice(seconds), probe: .never)
    try readings.addColumn(StoredRows.field, of: table, reader: view.reader, origins: &origins)
    return Dictionary(uniqueKeysWithValues: readings.bySubject())
  }

  /// Parts and memory alike; the end of a slice is the next one's.
  @Test(arguments: [0..<60, 0..<1, 5..<25, 29..<31, 45..<60, 60..<70, 59..<1_000] as [Range<Int64>])
  func aSliceHoldsItsOwnTimeInOrder(seconds: Range<Int64>) throws {
    let found = try readings(choice(.device), seconds, of: view())
    let expected = seconds.clamped(to: 0..<60).map { Double($0) }
    for device in ["a", "b", "c"] {
      #expect((found[device] ?? []).map(\.value) == expected)
      #expect((found[device] ?? []).map(\.time) == expected.map { Self.start + Int64($0) * Self.second })
    }
  }

  @Test func subjectsAreThoseOfTheScope() throws {
    let all = try readings(choice(.all), 10..<12, of: view())
    #expect(all.keys.sorted() == [""] && all[""]?.map(\.value) == [10, 10, 10, 11, 11, 11])
    // Nobody knows where the third one stands.
    let areas = try readings(choice(.area), 10..<12, of: view())
    #expect(areas.keys.sorted() == ["2101"] && areas["2101"]?.count == 4)
    let one = try readings(choice(.device, DeviceFilter(device: "b")), 10..<12, of: view())
    #expect(one.keys.sorted() == ["b"])
  }

  /// Only counters and what counts devices ask where a reading came from.
  @Test func originsAreToldWhereTheyMatter() throws {
    func origins(_ aggregate: Aggregate) throws -> [Set<Int>] {
      let found = try readings(choice(.all), 0..<60, of: view(), aggregate)[""] ?? []
      return Dictionary(grouping: found, by: \.time).values.map { Set($0.map(\.origin)) }
    }
    #expect(try origins(.average).allSatisfy { $0 == [0] })
    for aggregate in [Aggregate.distinct, .increase, .rate] {
      #expect(try origins(aggregate).allSatisfy { $0 == [0, 1, 2] }, "one number a device, in parts and in memory")
    }
  }

  /// Series of one device are several counters and one device.
  @Test func numbersAreOfSeriesOrOfDevices() {
    let keys = [("d", "1"), ("d", "2"), ("e", "1")].map { device, port in
      SeriesKey(measurement: "m", device: device, tags: [.init(name: "port", value: port)])
    }
    let list = SeriesList(keys)
    var counters = TrialOrigins(.increase)
    var devices = TrialOrigins(.distinct)
    var others = TrialOrigins(.maximum)
    #expect(counters.numbers(of: list, where: { _ in true }) == [0, 1, 2])
    #expect(devices.numbers(of: list, where: { _ in true }) == [0, 0, 1])
    #expect(others.numbers(of: list, where: { _ in true }) == [0, 0, 0])
    // Another source in another order, of which not all is wanted: who is known keeps his number.
    let turned = SeriesList(Array(keys.reversed()) + [SeriesKey(measurement: "m", device: "new")])
    #expect(counters.numbers(of: turned, where: { $0 != 1 }) == [2, 0, 0, 3])
    #expect(devices.numbers(of: turned, where: { $0 >= 2 }) == [0, 0, 0, 2])
    #expect(devices.numbers(of: SeriesList(), where: { _ in true }) == [])
  }

  private static func source(
    _ rows: [(series: UInt32, tag: ValueTag, payload: Int64)], _ keys: [SeriesKey]
  ) -> RowSource {
    let chunk = RowChunk(capacity: rows.count)
    for (number, row) in rows.enumerated() {
      chunk.appendRow(series: row.series, time: start / Nanos.perMillisecond + Int64(number), previous: .max)
      if row.tag != .null { chunk.setValue(column: 0, tag: row.tag, payload: row.payload) }
    }
    return RowSource(
      chunks: [chunk], series: SeriesList(keys), fields: [FieldIdentity(name: "v")], precision: .milliseconds)
  }

  private func table(_ source: RowSource) -> TableView {
    TableView(name: .readings("m"), unsealed: [source])
  }

  /// What is no number is passed over, and so is a field that nobody sent.
  @Test func onlyNumbersAreReadings() throws {
    let rows: [(series: UInt32, tag: ValueTag, payload: Int64)] = [
      (0, .integer, -7), (0, .null, 0), (0, .boolean, 1), (0, .decimal(scale: 1), 235),
      (0, .double, Int64(bitPattern: (1e300).bitPattern)),
    ]
    let table = table(Self.source(rows, [SeriesKey(measurement: "m", device: "d")]))
    let view = LagoonView(tables: [table.name: table], reader: StoredRows.none, version: 1, watermark: .max)
    var origins = TrialOrigins(.average)
    var readings = TrialReadings(choice: choice(.device), slice: slice(0..<10), probe: .never)
    try readings.addColumn("w", of: table, reader: view.reader, origins: &origins)
    #expect(readings.bySubject().allSatisfy { $0.1.isEmpty })
    try readings.addColumn("v", of: table, reader: view.reader, origins: &origins)
    #expect(readings.bySubject().first?.1.map(\.value) == [-7, 23.5, 1e300])
  }

  /// Any row is a sign of its device, whatever it holds; what the node told is none.
  @Test func timesAreThoseOfTheDeviceItself() throws {
    let told = SeriesKey(measurement: "m", device: "d", tags: [.init(name: SeriesKey.toldTag, value: "n")])
    let rows: [(series: UInt32, tag: ValueTag, payload: Int64)] = [(0, .null, 0), (1, .integer, 1), (0, .boolean, 0)]
    let table = table(Self.source(rows, [SeriesKey(measurement: "m", device: "d"), told]))
    var readings = TrialReadings(choice: choice(.device), slice: slice(0..<10), probe: .never)
    try readings.addTimes(of: table, reader: StoredRows.none)
    let times = readings.bySubject().first?.1.map { ($0.time - Self.start) / Nanos.perMillisecond }
    #expect(times == [0, 2])
  }

  /// Who no longer waits, and who would hold too much, is told so between two parts.
  @Test func aTrialEndsWhenNobodyWaitsOrMemoryIsFull() throws {
    let view = view()
    let table = try #require(view.tables[.readings(StoredRows.measurement)])
    let asked = Mutex(0)
    let impatient = QuestionProbe {
      asked.withLock {
        $0 += 1; return $0 > 2
      }
    }
    var readings = TrialReadings(choice: choice(.device), slice: slice(0..<60), probe: impatient)
    #expect(throws: QueryError.self) { try readings.addTimes(of: table, reader: view.reader) }
    let held = Mutex(0)
    let full = QuestionProbe(
      { false },
      hasRoom: { bytes in
        held.withLock {
          $0 = bytes; return bytes < 1_000
        }
      })
    var others = TrialReadings(choice: choice(.device), slice: slice(0..<60), probe: full)
    #expect(throws: QueryError.self) { try others.addTimes(of: table, reader: view.reader) }
    #expect(held.withLock { $0 } == 60 * MemoryLayout<TrialReadings.Reading>.stride, "after the second part")
  }
}
