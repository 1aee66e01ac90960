import Mutation
import Parquet
import Telemetry
import Testing

@testable import Lagoon

/// Names from the wire on the disk: no two become one, none leaves its folder, and all come back.
@Suite struct NamesTests {
  private static let names = [
    "rain", "Rain", "RAIN", "", ".", "..", "_delta_log", "events", "Events", "devices", "rollups_5m", "a/b", "a\\b",
    "a b",
    "%", "%41", "A", "mưa", "\u{1}", "date=2026", "a.parquet", "😀", "-", "~", "CON", "a:b",
    String(repeating: "x", count: 512), String(repeating: "ư", count: 256), String(repeating: "x", count: 511) + "y",
  ]

  @Test func foldersOfMeasurements() {
    var folders: [String: String] = [:]
    for name in Self.names {
      let folder = TableName.readings(name).directoryName
      #expect(folders.updateValue(name, forKey: folder) == nil, "\(name)")
      #expect(
        !folder.isEmpty && folder.utf8.count <= 255 && !folder.contains("/") && !".,_".contains(folder.first ?? "."))
      #expect(!TableName.reserved.contains(folder.lowercased()))
      let back = TableName(directoryName: folder).named(oneOf: Self.names, folder: folder)
      #expect(back == .readings(name))
    }
    for own in [TableName.events, .devices, .rollups(.fiveMinutes), .rollups(.hour)] {
      #expect(TableName(directoryName: own.directoryName) == own)
    }
  }

  @Test func anythingDecodes() {
    var mutation = Mutation(seed: 1)
    for _ in 0..<3_000 {
      let name = String(decoding: mutation.damage(Array("m%C6%B0a/quy-nh%C6%A1n_%".utf8)), as: UTF8.self)
      let folder = PathName.encode(PathName.decode(name), reserved: TableName.reserved)
      #expect(!folder.isEmpty && !folder.contains("/") && folder.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    }
  }

  @Test func columnsDifferWhateverTheCase() {
    var schema = TableSchema()
    var names: Set<String> = TableSchema.fixedNames
    for name in Self.names + ["time", "device", "TIME", "v__field", "v"] {
      for role in [StoredColumn.Role.field, .tag, .exact, .text] {
        let number = schema.column(wireName: name, role: role, type: .string)
        #expect(schema.column(wireName: name, role: role, type: .int64) == number)
        let column = schema.columns[number]
        #expect(names.insert(column.name.lowercased()).inserted, "\(name) \(role)")
        #expect(column.wireName == name && column.role == role && !column.name.isEmpty)
        #expect(column.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F })
      }
    }
    #expect(ColumnName.unique("v", taken: ["v", "v__2"]) == "v__3")
    #expect(schema.siblingsLast(of: "v").map(\.role) == [.field, .exact, .text])
    #expect(schema.fields.count == Self.names.count + 5)
  }

  @Test func partsNamesSayTheirNodeAndNumber() {
    for (name, node, sequence) in [
      ("07-qn-01-42.parquet", "qn-01", 42), ("00-n-0.parquet", "n", 0),
      ("23-a-b-c-9007199254740991.parquet", "a-b-c", 9_007_199_254_740_991),
    ] as [(String, String, UInt64)] {
      let found = PartName(name)
      #expect(found?.node == node && found?.sequence == sequence)
    }
    for name in [
      "", ".parquet", "-1.parquet", "07-1.parquet", "07-n-.parquet", "07-n-x.parquet", "07-n-1.parquet.tmp",
      "07-n-9007199254740992.parquet", "07-n-18446744073709551616.parquet", "part-00000-c000.snappy.parquet",
    ] {
      #expect(PartName(name) == nil, "\(name)")
    }
  }

  @Test func tablesHaveIdentifiersOfTheirOwn() {
    let ids = (0..<100).map { _ in TableID.random() }
    #expect(Set(ids).count == 100)
    for id in ids {
      let parts = id.split(separator: "-")
      #expect(
        parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts[2].first == "4" && "89ab".contains(parts[3].first ?? " "))
    }
  }

  @Test func tagsOfRollupsComeBack() {
    for tags in [[], [("a", "1")], [("b", "\"\\\n"), ("a", "mưa")]] as [[(String, String)]] {
      let sorted = tags.map { SeriesKey.Tag(name: $0.0, value: $0.1) }.sorted { $0.name < $1.name }
      #expect(RollupTags.tags(of: RollupTags.text(of: sorted)) == sorted)
    }
    for text in ["{", "[]", "7", "{\"a\":1}", "\"x\""] { #expect(RollupTags.tags(of: text).isEmpty) }
  }

  @Test func spansHoldTheirEnds() {
    let span = DeviceSpan(first: Array("b".utf8), last: Array("d".utf8))
    func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }
    #expect(["b", "c", "cz", "d"].allSatisfy { span.contains(bytes($0)) })
    #expect(["", "a", "az", "da", "e"].allSatisfy { !span.contains(bytes($0)) })
    #expect(
      span.overlaps(bytes("a"), bytes("b")) && span.overlaps(bytes("d"), bytes("z"))
        && span.overlaps(bytes("a"), bytes("z")))
    #expect(!span.overlaps(bytes("a"), bytes("az")) && !span.overlaps(bytes("da"), bytes("z")))
  }

  @Test func whatIsMissingIsToldOnceATable() throws {
    var missing = MissingTables()
    #expect(missing.isEmpty)
    missing.note(.readings("rain"), "first")
    missing.note(.readings("rain"), "second")
    missing.note(.events, "third")
    var other = MissingTables()
    other.note(.readings("rain"), "fourth")
    other.note(.readings("wind"), "fifth")
    missing.take(other)
    #expect(missing.all.map { "\($0.table) \($0.cause)" } == ["events third", "rain first", "wind fifth"])
  }

  @Test func sumsOfChunksAreOfNumbersThatAreNumbers() throws {
    let chunk = RowChunk(capacity: 6)
    let values: [(ValueTag, Int64)] = [
      (.integer, 4), (.decimal(scale: 1), 15), (.double, Int64(bitPattern: Double.nan.bitPattern)), (.boolean, 1),
      (.null, 0),
      (.double, Int64(bitPattern: (2.5).bitPattern)),
    ]
    for (index, value) in values.enumerated() {
      chunk.appendRow(series: 0, time: Int64(index), previous: .max)
      if value.0 != .null { chunk.setValue(column: 0, tag: value.0, payload: value.1) }
    }
    let sum = try #require(ChunkSum.of(chunk, column: 0, unitNanos: 1_000_000))
    #expect(sum.readings == 3 && sum.oldest == 0 && sum.newest == 5 && !sum.isWide)
    #expect(ChunkSum.of(RowChunk(capacity: 2), column: 0, unitNanos: 1) == nil)
    #expect(ChunkSum.of(chunk, column: 7, unitNanos: 1)?.readings == 0)
  }
}
