import Mutation
import Testing

@testable import Parquet

@Suite struct KernelTests {
  private static let shapes = [
    DeltaShape.standard, DeltaShape(blockValues: 4_096, miniblocks: 64, widthRun: 64),
    DeltaShape(blockValues: 128, miniblocks: 2, widthRun: 2),
    DeltaShape(blockValues: 1_024, miniblocks: 16, widthRun: 2, widthStep: 4),
    DeltaShape(blockValues: 1_024, miniblocks: 32, widthStep: 8),
    DeltaShape(blockValues: 128, miniblocks: 2, widthRun: 2, widthStep: 8),
    DeltaShape(blockValues: 256, miniblocks: 8, widthRun: 4, widthStep: 64),
  ]

  private func input<Result>(
    _ bytes: [UInt8], _ body: (inout PageInput) throws(DecodingFlaw) -> Result
  ) throws(DecodingFlaw) -> Result {
    var outcome: Swift.Result<Result, DecodingFlaw>?
    bytes.withUnsafeBytes {
      var input = PageInput($0)
      do throws(DecodingFlaw) { outcome = .success(try body(&input)) } catch { outcome = .failure(error) }
    }
    return try outcome!.get()
  }

  private func bytes(_ scratch: ByteScratch) -> [UInt8] {
    scratch.withBytes { Array($0) }
  }

  @Test(arguments: shapes, [0, 1, 2, 32, 33, 128, 129, 130, 1_025, 5_000])
  func deltasComeBack(shape: DeltaShape, count: Int) throws {
    var random = SeededRandom(UInt64(count))
    for bits in [0, 1, 7, 31, 57, 58, 63, 64] {
      let mask = bits == 0 ? 0 : UInt64.max >> UInt64(64 - bits)
      let values = (0..<count + 3).map { _ in Int64(bitPattern: random.next() & mask) }
      var page = ByteScratch()
      DeltaEncoder.encode(values, 2..<count + 2, shape: shape, to: &page)
      let decoded = try input(bytes(page)) { input throws(DecodingFlaw) in
        let decoded = try DeltaDecoder.decode(&input, count: count)
        #expect(input.left == 0)
        return decoded
      }
      #expect(decoded == Array(values[2..<count + 2]))
    }
  }

  /// Parts that were written before miniblocks were bounded have one of 128 or of 4,096 values.
  @Test(arguments: [128, 4_096])
  func largeMiniblocksAreRead(values: Int) throws {
    var page = ByteScratch()
    for number in [values, 1, values + 1, 0, 1] { page.append(varint: UInt64(number)) }
    page.append(8)
    for index in 0..<values { page.append(UInt8(truncatingIfNeeded: index)) }
    let decoded = try input(bytes(page)) { input throws(DecodingFlaw) in
      try DeltaDecoder.decode(&input, count: values + 1)
    }
    // The lowest difference is -1 (zigzag 1), and so each is one less than its byte.
    var wanted: [Int64] = [0]
    for index in 0..<values { wanted.append(wanted[index] + Int64(index % 256) - 1) }
    #expect(decoded == wanted)
  }

  @Test func triedShapesCanBeSkippedByEveryReader() {
    for shape in DeltaShape.tried { #expect([32, 64].contains(shape.miniblockValues)) }
  }

  /// The example of the format's document (Encodings.md).
  @Test func deltasAreWrittenAsTheFormatSays() {
    var page = ByteScratch()
    DeltaEncoder.encode([7, 5, 3, 1, 2, 3, 4, 5], 0..<8, shape: .standard, to: &page)
    // 128 values, 4 miniblocks, 8 in all, first 7; lowest difference -2, widths 2 0 0 0; then 0 0 0 3 3 3 3.
    #expect(bytes(page) == [0x80, 0x01, 0x04, 0x08, 0x0E, 0x03, 0x02, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [1, 2, 3, 5, 8, 10, 17, 31, 32])
  func runsComeBack(width: Int) throws {
    var random = SeededRandom(UInt64(width))
    for _ in 0..<40 {
      var numbers: [UInt32] = []
      while numbers.count < 700 {
        let number = UInt32(truncatingIfNeeded: random.next() & (1 << UInt64(width) - 1))
        let length = Bool.random(using: &random) ? 1 : Int.random(in: 1..<90, using: &random)
        numbers += repeatElement(number, count: length)
      }
      let range = Int.random(in: 0..<20, using: &random)..<Int.random(in: 20..<700, using: &random)
      var page = ByteScratch()
      RunLengthEncoder.encode(numbers, range, width: width, to: &page)
      let decoded = try input(bytes(page)) { input throws(DecodingFlaw) in
        let decoded = try RunLengthDecoder.decode(&input, count: range.count, width: width)
        #expect(input.left == 0)
        return decoded
      }
      #expect(decoded == Array(numbers[range]))
    }
  }

  @Test func levelsComeBack() throws {
    var random = SeededRandom(5)
    for _ in 0..<300 {
      var flags: [Bool] = []
      while flags.count < 300 {
        flags += repeatElement(Bool.random(using: &random), count: Int.random(in: 1..<120, using: &random))
        flags += (0..<Int.random(in: 0..<20, using: &random)).map { _ in Bool.random(using: &random) }
      }
      let range = Int.random(in: 0..<20, using: &random)..<Int.random(in: 20..<300, using: &random)
      var page = ByteScratch()
      RunLengthEncoder.encodeLevels(flags, range, to: &page)
      let decoded = try input(bytes(page)) { input throws(DecodingFlaw) in
        let decoded = try RunLengthDecoder.decodeLevels(&input, count: range.count)
        #expect(input.left == 0)
        return decoded
      }
      #expect(decoded == Array(flags[range]))
    }
  }

  /// DuckDB fills the last run up to 256 values, however few are left.
  @Test func groupsThatStandForNothingArePassedOver() throws {
    let page: [UInt8] = [32 << 1 | 1, 0b101] + [UInt8](repeating: 0xFF, count: 31)
    let flags = try input(page) { input throws(DecodingFlaw) in
      let flags = try RunLengthDecoder.decodeLevels(&input, count: 3)
      #expect(input.left == 0)
      return flags
    }
    #expect(flags == [true, false, true])
    #expect(throws: DecodingFlaw.endsEarly) {
      try input(page.dropLast()) { input throws(DecodingFlaw) in try RunLengthDecoder.decodeLevels(&input, count: 3) }
    }
  }

  @Test func levelsThatAreAlikeAreShort() {
    var page = ByteScratch()
    RunLengthEncoder.encodeLevels(nil, 0..<20_480, to: &page)
    #expect(page.count == 4)
    page.removeAll()
    RunLengthEncoder.encodeLevels(Array(repeating: false, count: 20_480), 0..<20_480, to: &page)
    #expect(page.count == 4)
  }

  /// The example of the format's document: 0 to 7 in three bits each.
  @Test func numbersArePackedAsTheFormatSays() {
    var page = ByteScratch()
    RunLengthEncoder.encode([0, 1, 2, 3, 4, 5, 6, 7], 0..<8, width: 3, to: &page)
    #expect(bytes(page) == [0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010])
  }

  @Test func damagedPagesAreRefused() {
    var random = SeededRandom(6)
    var page = ByteScratch()
    let values = (0..<300).map { _ in Int64.random(in: 0..<1_000, using: &random) }
    DeltaEncoder.encode(values, values.indices, shape: .standard, to: &page)
    let whole = bytes(page)
    for length in 0..<whole.count {
      #expect(throws: DecodingFlaw.self) {
        try input(Array(whole[0..<length])) { input throws(DecodingFlaw) in try DeltaDecoder.decode(&input, count: 300)
        }
      }
    }
    for _ in 0..<5_000 {
      let noise = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      _ = try? input(noise) { input throws(DecodingFlaw) in try DeltaDecoder.decode(&input, count: 300) }
      for width in [0, 1, 7, 32] {
        let read = try? input(noise) { input throws(DecodingFlaw) in
          try RunLengthDecoder.decode(&input, count: 300, width: width)
        }
        if let read { #expect(read.count == 300) }
      }
      _ = try? input(noise) { input throws(DecodingFlaw) in try RunLengthDecoder.decodeLevels(&input, count: 300) }
    }
  }

  @Test func impossibleShapesAreRefused() {
    for header: [UInt8] in [[0, 4, 1, 0], [0x80, 1, 0, 1, 0], [0x80, 1, 3, 1, 0], [0x80, 1, 8, 1, 0]] {
      #expect(throws: DecodingFlaw.badShape) {
        try input(header) { input throws(DecodingFlaw) in try DeltaDecoder.decode(&input, count: 1) }
      }
    }
    #expect(throws: DecodingFlaw.badCount) {
      try input([0x80, 1, 4, 2, 0]) { input throws(DecodingFlaw) in try DeltaDecoder.decode(&input, count: 1) }
    }
  }
}
