internal import Sys

/// The bytes of a capture: a mapped file, or a copy of what was given.
///
/// `unsafe` is sound here: the memory is the mapping's, which `owner` keeps as long as this value, or this value's own;
/// it is never written after `init`, and it is handed out only as a span that borrows this value. The pointer is kept
/// beside its owner because a span taken from the owner would retain and release it for every frame.
struct CaptureStorage: ~Copyable, @unchecked Sendable {
  private let owner: MappedFile?
  private let base: UnsafeRawPointer?
  private let byteCount: Int

  init(mapped file: MappedFile) {
    owner = file
    base = file.withUnsafeBytes { $0.baseAddress }
    byteCount = file.byteCount
  }

  init(copying bytes: [UInt8]) {
    owner = nil
    byteCount = bytes.count
    guard !bytes.isEmpty else {
      base = nil
      return
    }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
    bytes.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    base = UnsafeRawPointer(copy)
  }

  deinit {
    if owner == nil { base?.deallocate() }
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
