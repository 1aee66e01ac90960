/// The CRC-32 of pages (polynomial 0x04C11DB7 reflected, as in gzip, RFC 1952 section 8), eight bytes a step.
///
/// `unsafe` is sound here: the tables are filled once before anybody sees them, and never change or go; a table index
/// is a byte.
struct CRC32: Sendable {
  /// Of `bytes`.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let table = tables
    var crc: UInt32 = ~0
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
    return ~crc
  }

  /// Table `n` of eight carries a byte over `n` further bytes.
  private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
    let table = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
      (table + byte).initialize(to: crc)
    }
    for index in 256..<8 * 256 {
      let before = table[index - 256]
      (table + index).initialize(to: before >> 8 ^ table[Int(before & 0xFF)])
    }
    return UnsafePointer(table)
  }()
}
