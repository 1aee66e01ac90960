import Lagoon
import Mutation
import Primitives
import Telemetry
import Testing

/// Batches that make no sense behind their checksum: what is applied of them is sound, and costs memory as its octets do.
@Suite struct BatchApplierTests {
  private static let key = SeriesKey(measurement: "air", device: "d")

  private static func seed() -> [UInt8] {
    var rows = RecordedRows()
    for number in 0..<4 as Range<UInt32> {
      rows.series(number, SeriesKey(measurement: number == 3 ? "rain" : "air", device: "d\(number)"))
    }
    rows.layout(0, ["v", "w"])
    rows.layout(1, ["x"])
    for second in 0..<6 as Range<Int64> {
      rows.row(UInt32(second % 4), 0, seconds: second, [second, second % 2 == 0 ? nil : 300_000])
      rows.row(UInt32(second % 4), 1, seconds: second, [-second])
    }
    return rows.buffer.withUnsafeBytes { Array($0) }
  }

  private func apply(_ bytes: [UInt8], to fixture: inout UnsealedTablesFixture) -> Bool {
    let options = UnsealedTables.ApplyOptions(lane: "n/lane-00", segment: 1, generation: 9, isRecovery: true)
    var counts = [LedgerCounts()]
    let isWhole = bytes.withUnsafeBytes {
      fixture.tables.apply($0, with: &fixture.applier, options: options, counts: &counts)
    }
    fixture.counts = counts
    return isWhole
  }

  @Test func damageIsAppliedInSoundPiecesOrNotAtAll() {
    var mutation = Mutation(seed: 4)
    let whole = Self.seed()
    var damaged = 0
    for _ in 0..<600 {
      let bytes = mutation.damage(whole)
      var fixture = UnsealedTablesFixture()
      if !apply(bytes, to: &fixture) { damaged += 1 }
      let facts = fixture.tables.facts()
      let (stored, duplicate) = (fixture.counts[0].stored, fixture.counts[0].duplicate)
      #expect(UInt64(facts.rowCount) == stored && stored + duplicate <= 30)
      #expect(facts.byteCount < 1 << 20, "\(bytes)")
      var visible = 0
      for view in fixture.tables.views() {
        for source in view.generations.map(\.rows) {
          for chunk in source.chunks {
            for row in 0..<chunk.count {
              _ = source.series[chunk.series(row)]
              for column in source.fields.indices where chunk.tag(row, column: column) == .string {
                _ = chunk.string(chunk.payload(row, column: column))
              }
            }
            visible += chunk.count
          }
        }
      }
      #expect(visible == facts.rowCount)
    }
    #expect(damaged > 100)
  }

  private static func record(_ put: (inout RecordBuffer) -> Void) -> [UInt8] {
    var buffer = RecordBuffer(capacity: 1 << 20)
    buffer.putOrigin(listener: 0, arrivalNanos: 0)
    put(&buffer)
    return buffer.withUnsafeBytes { Array($0) }
  }

  /// Numbers of a few octets that would ask for gigabytes: of series, of layouts, of fields of one layout.
  @Test func numbersThatNoLaneGivesAreDamage() {
    let key = Self.key.canonicalBytes
    let name = Array("v".utf8)
    let hostile: [[UInt8]] = [
      Self.record { $0.putSeries(UInt32(Limits.seriesPerLane), canonicalKey: key.span.bytes) },
      Self.record { $0.putSeries(UInt32(Int32.max), canonicalKey: key.span.bytes) },
      Self.record { $0.putLayout(UInt32(Limits.layoutsPerLane), fieldCount: 0) },
      Self.record { $0.putLayout(UInt32(Int32.max), fieldCount: 0) },
      Self.record { records in
        records.putLayout(0, fieldCount: Limits.fieldsPerRow + 1)
        for _ in 0...Limits.fieldsPerRow { records.putLayoutField(name: name.span.bytes, unit: RawSpan()) }
      },
    ]
    for bytes in hostile {
      var fixture = UnsealedTablesFixture()
      let isWhole = apply(bytes, to: &fixture)
      #expect(!isWhole && fixture.tables.facts().tables == 0)
    }
    // The last that lanes do give.
    for bytes in [
      Self.record { $0.putSeries(UInt32(Limits.seriesPerLane - 1), canonicalKey: key.span.bytes) },
      Self.record { $0.putLayout(UInt32(Limits.layoutsPerLane - 1), fieldCount: 0) },
    ] {
      var fixture = UnsealedTablesFixture()
      let isWhole = apply(bytes, to: &fixture)
      #expect(isWhole)
    }
  }

  @Test func keysThatAreNoneEndTheFrame() {
    var mutation = Mutation(seed: 12)
    for _ in 0..<300 {
      let key = mutation.damage(Self.key.canonicalBytes)
      let bytes = Self.record { $0.putSeries(0, canonicalKey: key.span.bytes) }
      var fixture = UnsealedTablesFixture()
      let isWhole = apply(bytes, to: &fixture)
      let isKey = SeriesKey(canonicalBytes: key.span.bytes) != nil
      #expect(isWhole == isKey && fixture.tables.facts().tables == (isKey ? 1 : 0))
    }
  }

  @Test func timesAtTheEndsOfTimeAreRows() {
    for seconds in [-9_223_372_036, -1, 0, 9_223_372_036] as [Int64] {
      for arrival in [Int64.min, 0, Int64.max] {
        var rows = RecordedRows(arrival: arrival)
        rows.series(0, Self.key)
        rows.layout(0, ["v"])
        rows.row(0, 0, seconds: seconds, [1])
        rows.row(0, 0, seconds: seconds, [1])
        var fixture = UnsealedTablesFixture()
        let isWhole = fixture.apply(rows)
        let (stored, duplicate) = (fixture.counts[0].stored, fixture.counts[0].duplicate)
        // A difference that no number holds is damage, and no other time than was sent.
        let found = fixture.rows(of: "air")
        #expect(isWhole ? found == ["\(seconds) d v=1"] && (stored, duplicate) == (1, 1) : found.isEmpty)
      }
    }
  }

  /// Lanes of one number each have their listener; one that is out of bounds is the last.
  @Test func listenersThatAreNotThereAreTheLast() {
    var rows = RecordedRows()
    rows.buffer.putOrigin(listener: 200, arrivalNanos: 0)
    rows.series(0, Self.key)
    rows.layout(0, ["v"])
    rows.row(0, 0, seconds: 1, [1])
    var fixture = UnsealedTablesFixture()
    fixture.counts = [LedgerCounts(), LedgerCounts()]
    let isWhole = fixture.apply(rows)
    let stored = fixture.counts.map(\.stored)
    #expect(isWhole && stored == [0, 1])
  }
}
