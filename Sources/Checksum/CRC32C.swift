import CChecksum

/// The Castagnoli CRC (RFC 3720 section 12.1, polynomial 0x1EDC6F41 reflected), eight bytes a step: by the processor's
/// own instruction where it has one, else by tables.
///
/// `unsafe` is sound here: the tables are filled once before anybody sees them, and never change or go; a table index
/// is a byte.
public struct CRC32C: Sendable, BitwiseCopyable {
  private var state: UInt32 = ~0

  /// Nothing taken in yet.
  public init() {}

  /// Of all bytes taken in so far.
  public var value: UInt32 { ~state }

  private static let isInHardware = cchecksum_has_crc32c() != 0

  /// Takes in `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard Self.isInHardware, let start = bytes.baseAddress else { return updateByTables(bytes) }
    state = cchecksum_crc32c(state, start, bytes.count)
  }

  /// Takes in `bytes` as a processor without the instruction does.
  public mutating func updateByTables(_ bytes: UnsafeRawBufferPointer) {
    let table = Self.tables
    var crc = state
    var index = 0
    let whole = bytes.count & ~7
    while index < whole {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
      crc =
        table[0x700 &+ Int(truncatingIfNeeded: word & 0xFF)]
        ^ table[0x600 &+ Int(truncatingIfNeeded: word >> 8 & 0xFF)]
        ^ table[0x500 &+ Int(truncatingIfNeeded: word >> 16 & 0xFF)]
        ^ table[0x400 &+ Int(truncatingIfNeeded: word >> 24 & 0xFF)]
        ^ table[0x300 &+ Int(truncatingIfNeeded: word >> 32 & 0xFF)]
        ^ table[0x200 &+ Int(truncatingIfNeeded: word >> 40 & 0xFF)]
        ^ table[0x100 &+ Int(truncatingIfNeeded: word >> 48 & 0xFF)]
        ^ table[Int(truncatingIfNeeded: word >> 56)]
      index &+= 8
    }
    while index < bytes.count {
      crc = crc >> 8 ^ table[Int(truncatingIfNeeded: (crc ^ UInt32(bytes[index])) & 0xFF)]
      index &+= 1
    }
    state = crc
  }

  /// Of `bytes` alone.
  public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  /// Table `n` of eight carries a byte over `n` further bytes.
  private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
    let table = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82F6_3B78 }
      (table + byte).initialize(to: crc)
    }
    for index in 256..<8 * 256 {
      let before = table[index - 256]
      (table + index).initialize(to: before >> 8 ^ table[Int(before & 0xFF)])
    }
    return UnsafePointer(table)
  }()
}
