import Checksum
import Mutation
import Testing

@Suite struct CRC32Tests {
  private static func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32.of($0) } }

  @Test func knownValues() {
    #expect(Self.crc(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(Self.crc([]) == 0)
    #expect(CRC32.of(UnsafeRawBufferPointer(start: nil, count: 0)) == 0)
    #expect(Self.crc(Array("The quick brown fox jumps over the lazy dog".utf8)) == 0x414F_A339)
  }

  /// Bit by bit, as its definition has it.
  @Test func itIsThatOfItsPolynomial() {
    var random = SeededRandom(3)
    for length in [1, 7, 8, 9, 63, 64, 65, 1_000, 5_003] {
      let bytes = random.octets(length)
      var crc = ~0 as UInt32
      for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
      }
      #expect(Self.crc(bytes) == ~crc, "\(length)")
    }
  }
}
