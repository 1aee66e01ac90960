import Checksum
import Primitives

/// The layout that is drawn at the top of `JournalWriter`, as code.
enum JournalFormat {
  static let version: UInt32 = 1
  /// "ThiNaiJ1", read as a little-endian word.
  static let magic: UInt64 = 0x314A_6961_4E69_6854
  /// Starts each frame. Its bytes are neither text nor small numbers, so that payloads seldom hold it.
  static let marker: UInt64 = 0xF7A1_9EC3_D80B_6E95
  static let fileHeaderBytes = 48
  static let frameHeaderBytes = 40
}

/// The first bytes of a segment's file.
struct JournalFileHeader: Equatable {
  var version: UInt32
  var lane: UInt32
  var segment: UInt64
  var createdAt: UnixNanos
  /// Chosen at random for this file and repeated in each frame: so a payload cannot hold what looks like a frame.
  var salt: UInt64

  init(lane: UInt32, segment: UInt64, createdAt: UnixNanos, salt: UInt64) {
    self.version = JournalFormat.version
    self.lane = lane
    self.segment = segment
    self.createdAt = createdAt
    self.salt = salt
  }

  /// nil if it is damaged or no journal's.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= JournalFormat.fileHeaderBytes, bytes.word(0) == JournalFormat.magic,
      bytes.half(40) == CRC32C.of(.init(rebasing: bytes[..<40]))
    else { return nil }
    version = bytes.half(8)
    lane = bytes.half(12)
    segment = bytes.word(16)
    createdAt = Int64(bitPattern: bytes.word(24))
    salt = bytes.word(32)
  }

  /// All of its bytes.
  var encoded: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: JournalFormat.fileHeaderBytes)
    bytes.withUnsafeMutableBytes { target in
      target.store(JournalFormat.magic.littleEndian, 0)
      target.store(version.littleEndian, 8)
      target.store(lane.littleEndian, 12)
      target.store(segment.littleEndian, 16)
      target.store(UInt64(bitPattern: createdAt).littleEndian, 24)
      target.store(salt.littleEndian, 32)
      target.store(CRC32C.of(.init(rebasing: target[..<40])).littleEndian, 40)
    }
    return bytes
  }
}

/// The bytes before each frame's block.
struct JournalFrameHeader {
  var salt: UInt64
  var sequence: UInt64
  var payloadBytes: Int
  var storedBytes: Int
  /// Of the first 32 bytes of the header and the block.
  var frameChecksum: UInt32

  init(salt: UInt64, sequence: UInt64, payloadBytes: Int, storedBytes: Int) {
    self.salt = salt
    self.sequence = sequence
    self.payloadBytes = payloadBytes
    self.storedBytes = storedBytes
    self.frameChecksum = 0
  }

  /// nil if it is damaged, or if no writer made it.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= JournalFormat.frameHeaderBytes, bytes.word(0) == JournalFormat.marker,
      bytes.half(36) == CRC32C.of(.init(rebasing: bytes[..<36]))
    else { return nil }
    salt = bytes.word(8)
    sequence = bytes.word(16)
    payloadBytes = Int(bytes.half(24))
    storedBytes = Int(bytes.half(28))
    frameChecksum = bytes.half(32)
    guard payloadBytes <= Limits.readableFrameBytes, storedBytes <= 2 * Limits.readableFrameBytes else {
      return nil
    }
  }

  /// Header and block together.
  var frameBytes: Int { JournalFormat.frameHeaderBytes + storedBytes }

  /// Writes the header in front of the block that stands in `frame` already.
  func encode(into frame: UnsafeMutableRawBufferPointer) {
    frame.store(JournalFormat.marker.littleEndian, 0)
    frame.store(salt.littleEndian, 8)
    frame.store(sequence.littleEndian, 16)
    frame.store(UInt32(payloadBytes).littleEndian, 24)
    frame.store(UInt32(storedBytes).littleEndian, 28)
    frame.store(Self.checksum(UnsafeRawBufferPointer(frame)).littleEndian, 32)
    frame.store(CRC32C.of(.init(rebasing: frame[..<36])).littleEndian, 36)
  }

  /// Whether header and block belong together and are whole.
  func matches(_ frame: UnsafeRawBufferPointer) -> Bool {
    frame.count == frameBytes && Self.checksum(frame) == frameChecksum
  }

  private static func checksum(_ frame: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    crc.update(.init(rebasing: frame[..<32]))
    crc.update(.init(rebasing: frame[JournalFormat.frameHeaderBytes...]))
    return crc.value
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func word(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  fileprivate func half(_ offset: Int) -> UInt32 {
    UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}

extension UnsafeMutableRawBufferPointer {
  fileprivate func store(_ value: some BitwiseCopyable, _ offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: type(of: value))
  }
}
