import Primitives

/// What is fixed about the files.
enum ParquetFormat {
  /// At both ends of a file: `PAR1`.
  static let magic: [UInt8] = [0x50, 0x41, 0x52, 0x31]
  /// Magic at the start; length of the footer and magic at the end.
  static let leastBytes = 12
  /// `<application> version <version> (build <build>)`, as old readers parse it.
  static let createdBy = "thinai version 1 (build parquet)"
  /// The key under which the footer carries checksums: 16 hexadecimal digits, the CRC-32 of the footer (with these
  /// digits as zeros) and that of the page indexes before it. The format itself protects pages only.
  static let checksumKey = "thinai.crc32"

  /// A dictionary's bytes, beyond which a chunk is written PLAIN.
  static let dictionaryBytes = 1 << 20
  /// Bytes of values at which a page of PLAIN strings is closed.
  static let plainPageBytes = 1 << 20

  // What a reader believes of a file that it did not write.
}
