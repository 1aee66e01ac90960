import CLinux
public import Primitives

/// What the file system knows of a path.
public struct FileStatus: Hashable, Sendable {
  /// The file's length.
  public var byteCount: Int
  /// When its bytes last changed.
  public var modifiedNanos: UnixNanos
  /// Whether it is a directory.
  public var isDirectory: Bool
  /// Whether it is a plain file: no directory, device, pipe or socket.
  public var isRegularFile: Bool

  init(_ raw: clinux_status) {
    byteCount = Int(raw.byte_count)
    modifiedNanos = raw.modified_nanos
    isDirectory = raw.is_directory != 0
    isRegularFile = raw.is_regular != 0
  }
}
