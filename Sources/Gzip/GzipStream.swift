import CZlib

/// One gzip member (RFC 1952), made as its content comes. One thread at a time.
///
/// `unsafe` is sound here: zlib's state is on the heap, since zlib remembers where it is, and freed with this object;
/// sizes are those of the buffers.
public final class GzipStream {
  private let stream: UnsafeMutablePointer<z_stream>
  private static let stepBytes = 64 * 1_024

  public init(level: Int32) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard thinai_gzip_begin(stream, level) == Z_OK else {
      fatalError("FATAL: cannot create zlib state: out of memory")
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Takes bytes, and appends what comes out; at the end everything.
  public func compress(_ bytes: [UInt8], isLast: Bool, appendingTo output: inout [UInt8]) {
    bytes.withUnsafeBufferPointer { source in
      stream.pointee.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
      stream.pointee.avail_in = UInt32(source.count)
      var isFull = true
      while isFull {
        let written = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.stepBytes) { target in
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(target.count)
          let status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
          precondition(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, "BUG: zlib's state is broken")
          let written = target.count - Int(stream.pointee.avail_out)
          output.append(contentsOf: target[..<written])
          return written
        }
        isFull = written == Self.stepBytes
      }
    }
  }
}
