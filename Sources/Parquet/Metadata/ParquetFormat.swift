import Primitives

/// What is fixed about the files.
enum ParquetFormat {
  /// At both ends of a file: `PAR1`.
  static let magic: [UInt8] = [0x50, 0x41, 0x52, 0x31]
  /// Magic at the start; length of the footer and magic at the end.
  static let leastBytes = 12
  /// `<application> version <version> (build <build>)`, as old readers parse it.
  static let createdBy = "thinai version 1 (build parquet)"
  /// Whether our writer wrote a file.
  ///
  /// A few flipped bits, in its name or in what says that this is the name, must not make another program's file of it,
  /// whose footer nobody checks: the checksum names the damage then. So a name that nearly stands near the footer's end,
  /// where our writer puts it, counts too.
  static func isOurs(_ name: String?, footer: [UInt8]) -> Bool {
    if name == createdBy { return true }
    let own = Array(createdBy.utf8)
    let tail = footer.suffix(nameTailBytes)
    guard tail.count >= own.count else { return false }
    return tail.indices.dropLast(own.count - 1).contains { start in
      var flipped = 0
      for place in own.indices {
        flipped += (tail[start + place] ^ own[place]).nonzeroBitCount
        if flipped > flippedBits { return false }
      }
      return true
    }
  }
  /// Of eight flipped bits in so many octets a checksum of 32 bits misses hardly any.
  private static let flippedBits = 8
  /// Behind the name stand four octets a column.
  private static let nameTailBytes = 4 * Limits.columnsPerTable

  /// The key under which the footer carries checksums: 16 hexadecimal digits, the CRC-32 of the footer (with these
  /// digits as zeros) and that of the page indexes before it. The format itself protects pages only.
  static let checksumKey = "thinai.crc32"

  /// A dictionary's bytes, beyond which a chunk is written PLAIN.
  static let dictionaryBytes = 1 << 20
  /// Bytes of values at which a page of PLAIN strings is closed.
  static let plainPageBytes = 1 << 20

  // What a reader believes of a file that it did not write.
}
