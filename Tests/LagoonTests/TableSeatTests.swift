import Primitives
import Synchronization
import Telemetry
import Testing

@testable import Lagoon

/// Each table has a lock of its own: what is held of one keeps nobody from another, and from what is known of all.
@Suite struct TableSeatTests {
  /// One row of a device `a`, under a lane's number of its own.
  private func line(_ measurement: String, number: UInt32 = 0, seconds: Int64) -> RecordedRows {
    var rows = RecordedRows()
    rows.series(number, SeriesKey(measurement: measurement, device: "a"))
    rows.layout(0, ["v"])
    rows.row(number, 0, seconds: seconds, [seconds])
    return rows
  }

  @Test func aTableThatIsHeldKeepsNobodyFromTheOthers() throws {
    var fixture = UnsealedTablesFixture()
    var isWhole = fixture.apply(line("held", seconds: 1))
    let held = try #require(fixture.tables.buffer(of: .readings("held")))
    held.seat.lock.withLock { _ in
      // All of it on the thread that holds the lock: whatever asked for it would never come back.
      isWhole = fixture.apply(line("free", number: 1, seconds: 2)) && isWhole
      #expect(fixture.tables.facts().rowCount == 2 && fixture.tables.facts().tables == 2)
      #expect(fixture.tables.facts().series == 2 && fixture.tables.pressure.byteCount > 0)
      #expect(fixture.tables.view(of: .readings("free"))?.generations.map(\.rows.rowCount) == [1])
      #expect(fixture.tables.generations == [9] && fixture.tables.oldestGeneration == 9)
      #expect(!fixture.tables.isWorthSealing(generation: 9, byteCount: .max))
      fixture.tables.drop(.readings("free"), generation: 9)
      #expect(fixture.tables.facts().rowCount == 1)
    }
    #expect(isWhole && fixture.rows(of: "held") == ["1 a v=1"] && fixture.rows(of: "free").isEmpty)
  }

  @Test func theOldestLateRowIsKnownWithoutTheLock() throws {
    let chunk = RowChunk(capacity: 1)
    chunk.appendRow(series: 0, time: 5_000, previous: .max)
    chunk.setValue(column: 0, tag: .integer, payload: 5)
    let source = RowSource(
      chunks: [chunk], series: SeriesList([SeriesKey(measurement: "air", device: "a")]),
      fields: [FieldIdentity(name: "v")], precision: .milliseconds)
    var fixture = UnsealedTablesFixture(FakeSealedRows([.readings("air"): source]))
    let isWhole = fixture.apply(line("air", seconds: 4))
    let seat = try #require(fixture.tables.buffer(of: .readings("air"))).seat
    #expect(isWhole && seat.oldestLateNanos < .max && seat.seriesCount == 1)
    let before = fixture.tables.facts()
    #expect(before.lateRowCount == 1 && before.newestArrivalNanos < seat.oldestLateNanos)
    fixture.settle()
    #expect(seat.oldestLateNanos == .max)
    #expect(fixture.tables.facts().newestArrivalNanos >= before.newestArrivalNanos)
  }

  @Test func aSeatAndTheAccountSayWhatTheyWereTold() {
    let seat = TableSeat()
    #expect(seat.oldestLateNanos == .max && seat.seriesCount == 0)
    seat.oldestLateNanos = 7
    seat.seriesCount = 3
    #expect(seat.oldestLateNanos == 7 && seat.seriesCount == 3)
    let account = UnsealedAccount()
    #expect(account.generations.isEmpty && account.facts(oldestLateNanos: .max).newestArrivalNanos == 0)
    account.add(.init(byteCount: 100, contentBytes: 60, rowCount: 2), to: 5, arrivalNanos: 50)
    account.add(.init(byteCount: 10, contentBytes: 6, rowCount: 1), to: 4, arrivalNanos: 40)
    account.add(.init(lateRows: 2, lateBytes: 30), to: 5, arrivalNanos: 60)
    #expect(account.generations == [4, 5] && account.pressure == (byteCount: 140, lateRowCount: 2))
    #expect(account.bytes(of: 5) == (content: 60, memory: 100) && account.bytes(of: 6) == (content: 0, memory: 0))
    let facts = account.facts(oldestLateNanos: .max)
    #expect(facts.rowCount == 3 && facts.byteCount == 140 && facts.lateRowCount == 2 && facts.version == 3)
    // Up to what was set aside all is shown, and what is being looked up was set aside.
    #expect(facts.newestArrivalNanos == 60 && account.facts(oldestLateNanos: 55).newestArrivalNanos == 54)
    account.beginSettling(since: 52)
    account.beginSettling(since: 53)
    #expect(account.facts(oldestLateNanos: 55).newestArrivalNanos == 51)
    account.endSettling()
    #expect(account.facts(oldestLateNanos: 99).newestArrivalNanos == 60)
    // A change of late rows alone makes no generation.
    account.add(.init(lateRows: -2, lateBytes: -30), to: 9)
    #expect(account.generations == [4, 5] && account.pressure == (byteCount: 110, lateRowCount: 0))
  }
}
