import CZlib

/// gzip (RFC 1952) by the system's zlib.
///
/// `unsafe` is sound here: zlib's state is freed on every way out, and what it is told of sizes are those of the buffers,
/// which stay where they are while it works.
public enum Gzip {
  /// The most that zlib is given at once; it counts in 32 bits.
  private static let largestStep = 1 << 30
  private static let outputStep = 64 * 1_024

  /// `bytes` as one gzip member. Grows with what comes out, so that no buffer of the input's size is asked for.
  public static func compressed(_ bytes: [UInt8], level: Int32) -> [UInt8] {
    var stream = z_stream()
    guard thinai_gzip_begin(&stream, level) == Z_OK else {
      fatalError("FATAL: cannot create zlib state: out of memory")
    }
    defer { deflateEnd(&stream) }
    var output: [UInt8] = []
    var step = [UInt8](repeating: 0, count: outputStep)
    bytes.withUnsafeBytes { source in
      var taken = 0
      var status = Z_OK
      while status != Z_STREAM_END {
        let given = min(largestStep, source.count - taken)
        let isLast = taken + given == source.count
        stream.next_in =
          source.isEmpty
          ? nil : UnsafeMutablePointer(mutating: source.baseAddress!.assumingMemoryBound(to: UInt8.self) + taken)
        stream.avail_in = UInt32(given)
        status = write(&stream, isLast ? Z_FINISH : Z_NO_FLUSH, by: &step, to: &output)
        taken += given
      }
    }
    return output
  }

  /// Runs zlib until it has taken its input, and with `Z_FINISH` until all is out.
  private static func write(
    _ stream: inout z_stream, _ flush: Int32, by step: inout [UInt8], to output: inout [UInt8]
  ) -> Int32 {
    while true {
      let (status, written) = step.withUnsafeMutableBufferPointer { target in
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        let status = deflate(&stream, flush)
        return (status, target.count - Int(stream.avail_out))
      }
      precondition(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, "BUG: zlib's state is broken")
      output.append(contentsOf: step.prefix(written))
      if status == Z_STREAM_END || (flush == Z_NO_FLUSH && stream.avail_out > 0) { return status }
    }
  }
}
