import CZstd

/// zstd (RFC 8878) with its working memory kept between calls. One thread at a time.
///
/// `unsafe` is sound here: the contexts are owned by this object and freed with it; sizes handed to the library are
/// those of the buffers.
public final class ZstdCodec {
  private let compressor: OpaquePointer
  private let decompressor: OpaquePointer

  public init() {
    guard let compressor = ZSTD_createCCtx(), let decompressor = ZSTD_createDCtx() else {
      fatalError("FATAL: cannot create zstd context: out of memory")
    }
    self.compressor = compressor
    self.decompressor = decompressor
  }

  deinit {
    ZSTD_freeCCtx(compressor)
    ZSTD_freeDCtx(decompressor)
  }

  /// The most that `byteCount` bytes can become.
  public static func bound(_ byteCount: Int) -> Int {
    ZSTD_compressBound(byteCount)
  }

  /// Compresses `source` as one frame, appended to `destination`. Returns the frame's length.
  @discardableResult
  public func compress(_ source: UnsafeRawBufferPointer, level: Int32, appendingTo destination: inout [UInt8]) -> Int {
    let start = destination.count
    let bound = ZSTD_compressBound(source.count)
    // Growing first and cutting back keeps the array's storage: no second buffer.
    destination.append(contentsOf: repeatElement(0, count: bound))
    let written = destination.withUnsafeMutableBytes { target in
      ZSTD_compressCCtx(compressor, target.baseAddress! + start, bound, source.baseAddress, source.count, level)
    }
    precondition(ZSTD_isError(written) == 0, "BUG: zstd refused a buffer of its own bound")
    destination.removeLast(bound - written)
    return written
  }

  /// Compresses `source` into `destination`, which must hold `bound(source.count)`. Returns the frame's length.
  public func compress(
    _ source: UnsafeRawBufferPointer, level: Int32, into destination: UnsafeMutableRawBufferPointer
  ) -> Int {
    let written = ZSTD_compressCCtx(
      compressor, destination.baseAddress, destination.count, source.baseAddress, source.count, level)
    precondition(ZSTD_isError(written) == 0, "BUG: zstd refused a buffer of its own bound")
    return written
  }

  /// Decompresses one frame whose content is `byteCount` bytes long; nil if it is damaged or of another length.
  public func decompress(_ source: UnsafeRawBufferPointer, byteCount: Int) -> [UInt8]? {
    var whole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { target, filled in
      let read = ZSTD_decompressDCtx(decompressor, target.baseAddress, byteCount, source.baseAddress, source.count)
      whole = ZSTD_isError(read) == 0 && read == byteCount
      filled = whole ? byteCount : 0
    }
    return whole ? bytes : nil
  }
}
