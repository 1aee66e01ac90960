import Gzip
import Primitives
import Zstd

/// Makes an answer's pieces, packed as its client takes them. One thread at a time, not always the same: whoever sends
/// asks for the next one when the last has gone.
final class PieceMaker: @unchecked Sendable {
  private var source: any PieceSource
  private let packing: Packing
  private var isAtEnd = false

  /// One packed body under way.
  enum Packing {
    case identity
    case gzip(GzipStream)
    case zstd(ZstdStream)

    init(_ coding: ContentCoding) {
      switch coding {
      case .identity: self = .identity
      case .gzip: self = .gzip(GzipStream(level: ContentCoding.gzipLevel))
      case .zstd: self = .zstd(ZstdStream(level: ContentCoding.zstdLevel))
      }
    }

    func pack(_ bytes: [UInt8], isLast: Bool, to output: inout [UInt8]) {
      switch self {
      case .identity: output += bytes
      case .gzip(let stream): stream.compress(bytes, isLast: isLast, appendingTo: &output)
      case .zstd(let stream): stream.compress(bytes, isLast: isLast, appendingTo: &output)
      }
    }
  }

  init(_ source: any PieceSource, coding: ContentCoding) {
    self.source = source
    packing = Packing(coding)
  }

  /// The next piece; nil at the end.
  func next() throws -> [UInt8]? {
    if isAtEnd { return nil }
    var output: [UInt8] = []
    while output.isEmpty && !isAtEnd {
      var bytes: [UInt8] = []
      isAtEnd = try !source.next(to: &bytes)
      packing.pack(bytes, isLast: isAtEnd, to: &output)
    }
    return output.isEmpty ? nil : output
  }
}
