import Gzip
import Zstd

/// How a body is packed for its way (RFC 9110 section 8.4.1).
enum ContentCoding: String, CaseIterable {
  case identity, gzip, zstd

  private static let gzipLevel: Int32 = 5
  private static let zstdLevel: Int32 = 3

  func encoded(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .identity: return bytes
    case .gzip: return Gzip.compressed(bytes, level: Self.gzipLevel)
    case .zstd:
      var packed: [UInt8] = []
      _ = bytes.withUnsafeBytes { ZstdCodec().compress($0, level: Self.zstdLevel, appendingTo: &packed) }
      return packed
    }
  }
}
