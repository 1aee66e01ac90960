import Checksum
import Mutation
import Testing

@Suite struct CRC32CTests {
  private static func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.of($0) } }

  /// RFC 3720 appendix B.4.
  @Test func knownValues() {
    #expect(Self.crc(Array("123456789".utf8)) == 0xE306_9283)
    #expect(Self.crc([]) == 0)
    #expect(Self.crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(Self.crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(Self.crc(Array(0..<32)) == 0x46DD_794E)
    #expect(Self.crc((0..<32).reversed()) == 0x113F_DB5C)
  }

  @Test func piecesAreTheWhole() {
    var random = SeededRandom(1)
    let bytes = random.octets(100)
    let whole = Self.crc(bytes)
    for cut in 0...100 {
      var crc = CRC32C()
      bytes.withUnsafeBytes { buffer in
        crc.update(.init(rebasing: buffer[..<cut]))
        crc.update(.init(rebasing: buffer[cut...]))
      }
      #expect(crc.value == whole)
    }
  }

  @Test func tablesAndTheProcessorAgree() {
    var random = SeededRandom(2)
    for length in 0..<70 {
      let bytes = random.octets(length)
      var byTables = CRC32C()
      bytes.withUnsafeBytes { byTables.updateByTables($0) }
      #expect(byTables.value == Self.crc(bytes))
    }
  }
}
