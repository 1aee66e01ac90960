import Mutation
import Primitives
import Testing

@testable import Journal

@Suite struct JournalFormatTests {
  private static let file = JournalFileHeader(lane: 7, segment: 42, createdAt: -5, salt: 0xFEED)

  private static func frame(_ payloadBytes: Int = 100, block: [UInt8] = [1, 2, 3]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: JournalFormat.frameHeaderBytes) + block
    let header = JournalFrameHeader(
      salt: 0xFEED, sequence: 9, payloadBytes: payloadBytes, storedBytes: block.count)
    bytes.withUnsafeMutableBytes { header.encode(into: $0) }
    return bytes
  }

  @Test func fileHeadersComeBack() {
    let bytes = Self.file.encoded
    #expect(bytes.count == JournalFormat.fileHeaderBytes && bytes.starts(with: "ThiNaiJ1".utf8))
    #expect(bytes.withUnsafeBytes { JournalFileHeader($0) } == Self.file)
  }

  @Test func everyBitOfAFileHeaderIsGuarded() {
    let whole = Self.file.encoded
    // The last four octets say nothing.
    for index in whole.indices.dropLast(4) {
      for bit in 0..<8 as Range<UInt8> {
        var bytes = whole
        bytes[index] ^= 1 << bit
        #expect(bytes.withUnsafeBytes { JournalFileHeader($0) } == nil)
      }
    }
    for length in 0..<whole.count { #expect(whole[..<length].withUnsafeBytes { JournalFileHeader($0) } == nil) }
  }

  @Test func framesComeBack() throws {
    let bytes = Self.frame()
    let header = try #require(bytes.withUnsafeBytes { JournalFrameHeader($0) })
    #expect(header.salt == 0xFEED && header.sequence == 9 && header.payloadBytes == 100 && header.storedBytes == 3)
    #expect(header.frameBytes == bytes.count)
    #expect(bytes.withUnsafeBytes { header.matches($0) })
    #expect(!(bytes + [0]).withUnsafeBytes { header.matches($0) })
    #expect(!bytes.dropLast().withUnsafeBytes { header.matches($0) })
  }

  @Test func everyBitOfAFrameIsGuarded() {
    let whole = Self.frame()
    for index in whole.indices {
      for bit in 0..<8 as Range<UInt8> {
        var bytes = whole
        bytes[index] ^= 1 << bit
        let header = bytes.withUnsafeBytes { JournalFrameHeader($0) }
        #expect(!(header.map { header in bytes.withUnsafeBytes { header.matches($0) } } ?? false))
      }
    }
  }

  /// A right checksum makes no frame of a length that no writer writes.
  @Test func lengthsHaveBounds() {
    let most = Limits.readableFrameBytes
    #expect(Self.frame(most).withUnsafeBytes { JournalFrameHeader($0) } != nil)
    #expect(Self.frame(most + 1).withUnsafeBytes { JournalFrameHeader($0) } == nil)
    #expect(Self.frame(Int(UInt32.max)).withUnsafeBytes { JournalFrameHeader($0) } == nil)
  }
}
