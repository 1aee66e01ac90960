import Mutation
import Parquet
import Primitives
import Rollups
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// Rows as columns of parts, and back.
@Suite struct PartColumnsTests {
  private static let values: [ReadingValue] = [
    .integer(0), .integer(-1), .integer(.max), .integer(.min), .decimal(mantissa: 5, scale: 1),
    .decimal(mantissa: -123_456, scale: 3), .decimal(mantissa: .max, scale: 18), .double(.pi), .double(1e300),
    .double(.nan), .double(-.infinity), .double(-0.0), .boolean(true), .boolean(false), .string(""), .string("đá"),
    .string("1"),
  ]

  private static func text(_ value: ReadingValue) -> String {
    switch value {
    case .integer(let value): "\(value)"
    case .decimal(let mantissa, let scale): scale == 0 ? "\(mantissa)" : "\(mantissa)e-\(scale)"
    case .double(let value): "double \(value)"
    case .boolean(let value): "\(value)"
    case .string(let text): "\"\(text)\""
    }
  }

  /// Cells of one column, and the chunk that has their texts.
  private static func chunk(_ values: [ReadingValue?]) -> RowChunk {
    let rows = values.map { TestRow("d", 0, $0.map { [("v", $0)] } ?? []) }
    let chunk = RowChunk(capacity: max(1, values.count))
    for source in QueryFixture.source(rows, measurement: "m").chunks {
      for row in 0..<source.count { chunk.appendCopy(of: row, from: source) }
    }
    return chunk
  }

  private static func built(_ values: [ReadingValue?], as type: ColumnType) -> FieldColumnBuilder {
    let chunk = chunk(values)
    var cells = ColumnCells(count: values.count)
    cells.takeColumn(0, of: chunk, targets: values.indices.map { UInt32($0) }, from: 0)
    var builder = FieldColumnBuilder(count: values.count, type: type)
    builder.put(cells) { _ in chunk }
    return builder
  }

  /// A number that a row has, of the siblings first.
  private static func number(_ builder: FieldColumnBuilder, _ type: ColumnType, row: Int, count: Int) -> Double? {
    var numbers = FieldNumbers(count: count)
    if let own = builder.primary.finish() { numbers.take(own, role: .field, type: type) }
    for role in [StoredColumn.Role.exact, .text] {
      guard let data = builder.siblings[role]?.finish() else { continue }
      numbers.take(data, role: role, type: role == .exact ? .double : .string)
    }
    return numbers.doubles[row]
  }

  /// Of whatever type a column is, each value is there once and exactly: in it, or in a sibling of its kind.
  @Test(
    arguments: [.int64, .decimal(scale: 0), .decimal(scale: 3), .decimal(scale: 18), .double, .boolean, .string]
      as [ColumnType])
  func eachValueStandsSomewhere(type: ColumnType) {
    let rows = Self.values.map { Optional($0) } + [nil]
    let builder = Self.built(rows, as: type)
    let own = builder.primary.finish()
    for (row, value) in rows.enumerated() {
      let siblings = builder.siblings.filter { $0.value.finish()?.isPresent(at: row) == true }.map(\.key)
      #expect(siblings.count <= 1)
      switch value {
      case nil: #expect(siblings.isEmpty && own?.isPresent(at: row) != true)
      case .string(let text)?:
        let data = type == .string ? own : builder.siblings[.string]?.finish()
        guard case .string(let texts)? = data?.values else {
          Issue.record("\(type) \(text)")
          continue
        }
        #expect(data?.isPresent(at: row) == true && texts.string(at: row) == text)
        #expect(siblings == (type == .string ? [] : [.string]))
      case .boolean(let truth)?:
        let data = type == .boolean ? own : builder.siblings[.boolean]?.finish()
        guard case .boolean(let truths)? = data?.values else {
          Issue.record("\(type) \(truth)")
          continue
        }
        #expect(data?.isPresent(at: row) == true && truths[row] == truth)
      case let value?:
        let wanted = QueryFixture.number(value) ?? .nan
        let found = Self.number(builder, type, row: row, count: rows.count) ?? .nan
        #expect(found == wanted || (found.isNaN && wanted.isNaN), "\(type) \(value)")
      }
    }
  }

  @Test func aColumnWithoutValuesIsNone() {
    for count in [0, 1, 5] {
      let builder = Self.built([ReadingValue?](repeating: nil, count: count), as: .int64)
      #expect(builder.primary.finish() == nil && builder.siblings.isEmpty && builder.primary.count == 0)
    }
    var texts = ValueColumnBuilder(count: 3, type: .string)
    texts.put("", at: 1)
    guard let data = texts.finish(), case .string(let column) = data.values else {
      Issue.record("an empty text is a value")
      return
    }
    #expect(data.isPresent == [false, true, false] && column.string(at: 1) == "" && texts.count == 1)
    // Where every row has a value none is marked.
    #expect(Self.built([.integer(1), .integer(2)], as: .int64).primary.finish()?.isPresent == nil)
  }

  /// Octets that are no UTF-8 become text that is.
  @Test func whatIsNoTextIsRepaired() {
    let chunk = RowChunk(capacity: 1)
    chunk.appendRow(series: 0, time: 0, previous: .max)
    chunk.setString(column: 0, ([0x61, 0xFF, 0xC4] as [UInt8]).span.bytes)
    var builder = ValueColumnBuilder(count: 1, type: .string)
    builder.put(chunk.payload(0, column: 0), of: chunk, at: 0)
    guard case .string(let column)? = builder.finish()?.values else {
      Issue.record("no text")
      return
    }
    #expect(column.string(at: 0) == "a\u{FFFD}\u{FFFD}")
  }

  // MARK: types

  private static func learned(_ values: [ReadingValue?]) -> ColumnType {
    let chunk = chunk(values)
    var learner = TypeLearner()
    var hasValues = false
    chunk.withColumn(0) { hasValues = learner.note($0.tags, $0.payloads) }
    #expect(hasValues == values.contains { $0 != nil })
    return learner.type
  }

  @Test(
    arguments: [
      ([nil], .int64), ([.integer(1)], .int64), ([.integer(.max), nil], .int64), ([.string("")], .string),
      ([.boolean(true)], .boolean), ([.boolean(true), .string("")], .string),
      ([.boolean(true), .integer(1)], .int64), ([.boolean(true), .boolean(false), .integer(1)], .boolean),
      ([.string(""), .integer(1)], .int64), ([.string(""), .string(""), .integer(1)], .string),
      ([.decimal(mantissa: 5, scale: 1)], .decimal(scale: 1)), ([.double(.nan)], .double),
      // A few whole numbers do not tell that there will be no places.
      ([.decimal(mantissa: 5, scale: 0)], .decimal(scale: 3)), ([.decimal(mantissa: 0, scale: 0)], .decimal(scale: 3)),
    ] as [([ReadingValue?], ColumnType)]) func aTypeIsThatOfMostValues(values: [ReadingValue?], type: ColumnType)
  {
    #expect(Self.learned(values) == type)
    #expect(Self.learned(values.reversed()) == type)
  }

  @Test func manyWholeNumbersHaveNoPlaces() {
    let whole = (1...1_000).map { ReadingValue.decimal(mantissa: Int64($0), scale: 0) }
    #expect(Self.learned(whole) == .decimal(scale: 0))
    #expect(Self.learned(Array(whole.dropLast())) == .decimal(scale: 3))
  }

  /// Of a column of very many rows some are looked at, in other places of each chunk; that it has values is never missed.
  @Test func ofManyRowsSomeTellTheType() {
    let chunks = (0..<64).map { number in
      Self.chunk((0..<100).map { .decimal(mantissa: Int64(number * 100 + $0) * 10 + 1, scale: 2) })
    }
    var learner = TypeLearner(rowCount: 50 * Limits.learnedRows)
    for chunk in chunks {
      chunk.withColumn(0) {
        let hasValues = learner.note($0.tags, $0.payloads)
        #expect(hasValues)
      }
    }
    #expect(learner.type == .decimal(scale: 2))
    // One value in the last row, and chunks of one row.
    var lone: [ReadingValue?] = Array(repeating: nil, count: 99)
    lone.append(.string("x"))
    var single = TypeLearner(rowCount: 50 * Limits.learnedRows)
    for values in [lone, [nil], [.string("y")], [nil, nil, .string("z")]] as [[ReadingValue?]] {
      Self.chunk(values).withColumn(0) {
        let hasValues = single.note($0.tags, $0.payloads)
        #expect(hasValues == values.contains { $0 != nil })
      }
    }
    #expect(single.type == .string)
  }

  @Test func aTypeOnlyGoesUp() {
    let types: [ColumnType] = [.int64, .decimal(scale: 0), .decimal(scale: 1), .decimal(scale: 18), .double]
    for (low, left) in types.enumerated() {
      for (high, right) in types.enumerated() {
        #expect(TypeNeeds.higher(left, right) == types[max(low, high)])
      }
      for other in [ColumnType.boolean, .string, .timestampMillis] {
        #expect(TypeNeeds.higher(left, other) == nil && TypeNeeds.higher(other, left) == nil)
      }
    }
  }

  @Test(
    arguments: [
      (.int64, .integer), (.timestampMillis, .integer), (.timestampMicros, .integer), (.decimal(scale: 0), .decimal),
      (.double, .double), (.boolean, .boolean), (.string, .string),
    ] as [(ColumnType, FieldType)]) func aClientIsToldWhatAColumnHolds(type: ColumnType, told: FieldType)
  {
    #expect(FieldType(type) == told)
    let tags: [ValueTag] = [.integer, .decimal(scale: 7), .double, .boolean, .string]
    #expect(tags.map { FieldType($0) } == [.integer, .decimal, .double, .boolean, .string])
  }

  // MARK: parts

  private func withCatalogue(_ body: (CatalogueFixture, Catalogue) throws -> Void) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    try body(fixture, try fixture.open())
  }

  /// What is sealed comes back as it was sent, in every form of values, with tags and arrival times.
  @Test(arguments: [1, 2, 3] as [UInt64]) func rowsComeBackAsTheyWere(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var rows: [TestRow] = []
    for second in 0..<120 {
      var fields: [(String, ReadingValue)] = []
      for name in ["v", "V", "odd name", ""] where Bool.random(using: &random) {
        fields.append((name, Self.values.randomElement(using: &random) ?? .integer(0)))
      }
      let tags = second % 3 == 0 ? [] : [SeriesKey.Tag(name: "port", value: "\(second % 3)")]
      rows.append(TestRow("d\(second % 4)", Int64(second - 60) * Nanos.perSecond, fields, tags: tags))
    }
    try withCatalogue { _, catalogue in
      let name = TableName.readings("m")
      try catalogue.seal(
        [TableRows(table: name, rows: QueryFixture.source(rows, measurement: "m"))], transactions: [])
      let table = try #require(catalogue.table(name))
      for fields in [nil, ["v"], [], ["none", ""]] as [[String]?] {
        for devices in [nil, ["d1"], [], ["none", "d0"]] as [Set<String>?] {
          for times in [nil, -5_000..<7_001] as [Range<Int64>?] {
            var found: [String] = []
            for part in table.parts {
              let source = try catalogue.stored.scan(
                part.path, of: table, devices: devices, times: times, fields: fields)
              found += Self.texts(source)
            }
            let truth = rows.filter { row in
              (devices?.contains(row.device) ?? true)
                && (times?.contains(row.time / Nanos.perMillisecond) ?? true)
            }.map { row in
              Self.text(
                row.device, row.tags, row.time / Nanos.perMillisecond,
                row.fields.filter { fields?.contains($0.name) ?? true })
            }
            #expect(found.sorted() == truth.sorted())
            #expect(try Self.pieces(catalogue, table, devices, times, fields).sorted() == truth.sorted())
          }
        }
      }
    }
  }

  /// The same rows as they come piece by piece.
  private static func pieces(
    _ catalogue: Catalogue, _ table: TableState, _ devices: Set<String>?, _ times: Range<Int64>?, _ fields: [String]?
  ) throws -> [String] {
    var found: [String] = []
    for part in table.parts {
      var request = ScanRequest(table: table.name, path: part.path, devices: devices, fields: fields)
      if let times {
        request.from = times.lowerBound * Nanos.perMillisecond
        request.to = times.upperBound * Nanos.perMillisecond
      }
      try catalogue.scan(request) { found += texts($0) }
    }
    return found
  }

  private static func text(
    _ device: String, _ tags: [SeriesKey.Tag], _ time: Int64, _ fields: [(name: String, value: ReadingValue)]
  ) -> String {
    "\(device) \(tags.map { $0.name + "=" + $0.value }) \(time) "
      + fields.map { "\($0.name)=\(canonical($0.value))" }.sorted().joined(separator: " ")
  }

  /// Equal numbers are one text, whatever their form.
  private static func canonical(_ value: ReadingValue) -> String {
    let chunk = chunk([value])
    let tag = chunk.tag(0, column: 0)
    if tag == .string || tag == .boolean { return text(value) }
    let one = DecimalNumber.canonical(tag: tag, payload: chunk.payload(0, column: 0))
    return "\(one.tag.rawValue) \(one.payload)"
  }

  private static func texts(_ source: RowSource) -> [String] {
    source.chunks.flatMap { chunk in
      (0..<chunk.count).map { row in
        let key = source.series[chunk.series(row)]
        let fields = source.fields.enumerated().compactMap { column, field in
          ReadingValue(chunk, row: row, column: column).map { (name: field.name, value: $0) }
        }
        return text(key.device, key.tags, chunk.time(row), fields)
      }
    }
  }

  /// Rows of few devices come from columns that are kept: the second time, and of their neighbours, too.
  @Test func columnsThatAreKeptSayTheSame() throws {
    try withCatalogue { _, catalogue in
      let name = TableName.readings("m")
      let rows = (0..<50).flatMap { device in
        (0..<9).map { TestRow("d\(device)", Int64($0) * Nanos.perSecond, [("v", .integer(Int64(device * 9 + $0)))]) }
      }
      try catalogue.seal(
        [TableRows(table: name, rows: QueryFixture.source(rows, measurement: "m"))], transactions: [])
      let table = try #require(catalogue.table(name))
      for _ in 0..<2 {
        for device in 0..<50 {
          let source = try catalogue.scan(table.parts[0], of: table, devices: ["d\(device)"])
          let found = source.chunks.flatMap { chunk in (0..<chunk.count).map { chunk.payload($0, column: 0) } }
          #expect(found == (0..<9).map { Int64(device * 9 + $0) })
        }
      }
      #expect(try catalogue.scan(table.parts[0], of: table, devices: ["none"]).rowCount == 0)
    }
  }

  @Test func aColumnIsDecodedOnceAndNotKeptIfItFails() throws {
    let cache = ColumnCache()
    var decoded = 0
    func column(_ key: ColumnCache.Key, _ values: [Int64]) -> [Int64] {
      let data = cache.column(key) {
        decoded += 1
        return ColumnData(values: .int64(values))
      }
      if case .int64(let found) = data.values { return found }
      return []
    }
    let key = ColumnCache.Key(path: "p", rowGroup: 0, column: 0)
    #expect(throws: CancellationError.self) { try cache.column(key) { throw CancellationError() } }
    for _ in 0..<3 { #expect(column(key, [1, 2, 3]) == [1, 2, 3]) }
    #expect(column(ColumnCache.Key(path: "p", rowGroup: 1, column: 0), []) == [])
    #expect(column(ColumnCache.Key(path: "p", rowGroup: 0, column: 1), [5]) == [5])
    #expect(column(ColumnCache.Key(path: "q", rowGroup: 0, column: 0), [6]) == [6] && decoded == 4)
    // Too large a column is decoded each time, and drives out none of the others.
    let large = [Int64](repeating: 7, count: Limits.columnCacheBytes / 36 + 1)
    let largeKey = ColumnCache.Key(path: "p", rowGroup: 2, column: 0)
    for _ in 0..<2 { #expect(column(largeKey, large).count == large.count) }
    #expect(decoded == 6 && column(key, []) == [1, 2, 3] && decoded == 6)
  }

  @Test func rowsOfAColumnAreThoseOfItsRange() {
    let present = [true, false, true, true]
    let columns: [ColumnValues] = [
      .int64([1, 2, 3, 4]), .double([1, 2, 3, 4]), .boolean([true, false, true, false]),
      .string(StringColumn(["a", nil, "", "a"])),
    ]
    for values in columns {
      let data = ColumnData(values: values, isPresent: present)
      for low in 0...4 {
        for high in low...4 {
          let found = data.rows(low..<high)
          #expect(found.count == high - low && found.isPresent == Array(present[low..<high]))
          if case .string(let texts) = found.values, case .string(let all) = values {
            let rows = (low..<high).filter { present[$0] }
            #expect(rows.map { texts.string(at: $0 - low) } == rows.map { all.string(at: $0) })
          }
        }
      }
    }
  }

  @Test func anOpenPartIsOpenedOnceUntilItIsForgotten() throws {
    try withCatalogue { fixture, catalogue in
      try fixture.seal(catalogue, "m", 0..<5, segment: 1)
      let path = try catalogue.stored.files.path(#require(fixture.files("m").first), of: .readings("m"))
      let cache = PartCache()
      #expect(try cache.reader(path, precision: .milliseconds).rowCount == 5)
      // A part never changes: what is open is read on though its file is gone.
      try FileSystem.unlink(path)
      #expect(try cache.reader(path, precision: .milliseconds).rowCount == 5)
      cache.forget(path + "x")
      #expect(try cache.reader(path, precision: .milliseconds).rowCount == 5)
      cache.forget(path)
      #expect(throws: SystemError.self) { try cache.reader(path, precision: .milliseconds) }
      #expect(throws: SystemError.self) { try cache.reader(path, precision: .milliseconds) }
    }
  }

  @Test func aPartsSchemaIsThatOfItsTable() {
    var schema = TableSchema()
    for (name, type) in [("a", ColumnType.int64), ("b", .string), ("c", .double)] {
      _ = schema.column(wireName: name, role: .field, type: type)
    }
    for used in [[], [1], [0, 2], [0, 1, 2]] {
      let parquet = PartSchema.parquet(schema, used: used, precision: .microseconds)
      #expect(parquet.columns.map(\.name) == ["device", "time", "received"] + used.map { schema.columns[$0].name })
      #expect(parquet.columns.dropFirst(3).map(\.type) == used.map { schema.columns[$0].type })
      #expect(parquet.columns.map(\.isOptional) == [false, false, true] + used.map { _ in true })
      #expect(parquet.columns[1].type == .timestampMicros && parquet.sortedBy == [0, 1])
    }
    for type in [ColumnType.int64, .double, .string, .boolean, .decimal(scale: 3)] {
      let empty = PartSchema.empty(type, 3)
      #expect(empty.count == 3 && empty.nullCount == 3)
      #expect((0..<3).allSatisfy { !empty.isPresent(at: $0) })
    }
  }
}
