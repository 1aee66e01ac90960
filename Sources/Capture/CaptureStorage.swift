internal import Gzip
internal import Primitives
internal import Sys
internal import Zstd

/// The bytes of a capture: a mapped file, a copy of what was given, or the part of a compressed file that is being read.
///
/// A compressed file (gzip, zstd) is read through a window that holds the frame that is looked at: a file of any length
/// takes the memory of its longest frame, and no frame may be longer than `Limits.captureWindowBytes`.
///
/// `unsafe` is sound here: the memory is the mapping's, which `owner` keeps as long as this value, or this value's own;
/// it is handed out only as a span that borrows this value, and changed only by calls that change this value. The
/// pointer is kept beside its owner because a span taken from the owner would retain and release it for every frame.
struct CaptureStorage: ~Copyable, @unchecked Sendable {
  private let owner: MappedFile?
  private var base: UnsafeMutableRawPointer?
  private(set) var byteCount: Int
  private var capacity = 0
  private let isOwn: Bool
  /// Of a compressed file: what of it is to be read, and how.
  private var packed = UnsafeRawBufferPointer(start: nil, count: 0)
  private var packedAt = 0
  private var expander = Expander.none
  /// The file ends where its content does not.
  private(set) var isCutShort = false

  private enum Expander {
    case none
    case gzip(GunzipStream)
    case zstd(ZstdReader)
  }

  private static let stepBytes = 256 << 10

  init(mapped file: MappedFile) {
    owner = file
    base = file.withUnsafeBytes { UnsafeMutableRawPointer(mutating: $0.baseAddress) }
    byteCount = file.byteCount
    isOwn = false
    unpack()
  }

  init(copying bytes: [UInt8]) {
    owner = nil
    byteCount = bytes.count
    isOwn = true
    guard !bytes.isEmpty else { return }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
    bytes.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    base = copy
    unpack()
  }

  deinit {
    if isOwn {
      base?.deallocate()
      return
    }
    if capacity > 0 { base?.deallocate() }
  }

  /// If the content is compressed, which its first octets tell, begins to take it out.
  private mutating func unpack() {
    guard byteCount >= 4, let start = base else { return }
    let whole = UnsafeRawBufferPointer(start: start, count: byteCount)
    let magic = UInt32(littleEndian: whole.loadUnaligned(as: UInt32.self))
    if magic & 0xFFFF == 0x8B1F {
      expander = .gzip(GunzipStream())
    } else if magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50 {
      // RFC 8878 section 3.1: a frame, or one that is to be skipped.
      expander = .zstd(ZstdReader())
    } else {
      return
    }
    if isOwn {
      // What was given is kept in a copy of its own, and freed with the class that holds it.
      copy = PackedCopy(whole)
      start.deallocate()
      packed = copy!.bytes
    } else {
      packed = whole
    }
    base = nil
    byteCount = 0
  }

  private var copy: PackedCopy?

  /// Packed octets that were given in memory.
  private final class PackedCopy {
    let bytes: UnsafeRawBufferPointer

    init(_ source: UnsafeRawBufferPointer) {
      let own = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 16)
      own.copyMemory(from: source)
      bytes = UnsafeRawBufferPointer(own)
    }

    deinit { bytes.deallocate() }
  }

  /// Octets of the file that were read to come to `position`, for a progress display.
  func progress(at position: Int) -> Int { packed.isEmpty ? position : packedAt }

  /// Octets of the file.
  var fileByteCount: Int { packed.isEmpty ? byteCount : packed.count }

  /// Whether there are octets up to `end`; takes more out of a compressed file if need be. Nothing moves.
  @inline(__always)
  mutating func holds(upTo end: Int) -> Bool {
    end <= byteCount || !packed.isEmpty && fill(upTo: end)
  }

  @inline(never)
  private mutating func fill(upTo end: Int) -> Bool {
    if end > Limits.captureWindowBytes { return false }
    while byteCount < end {
      if isOver { return false }
      let wanted = max(end, byteCount + Self.stepBytes)
      if wanted > capacity { grow(to: max(wanted, 2 * capacity)) }
      let source = UnsafeRawBufferPointer(rebasing: packed[packedAt...])
      let target = UnsafeMutableRawBufferPointer(start: base! + byteCount, count: capacity - byteCount)
      let step: (taken: Int, written: Int)
      switch expander {
      case .gzip(let stream): step = stream.expand(source, into: target)
      case .zstd(let reader): step = reader.expand(source, into: target)
      case .none: return false
      }
      packedAt += step.taken
      byteCount += step.written
      if step.taken == 0 && step.written == 0 {
        isOver = true
        noteEnd()
      }
    }
    return true
  }

  private var isOver = false

  /// Nothing more comes: because it is over, or because it is cut.
  private mutating func noteEnd() {
    switch expander {
    case .gzip(let stream): isCutShort = stream.isDamaged || !stream.isOver
    case .zstd(let reader): isCutShort = reader.isDamaged || !reader.isBetweenFrames
    case .none: break
    }
  }

  private mutating func grow(to wanted: Int) {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
    if let base {
      larger.copyMemory(from: base, byteCount: byteCount)
      base.deallocate()
    }
    base = larger
    capacity = wanted
  }

  /// Lets go of what of a compressed file stands before `position`; by how much the rest moved.
  mutating func discard(before position: Int) -> Int {
    guard !packed.isEmpty, position > Self.stepBytes, let base else { return 0 }
    base.copyMemory(from: base + position, byteCount: byteCount - position)
    byteCount -= position
    return position
  }

  @inline(__always)
  var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      _overrideLifetime(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: byteCount)), borrowing: self)
    }
  }
}
