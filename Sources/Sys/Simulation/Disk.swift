import CLinux

/// The calls on files and directories: of this machine, or of the simulated one that the calling thread has entered.
///
/// Each answers as its C function does, with a value or with -errno. Without a simulated machine anywhere in the process a
/// call costs one relaxed load more.
enum Disk {
  /// The disk of the simulated machine that the calling thread is on.
  @inline(__always)
  static var simulated: SimulatedDisk? { SimulatedMachine.isUsed ? SimulatedMachine.current?.disk : nil }

  static func open(_ path: String, _ mode: Int32) -> Int32 {
    simulated.map { $0.open(path, mode) } ?? clinux_open(path, mode)
  }

  /// A simulated file that is closed on a thread that left the machine stays open: it goes with the machine.
  static func close(_ descriptor: Int32) {
    if descriptor < SimulatedDisk.firstDescriptor {
      _ = clinux_close(descriptor)
    } else {
      simulated?.close(descriptor)
    }
  }

  static func status(of descriptor: Int32, _ raw: inout clinux_status) -> Int32 {
    if let disk = simulated { return disk.status(of: descriptor, &raw) }
    return clinux_fstat(descriptor, &raw)
  }

  static func status(_ path: String, _ raw: inout clinux_status) -> Int32 {
    if let disk = simulated { return disk.status(path, &raw) }
    return clinux_stat(path, &raw)
  }

  static func truncate(_ descriptor: Int32, _ byteCount: Int64) -> Int32 {
    simulated.map { $0.truncate(descriptor, Int(byteCount)) } ?? clinux_ftruncate(descriptor, byteCount)
  }

  static func synchronizeData(_ descriptor: Int32) -> Int32 {
    simulated.map { $0.synchronize(descriptor) } ?? clinux_fdatasync(descriptor)
  }

  static func synchronize(_ descriptor: Int32) -> Int32 {
    simulated.map { $0.synchronize(descriptor) } ?? clinux_fsync(descriptor)
  }

  static func lock(_ descriptor: Int32) -> Int32 { simulated.map { $0.lock(descriptor) } ?? clinux_lock(descriptor) }

  static func map(
    _ descriptor: Int32, _ byteCount: Int, _ sequential: Bool, _ address: inout UnsafeMutableRawPointer?
  ) -> Int32 {
    if let disk = simulated { return disk.map(descriptor, byteCount, &address) }
    return clinux_map_file(descriptor, byteCount, sequential ? 1 : 0, &address)
  }

  static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int64 {
    if let disk = simulated {
      return disk.write(descriptor, UnsafeRawBufferPointer(start: bytes, count: count), at: nil)
    }
    return clinux_write(descriptor, bytes, count)
  }

  static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, at offset: Int64) -> Int64 {
    if let disk = simulated {
      return disk.write(descriptor, UnsafeRawBufferPointer(start: bytes, count: count), at: Int(offset))
    }
    return clinux_pwrite(descriptor, bytes, count, offset)
  }

  static func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, at offset: Int64) -> Int64 {
    if let disk = simulated {
      return disk.read(descriptor, into: UnsafeMutableRawBufferPointer(start: bytes, count: count), at: Int(offset))
    }
    return clinux_pread(descriptor, bytes, count, offset)
  }

  static func makeDirectory(_ path: String) -> Int32 {
    simulated.map { $0.makeDirectory(path) } ?? clinux_mkdir(path)
  }

  static func link(_ from: String, _ to: String) -> Int32 {
    simulated.map { $0.link(from, to) } ?? clinux_link(from, to)
  }

  static func unlink(_ path: String) -> Int32 { simulated.map { $0.unlink(path) } ?? clinux_unlink(path) }

  static func rename(_ from: String, _ to: String) -> Int32 {
    simulated.map { $0.rename(from, to) } ?? clinux_rename(from, to)
  }

  static func removeDirectory(_ path: String) -> Int32 {
    simulated.map { $0.removeDirectory(path) } ?? clinux_rmdir(path)
  }
}
