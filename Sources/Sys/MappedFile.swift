import CLinux

/// A file mapped into memory for reading, as long as it was when it was opened.
///
/// Only for files that nobody changes, such as parts, which are immutable and are removed, never cut: reading a page
/// behind the end of a file that was cut meanwhile ends the process (SIGBUS). A file that grows is seen up to its
/// length at opening; a removed one stays readable until this object goes.
///
/// `unsafe` is sound here: the mapping is owned by this object, has `byteCount` bytes and lives until `deinit`.
public final class MappedFile: @unchecked Sendable {
  /// As it was given.
  public let path: String
  /// The file's length when it was opened.
  public let byteCount: Int
  private let base: UnsafeMutableRawPointer?

  /// `sequential`: it will be read from front to back, so read ahead; else pages are read as they are touched.
  public init(_ path: String, sequential: Bool = false) throws(SystemError) {
    let file = try File(path, .read)
    let size = try file.size()
    self.path = path
    byteCount = size
    // Nothing cannot be mapped.
    base = size == 0 ? nil : try file.map(byteCount: size, sequential: sequential)
  }

  deinit {
    if let base { clinux_unmap(base, byteCount) }
  }

  /// The file's bytes, valid within `body`.
  public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: base, count: byteCount))
  }

  /// The file's bytes, valid as long as this object.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      _overrideLifetime(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: byteCount)), borrowing: self)
    }
  }
}
