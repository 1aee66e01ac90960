import Lagoon
import Primitives
import Telemetry
import Testing

/// Rows of one series and instant, and rows that may stand in the parts already.
struct SameInstantTests {
  private static let key = SeriesKey(measurement: "air", device: "d")

  private static func begun() -> RecordedRows {
    var rows = RecordedRows()
    rows.series(0, key)
    return rows
  }

  /// Each value is kept once, whatever their number: more than a comparison of each with each could be made of.
  @Test func manyValuesOfOneInstant() {
    let count: Int64 = 50_000
    var rows = Self.begun()
    rows.layout(0, ["v"])
    for value in 0..<count { rows.row(0, 0, seconds: 100, [value]) }
    for value in stride(from: 0, to: count, by: 7) { rows.row(0, 0, seconds: 100, [value]) }
    var fixture = UnsealedTablesFixture()
    let isWhole = fixture.apply(rows)
    let found = fixture.rows(of: "air")
    let counts = fixture.counts[0]
    #expect(isWhole && counts.stored == UInt64(count) && counts.duplicate == UInt64((count + 6) / 7))
    #expect(Set(found) == Set((0..<count).map { "100 d v=\($0)" }) && found.count == Int(count))
  }

  /// A field a row, thousands of them: they are one row, and a row that says it whole is no other.
  @Test func manyFieldsOfOneInstant() {
    let fields = (0..<1_000).map { "f\($0)" }
    var rows = Self.begun()
    for (number, field) in fields.enumerated() {
      rows.layout(UInt32(number), [field])
      rows.row(0, UInt32(number), seconds: 100, [Int64(number)])
    }
    rows.layout(1_000, fields)
    rows.row(0, 1_000, seconds: 100, fields.indices.map { Int64($0) })
    rows.row(0, 3, seconds: 100, [3])
    rows.row(0, 3, seconds: 100, [4])
    var fixture = UnsealedTablesFixture()
    let isWhole = fixture.apply(rows)
    let counts = fixture.counts[0]
    #expect(isWhole && counts.stored == 1_001 && counts.duplicate == 2)
  }

  @Test func partsOfRowsAreDoubledAndConflictsAreKept() {
    var rows = Self.begun()
    rows.layout(0, ["a"])
    rows.layout(1, ["b"])
    rows.layout(2, ["a", "b"])
    rows.row(0, 0, seconds: 1, [1])
    rows.row(0, 1, seconds: 1, [2])
    rows.row(0, 2, seconds: 1, [1, 2])
    rows.row(0, 2, seconds: 1, [1, 3])
    rows.row(0, 1, seconds: 1, [3])
    rows.row(0, 0, seconds: 1, [1])
    rows.row(0, 0, seconds: 1, [5])
    rows.row(0, 2, seconds: 1, [5, 2])
    var fixture = UnsealedTablesFixture()
    let isWhole = fixture.apply(rows)
    let found = fixture.rows(of: "air")
    let counts = fixture.counts[0]
    #expect(isWhole && counts.stored == 5 && counts.duplicate == 3)
    #expect(found == ["1 d a=1", "1 d a=1 b=3", "1 d a=5", "1 d a=5 b=2", "1 d b=2"])
  }

  private static func sealed() -> FakeSealedRows {
    let rows = [
      TestRow("d", 10 * Nanos.perSecond, [("v", .integer(1)), ("w", .integer(2))]),
      TestRow("d", 20 * Nanos.perSecond, [("v", .integer(1))]),
      TestRow("e", 30 * Nanos.perSecond, [("v", .integer(9))]),
    ]
    return FakeSealedRows([.readings("air"): QueryFixture.source(rows, measurement: "air")])
  }

  /// Late rows are seen and counted when they have been looked up, all of them by one look.
  @Test func lateRowsAreHeldAgainstTheParts() {
    let sealed = Self.sealed()
    var fixture = UnsealedTablesFixture(sealed)
    var rows = Self.begun()
    rows.layout(0, ["w", "v"])
    rows.layout(1, ["v"])
    rows.layout(2, ["x"])
    rows.row(0, 0, seconds: 10, [2, 1])
    rows.row(0, 1, seconds: 10, [1])
    rows.row(0, 1, seconds: 10, [4])
    rows.row(0, 2, seconds: 20, [5])
    rows.row(0, 1, seconds: 15, [6])
    rows.row(0, 1, seconds: 15, [6])
    rows.row(0, 1, seconds: 30, [9])
    rows.row(0, 1, seconds: 40, [7])
    let isWhole = fixture.apply(rows)
    let before = (fixture.rows(of: "air"), fixture.counts[0].stored, fixture.tables.facts())
    #expect(isWhole && before.0 == ["40 d v=7"] && before.1 == 1 && before.2.lateRowCount == 7)
    // What is not shown yet is behind the arrival up to which everything is shown.
    #expect(before.2.newestArrivalNanos < 1_795_176_000 * Nanos.perSecond)
    fixture.settle()
    let found = fixture.rows(of: "air")
    let counts = fixture.counts[0]
    let facts = fixture.tables.facts()
    #expect(found == ["10 d v=4", "15 d v=6", "20 d x=5", "30 d v=9", "40 d v=7"])
    #expect(counts.stored == 5 && counts.duplicate == 3 && sealed.lookUps == 1)
    #expect(facts.lateRowCount == 0 && facts.newestArrivalNanos == 1_795_176_000 * Nanos.perSecond)
    // Once more, and with what the parts and memory say together.
    rows = Self.begun()
    rows.layout(3, ["v", "x"])
    rows.row(0, 3, seconds: 20, [1, 5])
    rows.row(0, 1, seconds: 15, [6])
    let isAgainWhole = fixture.apply(rows)
    fixture.settle()
    let after = fixture.counts[0]
    #expect(isAgainWhole && after.stored == 5 && after.duplicate == 5)
  }

  /// Rows with a field of their own each: memory goes with the values, not with rows times fields.
  @Test func manyFieldsTakeLittleMemory() {
    let fieldCount = 2_000
    var rows = Self.begun()
    for number in 0..<fieldCount { rows.layout(UInt32(number), ["field\(number)"]) }
    for row in 0..<40_000 {
      rows.row(0, UInt32(row * 7_919 % fieldCount), seconds: 1_000 + Int64(row), [Int64(row)])
    }
    var fixture = UnsealedTablesFixture()
    let isWhole = fixture.apply(rows)
    let facts = fixture.tables.facts()
    #expect(isWhole && facts.rowCount == 40_000)
    // 8,192 rows times 2,000 columns of 9 bytes would be 147 MB a chunk.
    #expect(facts.byteCount < 40_000 * 2_000)
    fixture.tables.drop(.readings("air"), generation: 9)
    let after = fixture.tables.facts()
    #expect(after.byteCount == 0 && after.rowCount == 0)
  }
}
