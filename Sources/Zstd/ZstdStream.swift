import CZstd

/// One zstd frame (RFC 8878), made as its content comes. One thread at a time.
///
/// `unsafe` is sound here: the context is owned by this object and freed with it; sizes are those of the buffers.
public final class ZstdStream {
  private let context: OpaquePointer
  private static let stepBytes = 64 * 1_024

  public init(level: Int32) {
    guard let context = ZSTD_createCCtx() else { fatalError("FATAL: cannot create zstd context: out of memory") }
    self.context = context
    let result = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    precondition(ZSTD_isError(result) == 0, "BUG: zstd refused a level")
  }

  deinit { ZSTD_freeCCtx(context) }

  /// Takes bytes, and appends what comes out; at the end everything.
  public func compress(_ bytes: [UInt8], isLast: Bool, appendingTo output: inout [UInt8]) {
    bytes.withUnsafeBytes { source in
      var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
      var isDone = false
      while !isDone {
        withUnsafeTemporaryAllocation(byteCount: Self.stepBytes, alignment: 16) { target in
          var room = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          let rest = ZSTD_compressStream2(context, &room, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
          precondition(ZSTD_isError(rest) == 0, "BUG: zstd's state is broken")
          output.append(contentsOf: target[..<room.pos])
          isDone = isLast ? rest == 0 : input.pos == input.size && room.pos < room.size
        }
      }
    }
  }
}
