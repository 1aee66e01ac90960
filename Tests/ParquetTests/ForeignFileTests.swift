import Parquet
import Testing

@Suite struct ForeignFileTests {
  private static let time: [Int64?] = [0, 1_000, nil, 2_500]

  @Test(arguments: [ForeignFiles.dictionary, ForeignFiles.plain, ForeignFiles.delta])
  func anotherWritersFileIsRead(file: [UInt8]) throws {
    let reader = try ParquetReader(MemoryBytes(file))
    #expect(
      reader.schema.columns.map(\.type) == [.string, .timestampMillis, .int64, .double, .boolean, .decimal(scale: 2)])
    func cells(_ column: Int, _ rows: Range<Int>? = nil) throws -> Cells {
      Cells(try reader.read(column: column, rowGroup: 0, rows: rows))
    }
    #expect(try cells(0) == .string(["a", "b", "b", nil]))
    #expect(try cells(1) == .int64(Self.time))
    #expect(try cells(2) == .int64([1, nil, -3, .max]))
    #expect(try cells(3) == Cells([0.5, .nan, nil, -0.0]))
    #expect(try cells(4) == .boolean([true, false, nil, true]))
    #expect(try cells(5) == .int64([125, nil, -1, 999]))
    #expect(try cells(0, 1..<3) == .string(["b", "b"]))
    #expect(reader.rowGroups[0].columns[2].min == .int64(-3))
    #expect(reader.rowGroups[0].columns[0].nullCount == 1)
    #expect(try reader.pages(column: 1, rowGroup: 0).map(\.rows) == [0..<4])
    try reader.verify()
  }

  @Test func snappyIsRead() throws {
    try ParquetReader(MemoryBytes(ForeignFiles.snappy)).verify()
  }

  @Test(arguments: [
    (ForeignFiles.versionTwoPages, "version 2 data pages"),
    (ForeignFiles.byteStreamSplit, "BYTE_STREAM_SPLIT"), (ForeignFiles.float, "column f: a column float"),
    (ForeignFiles.nested, "nested"), (ForeignFiles.nanoseconds, "timestamp"),
  ])
  func whatIsNotReadIsNamed(file: [UInt8], cause: String) throws {
    let error = #expect(throws: ParquetError.self) {
      try ParquetReader(MemoryBytes(file)).verify()
    }
    #expect(error?.description.contains(cause) == true, "\(error?.description ?? "no error")")
    #expect(error?.description.hasPrefix("cannot read parquet ") == true)
  }

  /// What no part may be is read by who takes files over.
  @Test func moreIsReadForWhoTakesFilesOver() throws {
    func cells(_ file: [UInt8], _ type: ForeignType) throws -> Cells {
      let foreign = try ForeignFile(MemoryBytes(file))
      #expect(foreign.columns.map(\.type) == [type])
      return Cells(try foreign.read(foreign.columns[0], rowGroup: 0, rows: 0..<foreign.rowGroups[0]))
    }
    #expect(try cells(ForeignFiles.versionTwoPages, .integer) == .int64([1, 2, 3]))
    #expect(try cells(ForeignFiles.byteStreamSplit, .integer) == .int64([1, 2, 3]))
    #expect(try cells(ForeignFiles.snappy, .integer) == .int64([1, 2, 3]))
    #expect(try cells(ForeignFiles.float, .float) == Cells([1.5]))
    #expect(try cells(ForeignFiles.nanoseconds, .time(.nanos, isUTC: true)) == .int64([1]))
    let nested = try ForeignFile(MemoryBytes(ForeignFiles.nested))
    #expect(nested.columns.map(\.type) == [.unreadable("nested columns are not supported")])
    #expect(throws: ParquetError.self) { try nested.read(nested.columns[0], rowGroup: 0, rows: 0..<1) }
  }

  @Test(arguments: [ForeignFiles.dictionary, ForeignFiles.plain, ForeignFiles.delta])
  func rowsOfAnyRangeAreTakenOver(file: [UInt8]) throws {
    let foreign = try ForeignFile(MemoryBytes(file))
    #expect(
      foreign.columns.map(\.type) == [
        .text, .time(.millis, isUTC: true), .integer, .double, .boolean, .decimal(scale: 2),
      ])
    let reader = try ParquetReader(MemoryBytes(file))
    for rows in [0..<4, 1..<3, 3..<4, 2..<2] {
      for (index, column) in foreign.columns.enumerated() {
        let own = try reader.read(column: index, rowGroup: 0, rows: rows)
        #expect(Cells(try foreign.read(column, rowGroup: 0, rows: rows)) == Cells(own))
      }
    }
  }
}
