import CZlib

/// The CRC-32 of gzip (RFC 1952 section 8, polynomial 0x04C11DB7 reflected), which Parquet's pages carry: zlib's, which
/// takes a page of kilobytes in half the time of eight bytes a step by tables.
public enum CRC32 {
  /// Of `bytes`.
  public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    // The pointer is only read, and not beyond the count; zlib takes a missing one for the start value.
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return 0 }
    return UInt32(crc32_z(0, start.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
