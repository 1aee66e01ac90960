import Primitives

extension FileSystem {
  /// Makes `bytes` the content of a file, which may exist: they are written beside it, made durable, and given its name.
  /// After a crash the old file is there or the new one, each of them whole.
  public static func replace(_ path: String, by bytes: [UInt8]) throws(SystemError) {
    let temporary = DataDirectory.temporary(of: path)
    if exists(temporary) { try unlink(temporary) }
    let file = try File(temporary, .createExclusive)
    try file.write(all: bytes)
    try file.synchronizeData()
    try rename(from: temporary, to: path)
    try synchronizeDirectory(parent(of: path))
  }
}
