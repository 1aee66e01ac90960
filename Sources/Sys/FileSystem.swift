import CLinux

/// One name in a directory.
public struct DirectoryEntry: Hashable, Sendable {
  /// Without the path that leads there.
  public var name: String
  /// Whether it is a directory, or a link to one.
  public var isDirectory: Bool

  /// An entry of that name and kind.
  public init(name: String, isDirectory: Bool) {
    self.name = name
    self.isDirectory = isDirectory
  }
}

/// Calls on paths.
public enum FileSystem {
  /// Creates the directory and those above it that are missing, and makes their names durable. One that exists is
  /// fine, and its name is made durable as well.
  public static func createDirectories(_ path: String) throws(SystemError) {
    let parent = parent(of: path)
    if let found = try status(path) {
      guard found.isDirectory else { throw SystemError(code: ErrorNumber.notADirectory, call: .mkdir) }
      // Whoever made it may have been killed before its name was durable. A folder that may not be opened was given to us.
      do { try synchronizeDirectory(parent) } catch {
        guard error.code == ErrorNumber.notPermitted || error.code == ErrorNumber.invalid else { throw error }
      }
      return
    }
    if parent != path { try createDirectories(parent) }
    do {
      try Kernel.require(.mkdir, path: path) { Disk.makeDirectory(path) }
    } catch {
      // Another thread was faster.
      guard error.code == ErrorNumber.exists else { throw error }
    }
    try synchronizeDirectory(parent)
  }

  /// The directory that a path stands in: `a/b/c` is in `a/b`, `a` in `.`, `/a` in `/`.
  public static func parent(of path: String) -> String {
    var rest = path[...]
    while rest.count > 1, rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let slash = rest.lastIndex(of: "/") else { return "." }
    return slash == rest.startIndex ? "/" : String(rest[..<slash])
  }

  /// Makes names that were created, linked, renamed or removed in the directory durable.
  public static func synchronizeDirectory(_ path: String) throws(SystemError) {
    let descriptor = try Kernel.require(.open, path: path) { Disk.open(path, Int32(CLINUX_DIRECTORY)) }
    defer { Disk.close(descriptor) }
    try Kernel.require(.fsync, path: path) { Disk.synchronize(descriptor) }
  }

  /// Gives the file a second name; fails with `ErrorNumber.exists` if `to` exists.
  public static func link(from: String, to: String) throws(SystemError) {
    try Kernel.require(.link, path: to) { Disk.link(from, to) }
  }

  /// Removes the name; the file goes with its last name and its last reader.
  public static func unlink(_ path: String) throws(SystemError) {
    try Kernel.require(.unlink, path: path) { Disk.unlink(path) }
  }

  /// Replaces `to` if it exists.
  public static func rename(from: String, to: String) throws(SystemError) {
    try Kernel.require(.rename, path: to) { Disk.rename(from, to) }
  }

  /// It must be empty.
  public static func removeDirectory(_ path: String) throws(SystemError) {
    try Kernel.require(.rmdir, path: path) { Disk.removeDirectory(path) }
  }

  /// Removes a file, or a directory with all that is in it. What does not exist is fine.
  public static func removeTree(_ path: String) throws(SystemError) {
    guard let found = try status(path) else { return }
    guard found.isDirectory else { return try unlink(path) }
    for entry in try list(path) {
      let inner = path + "/" + entry.name
      if entry.isDirectory { try removeTree(inner) } else { try unlink(inner) }
    }
    try removeDirectory(path)
  }

  /// The directory's names in ascending order, without `.` and `..`. A symbolic link counts as what it leads to.
  public static func list(_ path: String) throws(SystemError) -> [DirectoryEntry] {
    if let disk = Disk.simulated {
      try Kernel.require(.readdir, path: path) { Int32(0) }
      return try disk.list(path)
    }
    var directory: UnsafeMutableRawPointer?
    try Kernel.require(.readdir, path: path) { clinux_directory_open(path, &directory) }
    defer { clinux_directory_close(directory) }
    var entries: [DirectoryEntry] = []
    while true {
      var name: UnsafePointer<CChar>?
      var isDirectory: Int32 = 0
      let found = try Kernel.require(.readdir, path: path) { clinux_directory_next(directory, &name, &isDirectory) }
      guard found == 1, let name else { break }
      entries.append(DirectoryEntry(name: String(cString: name), isDirectory: isDirectory != 0))
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// nil if there is nothing of that path.
  public static func status(_ path: String) throws(SystemError) -> FileStatus? {
    var raw = clinux_status()
    do {
      try Kernel.require(.stat, path: path) { Disk.status(path, &raw) }
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
    return FileStatus(raw)
  }

  /// Whether the path itself is a symbolic link, wherever that leads. A simulated disk has none.
  public static func isLink(_ path: String) throws(SystemError) -> Bool {
    if Disk.simulated != nil { return false }
    return try Kernel.require(.stat, path: path) { clinux_is_link(path) } == 1
  }

  /// Whether there is something of that path, as far as one may see.
  public static func exists(_ path: String) -> Bool {
    ((try? status(path)) ?? nil) != nil
  }
}
