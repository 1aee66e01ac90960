import Mutation
import Testing

@testable import Parquet

@Suite struct ThriftTests {
  @Test func whatIsWrittenIsRead() throws {
    var writer = ThriftWriter()
    writer.structure {
      $0.bool(1, true)
      $0.bool(2, false)
      $0.byte(3, -5)
      $0.i16(4, .min)
      $0.i32(5, .max)
      $0.i64(6, .min)
      $0.binary(100, "tên".utf8)
      $0.list(101, of: .i64, count: 20)
      for number in 0..<20 { $0.integer(Int64(number) * -1_000_000_007) }
      $0.structure(3_000) { $0.i32(1, 7) }
    }
    var reader = ThriftReader(writer.bytes, thing: "test")
    var field = ThriftField()
    var seen: [Int16] = []
    while try reader.next(&field) {
      seen.append(field.id)
      switch field.id {
      case 1: #expect(field.type == .yes)
      case 2: #expect(field.type == .no)
      case 3: #expect(try reader.byte() == UInt8(bitPattern: -5))
      case 5: #expect(try reader.i32() == .max)
      case 6: #expect(try reader.i64() == .min)
      case 100: #expect(try reader.string() == "tên")
      case 101:
        #expect(try reader.list(of: .i64) == 20)
        for number in 0..<20 { #expect(try reader.i64() == Int64(number) * -1_000_000_007) }
      default: try reader.skip(field.type)
      }
    }
    #expect(seen == [1, 2, 3, 4, 5, 6, 100, 101, 3_000])
    #expect(reader.position == writer.bytes.count)
  }

  @Test func everythingCanBeSkipped() throws {
    // Field 1: a map of strings to lists; field 2: a double; field 3: a set of structures; then the end.
    let bytes: [UInt8] = [
      0x1B, 0x01, 0x89, 0x01, 0x61, 0x25, 0x02, 0x04, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x1A, 0x2C, 0x00, 0x11, 0x00, 0x00,
    ]
    var reader = ThriftReader(bytes, thing: "test")
    try reader.skip(.structure)
    #expect(reader.position == bytes.count)
    for length in 0..<bytes.count {
      var cut = ThriftReader(Array(bytes[0..<length]), thing: "test")
      #expect(throws: ParquetError.self) { try cut.skip(.structure) }
    }
  }

  @Test(arguments: [
    ([0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00] as [UInt8], "a length of 4294967295 in 1 bytes"),
    ([0x19, 0xF6, 0xFF, 0xFF, 0x7F, 0x00], "a length of 2097151 in 1 bytes"),
    ([0x19, 0xE6, 0x00], "a list of 14 in 1 bytes"),
    ([0x1D], "a field of unknown type 13"),
    ([0x16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "a number beyond 64 bits"),
    ([0x16], "it ends early"),
  ])
  func nonsenseIsRefused(bytes: [UInt8], cause: String) {
    var reader = ThriftReader(bytes, thing: "footer")
    let error = #expect(throws: ParquetError.self) { try reader.skip(.structure) }
    #expect(error?.description == "cannot read parquet footer: \(cause)")
  }

  @Test func nestingIsBounded() {
    var lists = ThriftReader([UInt8](repeating: 0x19, count: 100_000), thing: "test")
    #expect(throws: ParquetError.self) { try lists.skip(.list) }
    var structures = ThriftReader([UInt8](repeating: 0x1C, count: 100_000), thing: "test")
    #expect(throws: ParquetError.self) { try structures.skip(.structure) }
  }

  @Test func numbersThatDoNotFitAreRefused() {
    var writer = ThriftWriter()
    writer.integer(1 << 40)
    var reader = ThriftReader(writer.bytes, thing: "test")
    #expect(throws: ParquetError.self) { try reader.i32() }
    var negative = ThriftWriter()
    negative.integer(-1)
    var size = ThriftReader(negative.bytes, thing: "test")
    #expect(throws: ParquetError.self) { try size.size() }
  }

  @Test func randomBytesAreSurvived() {
    var random = SeededRandom(9)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      var reader = ThriftReader(bytes, thing: "test")
      try? reader.skip(.structure)
      #expect(reader.position <= bytes.count)
      var footer = ThriftReader(bytes, thing: "test")
      var digitsAt: Int?
      _ = try? FileMetadata(reading: &footer, digitsAt: &digitsAt)
    }
  }
}
