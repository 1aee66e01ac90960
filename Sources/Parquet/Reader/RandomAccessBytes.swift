/// A file's bytes, wherever they are: in memory, behind `pread`, in a mapping, on another machine.
public protocol RandomAccessBytes: Sendable {
  /// How long the file is.
  var byteCount: Int { get }

  /// The `count` bytes from `offset` on: all of them, or an error. The reader asks for nothing beyond `byteCount`.
  func bytes(at offset: Int, count: Int) throws -> [UInt8]
}
