import Lagoon
import Primitives
import Telemetry
import Testing

/// What a segment's records come to when they are read again: each row with the values that were sent, or a name for
/// what was lost.
struct RecoveredRecordsTests {
  private static let key = SeriesKey(measurement: "air", device: "d")

  /// A segment defines what it uses in the order of its use, which is seldom the order of the numbers.
  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]])
  func layoutsComeInAnyOrder(order: [UInt32]) {
    var rows = RecordedRows()
    rows.series(0, Self.key)
    for number in order {
      rows.layout(number, ["f\(number)", "g\(number)"])
      rows.row(0, number, seconds: 100 + Int64(number), [Int64(number), Int64(number) + 10])
    }
    for number in order { rows.row(0, number, seconds: 200 + Int64(number), [7, nil]) }
    var fixture = UnsealedTablesFixture()
    let isWhole = fixture.apply(rows, isRecovery: true)
    let found = fixture.rows(of: "air")
    #expect(isWhole)
    #expect(
      found == [
        "100 d f0=0 g0=10", "101 d f1=1 g1=11", "102 d f2=2 g2=12", "200 d f0=7", "201 d f1=7", "202 d f2=7",
      ])
  }

  /// The frame that defined a series was lost: its rows are counted, and those of others stay.
  @Test func rowsOfUndefinedSeriesAreCounted() {
    var rows = RecordedRows()
    rows.series(4, Self.key)
    rows.layout(0, ["v"])
    rows.row(4, 0, seconds: 1, [1])
    rows.row(3, 0, seconds: 2, [2])
    rows.row(99, 0, seconds: 3, [3])
    rows.row(4, 0, seconds: 4, [4])
    var fixture = UnsealedTablesFixture()
    let isWhole = fixture.apply(rows, isRecovery: true)
    let found = fixture.rows(of: "air")
    let unresolved = fixture.applier.unresolvedRows
    let counts = fixture.counts[0]
    #expect(isWhole && unresolved == 2 && counts.stored == 2 && counts.shedTotal == 0)
    #expect(found == ["1 d v=1", "4 d v=4"])
  }

  /// Without its layout nobody can say where a row ends: the rest of the frame is damage, and no row is left without
  /// its values.
  @Test(arguments: [1, 5])
  func aFrameEndsAtAnUndefinedLayout(layout: UInt32) {
    var rows = RecordedRows()
    rows.series(0, Self.key)
    rows.layout(3, ["v"])
    rows.row(0, 3, seconds: 1, [1])
    rows.row(0, layout, seconds: 2, [2, 3])
    rows.row(0, 3, seconds: 3, [3])
    var fixture = UnsealedTablesFixture()
    let isWhole = fixture.apply(rows, isRecovery: true)
    let found = fixture.rows(of: "air")
    #expect(!isWhole)
    #expect(found == ["1 d v=1"])
  }

  @Test func recordsThatEndEarlyLeaveNoHalfRow() {
    var whole = RecordedRows()
    whole.series(0, Self.key)
    whole.layout(0, ["v", "w"])
    whole.row(0, 0, seconds: 1, [1, 2])
    let end = whole.buffer.byteCount
    whole.row(0, 0, seconds: 2, [300_000, 400_000])
    for cut in end + 1..<whole.buffer.byteCount {
      var fixture = UnsealedTablesFixture()
      var counts = [LedgerCounts()]
      let options = UnsealedTables.ApplyOptions(lane: "n/lane-00", segment: 1, generation: 1, isRecovery: true)
      let isWhole = whole.buffer.withUnsafeBytes { bytes in
        fixture.tables.apply(
          UnsafeRawBufferPointer(rebasing: bytes[..<cut]), with: &fixture.applier, options: options, counts: &counts)
      }
      let found = fixture.rows(of: "air")
      #expect(!isWhole && found == ["1 d v=1 w=2"], "\(cut)")
    }
  }

  /// A segment that could not be read when later ones were sealed is still to be taken; one that was sealed is not.
  @Test func segmentsAreTakenOnce() {
    var rows = RecordedRows()
    rows.series(0, Self.key)
    rows.layout(0, ["v"])
    rows.row(0, 0, seconds: 1, [1])
    for (transactions, isTaken) in [
      ([:], true), (["n/lane-00": 4], true), (["n/lane-00": 5], false), (["n/lane-00": 9], false),
      (["n/lane-00": 9, "n/lane-00#5": 1], true), (["n/lane-00": 9, "n/lane-00#5": 2], false),
      (["n/lane-00": 9, "n/lane-00#4": 1], false), (["n/lane-01": 9], true),
    ] as [([String: UInt64], Bool)] {
      var fixture = UnsealedTablesFixture(FakeSealedRows(segments: transactions))
      let isWhole = fixture.apply(rows, segment: 5, isRecovery: true)
      let count = fixture.rows(of: "air").count
      #expect(isWhole && count == (isTaken ? 1 : 0), "\(transactions)")
    }
  }

  @Test func sealsTellWhatWasLeftOut() {
    let lane = "n/lane-00"
    func made(_ known: [String: UInt64], upTo newest: UInt64, left: [UInt64] = [], taken: [UInt64] = []) -> [String] {
      SealedSegments(known).transactions(
        upTo: newest, lanes: [lane], left: left.map { LaneTransaction(lane: lane, segment: $0) },
        taken: taken.map { LaneTransaction(lane: lane, segment: $0) }
      ).map { "\($0.lane) \($0.segment)" }
    }
    #expect(made([:], upTo: 7, left: [5]) == ["n/lane-00 7", "n/lane-00#5 1"])
    #expect(made([lane: 4], upTo: 7, left: [5, 8]) == ["n/lane-00 7", "n/lane-00#5 1"])
    // The table had it before it could not be read, or says so already.
    #expect(made([lane: 5], upTo: 7, left: [5]) == ["n/lane-00 7"])
    #expect(made([lane: 7, lane + "#5": 1], upTo: 8, left: [5]) == ["n/lane-00 8"])
    #expect(made([lane: 7, lane + "#5": 1], upTo: 9, taken: [5, 6]) == ["n/lane-00 9", "n/lane-00#5 2"])
  }
}
