import Testing

@testable import Parquet

struct SnappyTests {
  private func text(_ bytes: [UInt8], _ count: Int) -> String? {
    bytes.withUnsafeBytes { Snappy.decompress($0, byteCount: count) }.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func literalsAndCopiesOfEachKindComeBack() {
    // "abcd", then 4 octets from 4 back with 11 bits, 5 from 8 back with 16 bits, 3 from 1 back with 32 bits.
    let bytes: [UInt8] =
      [16, 3 << 2] + Array("abcd".utf8) + [0b000_000_01, 4, 4 << 2 | 2, 8, 0, 2 << 2 | 3, 1, 0, 0, 0]
    #expect(text(bytes, 16) == "abcdabcdabcdaaaa")
    let long = String(repeating: "x", count: 100)
    #expect(text([100, 60 << 2, 99] + Array(long.utf8), 100) == long)
  }

  /// Whatever is damaged is refused, and nothing is read or written beyond the bytes.
  @Test func damageIsRefused() {
    let whole: [UInt8] =
      [16, 3 << 2] + Array("abcd".utf8) + [0b000_000_01, 4, 4 << 2 | 2, 8, 0, 2 << 2 | 3, 1, 0, 0, 0]
    for end in 0..<whole.count { #expect(text(Array(whole[..<end]), 16) == nil) }
    #expect(text(whole, 15) == nil && text(whole, 17) == nil)
    #expect(text([4, 0b000_000_01, 1], 4) == nil)
    #expect(text([4, 3 << 2] + Array("abc".utf8), 4) == nil)
    #expect(text([255, 255, 255, 255, 255, 255], 4) == nil)
  }
}
