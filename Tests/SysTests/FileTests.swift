import Sys
import Testing

@Suite struct FileTests {
  @Test func writesAndReads() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a")
    let file = try File(path, .createExclusive)
    try file.write(all: [1, 2, 3])
    try file.write(all: [4])
    try file.write(all: [9, 9], at: 1)
    try file.synchronizeData()
    try file.synchronize()
    #expect(try File.readWhole(path) == [1, 9, 9, 4])
    #expect(try file.read(at: 2, byteCount: 10) == [9, 4])
    #expect(try file.read(at: 4, byteCount: 10) == [])
    #expect(try file.size() == 4)
    try file.truncate(to: 2)
    #expect(try File.readWhole(path) == [1, 9])
    #expect(throws: SystemError(code: ErrorNumber.exists, call: .open)) { try File(path, .createExclusive) }
    let end = try File(path, .append)
    try end.write(all: [7])
    #expect(try File(path, .readWrite).readWhole() == [1, 9, 7])
    try end.write(all: [])
    #expect(try end.size() == 3)
  }

  @Test func missingFiles() throws {
    let directory = try TemporaryDirectory()
    let failure = #expect(throws: SystemError.self) { try File(directory.file("none"), .read) }
    #expect(failure?.isNotFound == true)
    #expect(try FileSystem.status(directory.file("none")) == nil)
    #expect(try FileSystem.status(directory.file("none/deeper")) == nil)
    #expect(!FileSystem.exists(directory.file("none")))
  }

  @Test func locksAreExclusive() throws {
    let directory = try TemporaryDirectory()
    let first = try File(directory.file("lock"), .readWrite)
    #expect(try first.lock())
    let second = try File(directory.file("lock"), .readWrite)
    #expect(try !second.lock())
  }

  @Test func directories() throws {
    let directory = try TemporaryDirectory()
    let deep = directory.file("a/b/c")
    try FileSystem.createDirectories(deep)
    try FileSystem.createDirectories(deep)
    try FileSystem.createDirectories(deep + "/")
    #expect(try FileSystem.status(deep)?.isDirectory == true)
    try File(deep + "/one", .createExclusive).write(all: [1, 2])
    try FileSystem.link(from: deep + "/one", to: deep + "/two")
    #expect(throws: SystemError(code: ErrorNumber.exists, call: .link)) {
      try FileSystem.link(from: deep + "/one", to: deep + "/two")
    }
    try FileSystem.rename(from: deep + "/one", to: deep + "/Ünder")
    try FileSystem.synchronizeDirectory(deep)
    #expect(try FileSystem.list(deep).map(\.name) == ["two", "Ünder"])
    #expect(try FileSystem.list(directory.file("a")) == [DirectoryEntry(name: "b", isDirectory: true)])
    let status = try #require(try FileSystem.status(deep + "/two"))
    #expect(status.byteCount == 2 && status.isRegularFile && !status.isDirectory)
    #expect(abs(status.modifiedNanos - Clock.realtimeNanos()) < 3_600_000_000_000)
    #expect(throws: SystemError(code: ErrorNumber.notEmpty, call: .rmdir)) { try FileSystem.removeDirectory(deep) }
    try FileSystem.unlink(deep + "/two")
    #expect(throws: SystemError(code: ErrorNumber.notADirectory, call: .mkdir)) {
      try FileSystem.createDirectories(deep + "/Ünder")
    }
    try FileSystem.removeTree(directory.file("a"))
    #expect(try FileSystem.list(directory.path).isEmpty)
  }

  @Test(arguments: [
    ("a/b/c", "a/b"), ("a", "."), ("/a", "/"), ("/", "/"), ("a/b/", "a"), ("/a/b", "/a"), (".", "."),
  ])
  func parents(path: String, parent: String) {
    #expect(FileSystem.parent(of: path) == parent)
  }

  @Test func mapping() throws {
    let directory = try TemporaryDirectory()
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try File(directory.file("a"), .append).write(all: bytes)
    let mapped = try MappedFile(directory.file("a"), sequential: true)
    #expect(mapped.byteCount == 10_000)
    #expect(mapped.withUnsafeBytes { Array($0) } == bytes)
    #expect(mapped.bytes.unsafeLoad(fromByteOffset: 9, as: UInt8.self) == 63)
    // A removed file stays readable.
    try FileSystem.unlink(directory.file("a"))
    #expect(mapped.withUnsafeBytes { $0[9_999] } == bytes[9_999])
    _ = try File(directory.file("empty"), .append)
    let empty = try MappedFile(directory.file("empty"))
    #expect(empty.byteCount == 0 && empty.bytes.byteCount == 0)
  }

  @Test func everyCallCanFail() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a")
    let file = try File(path, .append)
    try file.write(all: [1])
    func fails(_ call: SystemCall, _ body: () throws -> Void) {
      FaultInjection.with([.init(call, .error(ErrorNumber.inputOutput))]) {
        #expect(throws: SystemError(code: ErrorNumber.inputOutput, call: call)) { try body() }
      }
    }
    fails(.open) { _ = try File(path, .read) }
    fails(.read) { _ = try file.readWhole() }
    fails(.write) { try file.write(all: [1], at: 0) }
    fails(.fdatasync) { try file.synchronizeData() }
    fails(.fsync) { try file.synchronize() }
    fails(.fsync) { try FileSystem.synchronizeDirectory(directory.path) }
    fails(.ftruncate) { try file.truncate(to: 0) }
    fails(.stat) { _ = try FileSystem.status(path) }
    fails(.stat) { _ = try file.size() }
    fails(.flock) { _ = try file.lock() }
    fails(.mmap) { _ = try MappedFile(path) }
    fails(.mkdir) { try FileSystem.createDirectories(directory.file("d")) }
    fails(.link) { try FileSystem.link(from: path, to: path + "2") }
    fails(.unlink) { try FileSystem.unlink(path) }
    fails(.rename) { try FileSystem.rename(from: path, to: path + "2") }
    fails(.rmdir) { try FileSystem.removeDirectory(directory.path) }
    fails(.readdir) { _ = try FileSystem.list(directory.path) }
    fails(.threadCreate) { _ = try SystemThread.start(name: "t") {} }
    fails(.eventDescriptor) { _ = try WakeUp() }
    fails(.pollerCreate) { _ = try Poller() }
    #expect(try file.readWhole() == [1])
  }
}
