import Mutation
import Parquet
import Primitives
import Testing

@testable import Import

/// Parquet becomes lines, whoever wrote it.
@Suite struct ParquetFileTests {
  private static let rows = [
    "m,device=a i=-7i,u=1i,f=0.1,x=0.5,ok=true,d=1.25,day=\"2026-11-20\",note=\"say \\\"ü\\\"\" 1795132800000000000",
    "m,device=b u=18446744073709551615u,d=-0.01 1795132801000000000",
    "m,device=b i=9i,f=-2.5,ok=false,note=\"\" 1795132802500000000",
  ]

  @Test(arguments: [
    ForeignRows.arrow, ForeignRows.versionTwo, ForeignRows.duck, ForeignRows.duckTwo, ForeignRows.polars,
  ])
  func otherProgramsFilesAreRead(bytes: [UInt8]) throws {
    let outcome = try ImportedFile("m.parquet", bytes).read()
    #expect(outcome.lines == Self.rows)
    #expect(outcome.faults == [RowFault(row: 2, cause: "column x: nan is no number")])
    #expect(outcome.flawed == 1 && outcome.refused == 0 && outcome.rows == 3)
    #expect(
      outcome.plan.said
        == "i integer, u integer, f number, x number, ok boolean, d number, day text, note text")
  }

  @Test func optionsHoldForColumns() throws {
    let outcome = try ImportedFile("m.parquet", ForeignRows.duck).read {
      $0.tags = ["day"]
      $0.texts = ["i", "d"]
      $0.skipped = ["u", "f", "x", "ok", "note"]
      $0.deviceColumn = "note"
      $0.device = "z"
      $0.measurement = "n"
      $0.skipped.append("device")
    }
    #expect(
      outcome.lines == [
        "n,device=say\\ \"ü\",day=2026-11-20 i=\"-7\",d=\"1.25\" 1795132800000000000",
        "n,device=z d=\"-0.01\" 1795132801000000000", "n,device=z i=\"9\" 1795132802500000000",
      ])
  }

  @Test func timesOfAnyUnitAreRead() throws {
    let old = try ImportedFile("m.parquet", ForeignRows.int96).read { $0.device = "a" }
    #expect(old.lines.last == "m,device=a v=3i 1795132802500000000")
    let wall = try ImportedFile("m.parquet", ForeignRows.wall)
    #expect(
      wall.failure { $0.device = "a" }
        == "cannot import FILE: its column 'time' names no zone: say which by --zone, such as Asia/Ho_Chi_Minh or UTC")
    let zoned = try wall.read {
      $0.device = "a"
      $0.zone = .fixed(offsetSeconds: 7 * 3_600)
    }
    #expect(zoned.lines.last == "m,device=a v=3i 1795107602500000000")
    // A number of seconds.
    let numbers = try wall.read {
      $0.device = "a"
      $0.timeColumn = "v"
      $0.precision = "s"
    }
    #expect(numbers.lines.first == "m,device=a time=\"2026-11-20T00:00:00\" 1000000000")
  }

  @Test func aColumnThatCannotBeReadIsNamed() throws {
    let file = try ImportedFile("m.parquet", ForeignRows.nested)
    #expect(
      file.failure { $0.device = "a" }
        == "cannot import FILE: its column 'l' cannot be read: nested columns are not supported; leave it out by --skip"
    )
    let outcome = try file.read {
      $0.device = "a"
      $0.skipped = ["l", "s"]
    }
    #expect(outcome.lines.map { $0.prefix(15) } == ["m,device=a v=1i", "m,device=a v=2i", "m,device=a v=3i"])
    #expect(outcome.plan.unused == ["l", "s"])
    #expect(
      try ImportedFile("m.parquet", ForeignRows.duck).failure { $0.timeColumn = "x" }
        == "cannot import FILE: its column 'x' is no time: it is a column of type number")
    #expect(
      try ImportedFile("m.parquet", "PAR1").failure()?.hasPrefix("cannot import FILE: cannot read parquet") == true)
  }

  /// A file as docs/formats/tables.md says that parts are.
  private static func part(table: String, rows: Int, perGroup: Int) -> [UInt8] {
    let columns = """
      [{"column":"port","name":"port","role":"tag","unit":""},{"column":"v%20x","name":"v x","role":"field","unit":"V"},\
      {"column":"v%20x__exact","name":"v x","role":"exact","unit":""},\
      {"column":"v%20x__text","name":"v x","role":"text","unit":""},\
      {"column":"v%20x__string","name":"v x","role":"string","unit":""}]
      """
    let schema = ParquetSchema(columns: [
      ColumnSchema(name: "device", type: .string, isOptional: false),
      ColumnSchema(name: "time", type: .timestampMillis, isOptional: false),
      ColumnSchema(name: "received", type: .timestampMillis, isOptional: true),
      ColumnSchema(name: "port", type: .string, isOptional: true),
      ColumnSchema(name: "v%20x", type: .decimal(scale: 2), isOptional: true),
      ColumnSchema(name: "v%20x__exact", type: .double, isOptional: true),
      ColumnSchema(name: "v%20x__text", type: .string, isOptional: true),
      ColumnSchema(name: "v%20x__string", type: .string, isOptional: true),
    ])
    var writer = ParquetWriter(schema: schema, metadata: [("thinai.table", table), ("thinai.columns", columns)])
    for start in stride(from: 0, to: rows, by: perGroup) {
      let own = Array(start..<min(rows, start + perGroup))
      func texts(_ text: (Int) -> String?) -> ColumnData {
        let all = own.map(text)
        return ColumnData(values: .string(StringColumn(all)), isPresent: all.map { $0 != nil })
      }
      writer.append(
        [
          texts { "d\($0 / 10)" }, ColumnData(values: .int64(own.map { Int64($0) * 1_000 })),
          ColumnData(values: .int64(own.map { Int64($0) }), isPresent: own.map { $0 % 2 == 0 }),
          texts { $0 % 2 == 0 ? "e\($0 % 4)" : nil }, ColumnData(values: .int64(own.map { Int64($0) * 25 })),
          ColumnData(values: .double(own.map { Double($0) / 3 }), isPresent: own.map { $0 == 4 }),
          texts { $0 == 5 ? "1.123456789012345678" : nil }, texts { $0 == 6 ? "n/a" : nil },
        ], rowCount: own.count)
    }
    return writer.finish()
  }

  @Test func aPartComesBackAsItWasSent() throws {
    let bytes = Self.part(table: "power", rows: 8, perGroup: 3)
    let outcome = try ImportedFile("07-qn-01-42.parquet", bytes).read()
    #expect(
      outcome.lines == [
        "power,device=d0,port=e0 v\\ x=0.00 0", "power,device=d0 v\\ x=0.25 1000000000",
        "power,device=d0,port=e2 v\\ x=0.50 2000000000", "power,device=d0 v\\ x=0.75 3000000000",
        "power,device=d0,port=e0 v\\ x=1.3333333333333333 4000000000",
        "power,device=d0 v\\ x=1.123456789012345678 5000000000",
        "power,device=d0,port=e2 v\\ x=\"n/a\" 6000000000", "power,device=d0 v\\ x=1.75 7000000000",
      ])
    #expect(outcome.plan.measurement == "power" && outcome.plan.tags == ["port"] && outcome.plan.said == "v x number")
  }

  @Test func aPartOfATableOfOursIsNoReadings() throws {
    let file = try ImportedFile("07-qn-01-42.parquet", Self.part(table: "events", rows: 1, perGroup: 1))
    #expect(
      file.failure()
        == "cannot import FILE: it is a part of 'events', a table of ours; if its rows are readings name them by "
        + "--measurement")
    #expect(try file.read { $0.measurement = "events" }.rows == 1)
  }

  @Test(arguments: [1, 7, 64, 100, 1_000])
  func manyRowGroupsAreReadWindowByWindow(windowRows: Int) throws {
    let file = try ImportedFile("x.parquet", Self.part(table: "power", rows: 250, perGroup: 100))
    var source = try ParquetFile(file.path, ImportOptions(), windowRows: windowRows)
    #expect(source.progress == (0, 250))
    let piece = try #require(try source.next())
    #expect(piece.rows == 250 && piece.places == 1...250 && source.progress == (250, 250))
    #expect(try source.next() == nil)
    let lines = String(decoding: piece.lines, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 250 && Set(lines).count == 250)
    #expect(lines.last == "power,device=d24 v\\ x=62.25 249000000000")
  }

  @Test func piecesAreBounded() throws {
    let schema = ParquetSchema(columns: [
      ColumnSchema(name: "time", type: .timestampMillis, isOptional: false),
      ColumnSchema(name: "note", type: .string, isOptional: false),
    ])
    var writer = ParquetWriter(schema: schema)
    let text = String(repeating: "x", count: 50_000)
    writer.append(
      [
        ColumnData(values: .int64((0..<50).map { $0 })),
        ColumnData(values: .string(StringColumn((0..<50).map { _ in text }))),
      ], rowCount: 50)
    let outcome = try ImportedFile("x.parquet", writer.finish()).read { $0.device = "a" }
    #expect(outcome.rows == 50 && outcome.pieces == 3 && outcome.longest <= 1 << 20)
  }

  @Test(arguments: 0..<24)
  func damageIsSurvived(seed: UInt64) throws {
    let files = [
      ForeignRows.arrow, ForeignRows.versionTwo, ForeignRows.duckTwo, ForeignRows.polars, ForeignRows.nested,
      ForeignRows.int96,
    ]
    var mutation = Mutation(seed: seed)
    for _ in 0..<25 {
      let file = try ImportedFile("m.parquet", mutation.damage(files[Int(seed) % files.count]))
      _ = file.failure {
        $0.device = "a"
        $0.skipped = ["l", "s"]
      }
    }
  }
}
