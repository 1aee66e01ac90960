import CLinux

/// An open file. Closed when the last reference goes.
public final class File: Sendable {
  /// How a file is opened.
  public enum Mode: Sendable {
    /// It must exist.
    case read
    /// Read and write; it must not exist (`O_EXCL`).
    case createExclusive
    /// Read and write; created if missing; `write` goes to the end.
    case append
    /// Read and write; created if missing; nothing is cut.
    case readWrite
  }

  /// As it was given.
  public let path: String
  let descriptor: Int32

  /// Opens; a file that is created may be read by everybody and written by its owner.
  public init(_ path: String, _ mode: Mode) throws(SystemError) {
    let flags =
      switch mode {
      case .read: CLINUX_READ
      case .createExclusive: CLINUX_CREATE_EXCLUSIVE
      case .append: CLINUX_APPEND
      case .readWrite: CLINUX_READ_WRITE
      }
    self.path = path
    descriptor = try Kernel.require(.open, path: path) { Disk.open(path, Int32(flags)) }
  }

  deinit {
    // A failed close tells of nothing that `synchronizeData` has not told.
    Disk.close(descriptor)
  }

  /// Bytes now.
  public func size() throws(SystemError) -> Int {
    try status().byteCount
  }

  /// Size, time and kind now.
  public func status() throws(SystemError) -> FileStatus {
    var raw = clinux_status()
    try Kernel.require(.stat, path: path) { Disk.status(of: descriptor, &raw) }
    return FileStatus(raw)
  }

  /// Cuts or, with zeros, extends.
  public func truncate(to byteCount: Int) throws(SystemError) {
    try Kernel.require(.ftruncate, path: path) { Disk.truncate(descriptor, Int64(byteCount)) }
  }

  /// Waits until the bytes, and what is needed to find them, are on the disk (`fdatasync`).
  ///
  /// After a failure nobody knows which bytes are there, and the kernel may say "done" the next time although they
  /// are not: never take a later success for these bytes.
  public func synchronizeData() throws(SystemError) {
    try Kernel.require(.fdatasync, path: path) { Disk.synchronizeData(descriptor) }
  }

  /// As `synchronizeData`, times and owner included (`fsync`).
  public func synchronize() throws(SystemError) {
    try Kernel.require(.fsync, path: path) { Disk.synchronize(descriptor) }
  }

  /// Takes the lock that says "mine" to other processes, until the file is closed; false if another has it.
  public func lock() throws(SystemError) -> Bool {
    try Kernel.require(.flock, path: path) { Disk.lock(descriptor) } == 1
  }

  /// Maps the whole file for reading.
  func map(byteCount: Int, sequential: Bool) throws(SystemError) -> UnsafeMutableRawPointer? {
    var address: UnsafeMutableRawPointer?
    try Kernel.require(.mmap, path: path) { Disk.map(descriptor, byteCount, sequential, &address) }
    return address
  }
}

extension File {
  /// Writes all bytes at the file's position, however many calls it takes. On failure some may have been written.
  public func write(all bytes: UnsafeRawBufferPointer) throws(SystemError) {
    try writeAll(bytes) { rest, _, count in Disk.write(descriptor, rest, count) }
  }

  /// As above, for bytes in an array.
  public func write(all bytes: [UInt8]) throws(SystemError) {
    try bytes.span.bytes.withUnsafeBytes { buffer throws(SystemError) in try write(all: buffer) }
  }

  /// Writes all bytes at `offset`; the file's position does not move.
  public func write(all bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
    try writeAll(bytes) { rest, done, count in Disk.write(descriptor, rest, count, at: Int64(offset + done)) }
  }

  /// As above, for bytes in an array.
  public func write(all bytes: [UInt8], at offset: Int) throws(SystemError) {
    try bytes.span.bytes.withUnsafeBytes { buffer throws(SystemError) in try write(all: buffer, at: offset) }
  }

  private func writeAll(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawPointer, _ done: Int, _ count: Int) -> Int64
  ) throws(SystemError) {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let written = try Kernel.write(path: path, byteCount: bytes.count - done) { body(base + done, done, $0) }
      // No progress and no error: the kernel does so for no regular file but a full one.
      if written == 0 { throw SystemError(code: ErrorNumber.noSpace, call: .write) }
      done += written
    }
  }

  /// Fills `buffer` from `offset` on; returns fewer bytes than it holds only at the end of the file.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = try Kernel.require(.read, path: path) {
        Disk.read(descriptor, base + done, buffer.count - done, at: Int64(offset + done))
      }
      if count == 0 { break }
      done += Int(count)
    }
    return done
  }

  /// Up to `byteCount` bytes from `offset` on; fewer only at the end of the file.
  public func read(at offset: Int, byteCount: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
      do throws(SystemError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Everything from the start on, files without a size (`/proc`) included.
  public func readWhole() throws(SystemError) -> [UInt8] {
    var bytes = try read(at: 0, byteCount: try size())
    while true {
      let more = try read(at: bytes.count, byteCount: 4_096)
      if more.isEmpty { return bytes }
      bytes += more
    }
  }

  /// All bytes of the file at `path`.
  public static func readWhole(_ path: String) throws(SystemError) -> [UInt8] {
    try File(path, .read).readWhole()
  }
}
