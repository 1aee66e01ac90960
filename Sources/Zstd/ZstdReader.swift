import CZstd

/// The content of zstd frames (RFC 8878), taken out piece by piece. One thread at a time.
///
/// `unsafe` is sound here: the context is owned by this object and freed with it; sizes are those of the buffers, and
/// what was written of the target is told. A frame may ask for a window of 128 MiB at most, libzstd's own bound.
public final class ZstdReader {
  private let context: OpaquePointer
  /// Nothing more comes: what is there is no zstd any more.
  public private(set) var isOver = false
  /// What is behind the last octet that was taken out makes no sense.
  public private(set) var isDamaged = false
  /// Whether the last frame that was begun is over too.
  public private(set) var isBetweenFrames = true

  public init() {
    guard let context = ZSTD_createDCtx() else { fatalError("FATAL: cannot create zstd context: out of memory") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Takes some of `source` and fills some of `target`; how many octets of each.
  public func expand(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> (
    taken: Int, written: Int
  ) {
    if isOver { return (0, 0) }
    var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
    var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
    let rest = ZSTD_decompressStream(context, &output, &input)
    if ZSTD_isError(rest) != 0 {
      isOver = true
      isDamaged = true
    } else if input.pos > 0 || output.pos > 0 {
      isBetweenFrames = rest == 0
    }
    return (input.pos, output.pos)
  }
}
