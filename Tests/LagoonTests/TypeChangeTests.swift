import Parquet
import Primitives
import Telemetry
import Testing

@testable import Lagoon

/// Columns whose type does not suit what they hold any more.
@Suite struct TypeChangeTests {
  private static let start: Int64 = 1_795_000_000

  /// Rows of one device with the field `v`, a second each.
  private func rows(_ values: [(ValueTag, Int64)], from second: Int64) -> TableRows {
    let series = SeriesList()
    let number = series.append(SeriesKey(measurement: "m", device: "d"))
    let chunk = RowChunk(capacity: values.count)
    for (index, value) in values.enumerated() {
      let time = (Self.start + second + Int64(index)) * 1_000
      chunk.appendRow(series: number, time: time, previous: UInt32.max)
      chunk.setValue(column: 0, tag: value.0, payload: value.1)
    }
    let source = RowSource(
      chunks: [chunk], series: series, fields: [FieldIdentity(name: "v")], precision: .milliseconds)
    return TableRows(table: .readings("m"), rows: source)
  }

  private func seal(
    _ catalogue: Catalogue, _ values: [(ValueTag, Int64)], from second: Int64, segment: UInt64
  ) throws {
    try catalogue.seal(
      [rows(values, from: second)],
      transactions: [LaneTransaction(lane: CatalogueFixture.node + "/lane-00", segment: segment)])
  }

  private func compact(_ catalogue: Catalogue) throws -> [String] {
    var said: [String] = []
    try catalogue.compactAll(
      nowNanos: (Self.start + 200_000) * Nanos.perSecond, CompactionSettings(level: 3)
    ) { said.append($0) }
    return said
  }

  /// Every value in order of time, as it was sent, and what the field's own column has.
  private func stored(_ catalogue: Catalogue) throws -> (sent: [Double], own: [Double?], types: Set<String>) {
    guard let table = catalogue.table(.readings("m")) else { return ([], [], []) }
    var sent: [(Int64, Double)] = []
    var own: [Double?] = []
    var types: Set<String> = []
    for part in table.parts.sorted(by: { $0.oldestTime < $1.oldestTime }) {
      for chunk in try catalogue.scan(part, of: table).chunks {
        for row in 0..<chunk.count {
          let value = DecimalNumber.double(tag: chunk.tag(row, column: 0), payload: chunk.payload(row, column: 0))
          sent.append((chunk.time(row), value ?? .nan))
        }
      }
      let reader = try ParquetReader(PartFile(path: catalogue.directory(of: table.name) + "/" + part.path))
      guard let column = reader.schema.index(of: "v") else { continue }
      types.insert(DeltaSchema.typeName(reader.schema.columns[column].type))
      for group in reader.rowGroups.indices {
        let data = try reader.read(column: column, rowGroup: group)
        for row in 0..<data.count {
          guard data.isPresent(at: row) else {
            own.append(nil)
            continue
          }
          switch (data.values, reader.schema.columns[column].type) {
          case (.int64(let values), .decimal(let scale)):
            own.append(DecimalNumber.double(mantissa: values[row], scale: scale))
          case (.int64(let values), _): own.append(Double(values[row]))
          case (.double(let values), _): own.append(values[row])
          default: own.append(nil)
          }
        }
      }
    }
    return (sent.sorted { $0.0 < $1.0 }.map(\.1), own, types)
  }

  @Test func zerosDoNotTellOfAScale() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try seal(catalogue, Array(repeating: (.decimal(scale: 0), 0), count: 150), from: 0, segment: 1)
    try seal(catalogue, (1...50).map { (.decimal(scale: 1), $0 * 2 + 1) }, from: 150, segment: 2)
    let (sent, own, _) = try stored(catalogue)
    let odd: [Double] = (1...50).map { (number: Int) -> Double in Double(number * 2 + 1) / 10 }
    #expect(Array(sent.suffix(50)) == odd)
    #expect(own.compactMap { $0 } == sent)
  }

  @Test func whatDoesNotFitIsThereNearlyToo() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    let odd = 1234.5678901234567
    let values: [(ValueTag, Int64)] =
      (1...100).map { (.decimal(scale: 1), Int64($0)) }
      + [(.double, Int64(bitPattern: odd.bitPattern)), (.double, Int64(bitPattern: Double.nan.bitPattern))]
    try seal(catalogue, values, from: 0, segment: 1)
    for _ in 0..<2 {
      let (sent, own, types) = try stored(catalogue)
      #expect(sent[100] == odd && sent[101].isNaN)
      #expect(own[100] == 1234.6 && own[101] == nil)
      #expect(types == ["decimal(18,1)"])
      _ = try compact(catalogue)
    }
  }

  @Test func aWholeTableGetsTheBetterScaleAtOnce() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    let whole = (1...2_000).map { (ValueTag.decimal(scale: 0), Int64($0)) }
    let fine = (1...500).map { (ValueTag.decimal(scale: 2), Int64($0 * 100 + 25)) }
    try seal(catalogue, whole, from: 0, segment: 1)
    // Another day, which is a part of its own.
    try seal(catalogue, fine, from: 90_000, segment: 2)
    let before = try stored(catalogue)
    #expect(before.types == ["decimal(18,0)"])
    let said = try compact(catalogue)
    #expect(said.contains { $0.contains("v from decimal(18,0) to decimal(18,2)") })
    let after = try stored(catalogue)
    #expect(after.types == ["decimal(18,2)"])
    #expect(after.sent == before.sent)
    #expect(after.own.compactMap { $0 } == after.sent)
    // Once per need, and as the log has it.
    #expect(try !compact(catalogue).contains { $0.contains("columns were changed") })
    let reopened = try CatalogueFixture.reopened(fixture)
    #expect(try stored(reopened).sent == before.sent)
    #expect(reopened.table(.readings("m"))?.fieldSummaries.first?.type == .decimal)
  }

  @Test func integersThatGetFractionsBecomeDecimals() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try seal(catalogue, (1...100).map { (.integer, $0) }, from: 0, segment: 1)
    try seal(catalogue, (1...100).map { (.decimal(scale: 1), $0 * 10 + 5) }, from: 100, segment: 2)
    #expect(try stored(catalogue).types == ["long"])
    _ = try compact(catalogue)
    let (sent, own, types) = try stored(catalogue)
    #expect(types == ["decimal(18,1)"])
    #expect(own.compactMap { $0 } == sent)
  }

  @Test func magnitudesThatNoScaleHoldsMakeDoubles() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try seal(catalogue, [(.integer, 900_000_000_000_000_000), (.integer, 1)], from: 0, segment: 1)
    try seal(catalogue, (1...100).map { (.decimal(scale: 3), $0 * 1_000 + 5) }, from: 100, segment: 2)
    let before = try stored(catalogue).sent
    _ = try compact(catalogue)
    let (sent, _, types) = try stored(catalogue)
    #expect(types == ["double"])
    #expect(sent == before)
  }

  /// A part that is sealed while others are written anew is of the old type: the commit sees it and waits for it.
  @Test func noVersionHasTwoTypes() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try seal(catalogue, (1...100).map { (.integer, $0) }, from: 0, segment: 1)
    let change = TypeChange(types: ["v": .decimal(scale: 1)])
    #expect(throws: LagoonError.self) {
      try catalogue.stored.committer.commit(TableChange(types: change, dataChange: false), to: .readings("m"))
    }
    #expect(try stored(catalogue).types == ["long"])
  }

  @Test func statisticsBoundNoColumn() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try seal(catalogue, [(.integer, 1)], from: 0, segment: 1)
    let lines = try DeltaLog.lines(fixture.log("m").bytes(0), label: "")
    #expect(lines.compactMap { $0["add"]?["stats"]?.text } == [#"{"numRecords":1}"#])
  }
}

extension CatalogueFixture {
  fileprivate static func reopened(_ fixture: CatalogueFixture) throws -> Catalogue { try fixture.open() }
}
