/// A file that is in memory as a whole.
public struct MemoryBytes: RandomAccessBytes {
  /// The file.
  public let bytes: [UInt8]

  /// The file that these bytes are.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// How long the file is.
  public var byteCount: Int { bytes.count }

  /// The `count` bytes from `offset` on; throws `ParquetError` where they are not.
  public func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      throw ParquetError("bytes \(offset)..+\(count)", "the file has \(bytes.count) bytes")
    }
    return Array(bytes[offset..<offset + count])
  }
}
