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
}
