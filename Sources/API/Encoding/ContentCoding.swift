/// How a body is packed for its way (RFC 9110 section 8.4.1).
enum ContentCoding: String, CaseIterable {
  case identity, gzip, zstd

  static let gzipLevel: Int32 = 5
  static let zstdLevel: Int32 = 3

  /// The bytes as one packed body.
  ///
  /// - Parameter check: asked now and then whether it is still wanted.
  func encoded(_ bytes: [UInt8], check: () throws -> Void) throws -> [UInt8] {
    if self == .identity { return bytes }
    let packing = PieceMaker.Packing(self)
    var packed: [UInt8] = []
    var start = 0
    repeat {
      try check()
      let end = min(start + Self.stepBytes, bytes.count)
      packing.pack(Array(bytes[start..<end]), isLast: end == bytes.count, to: &packed)
      start = end
    } while start < bytes.count
    return packed
  }

  private static let stepBytes = 1 << 20
}
