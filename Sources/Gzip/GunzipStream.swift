import CZlib

/// The content of a gzip file (RFC 1952), taken out piece by piece; of several members one behind the other. One thread
/// at a time.
///
/// `unsafe` is sound here: zlib's state is on the heap, since zlib remembers where it is, and freed with this object;
/// sizes are those of the buffers, and what was written of the target is told.
public final class GunzipStream {
  private let stream: UnsafeMutablePointer<z_stream>
  /// Nothing more comes: the file is over, or it is none any more.
  public private(set) var isOver = false
  /// What is behind the last octet that was taken out makes no sense.
  public private(set) var isDamaged = false

  public init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard thinai_gunzip_begin(stream) == Z_OK else { fatalError("FATAL: cannot create zlib state: out of memory") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Takes some of `source` and fills some of `target`; how many octets of each.
  public func expand(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> (
    taken: Int, written: Int
  ) {
    if isOver { return (0, 0) }
    let offered = min(source.count, 1 << 30)
    let room = min(target.count, 1 << 30)
    stream.pointee.next_in = source.baseAddress.map {
      UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self))
    }
    stream.pointee.avail_in = UInt32(offered)
    stream.pointee.next_out = target.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) }
    stream.pointee.avail_out = UInt32(room)
    let status = inflate(stream, Z_NO_FLUSH)
    let taken = offered - Int(stream.pointee.avail_in)
    if status == Z_STREAM_END {
      // Another member may follow; what is none is passed over, as gzip does.
      let isFollowed = source.count - taken >= 2 && source[taken] == 0x1F && source[taken + 1] == 0x8B
      if !isFollowed || inflateReset(stream) != Z_OK { isOver = true }
    } else if status != Z_OK && status != Z_BUF_ERROR {
      isOver = true
      isDamaged = true
    }
    return (taken, room - Int(stream.pointee.avail_out))
  }
}
