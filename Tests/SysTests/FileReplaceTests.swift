import Sys
import Testing

@Suite struct FileReplaceTests {
  @Test func aFileIsMadeAndReplaced() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a")
    try FileSystem.replace(path, by: [1, 2, 3])
    #expect(try File.readWhole(path) == [1, 2, 3])
    // What was left by a process that was killed is in nobody's way.
    let left = try File(path + ".tmp", .createExclusive)
    try left.write(all: [9, 9, 9, 9])
    try FileSystem.replace(path, by: [4])
    #expect(try File.readWhole(path) == [4])
    #expect(try FileSystem.list(directory.path).map(\.name) == ["a"])
  }

  /// Whatever fails, the old file stands whole; and once the new one has its name, it stands.
  @Test(arguments: [SystemCall.open, .write, .fdatasync, .rename])
  func aFileStaysWhereAReplacementFails(call: SystemCall) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a")
    try FileSystem.replace(path, by: [1, 2, 3])
    FaultInjection.with([.init(call, .error(ErrorNumber.noSpace))]) {
      #expect(throws: SystemError(code: ErrorNumber.noSpace, call: call)) { try FileSystem.replace(path, by: [4]) }
    }
    #expect(try File.readWhole(path) == [1, 2, 3])
    try FileSystem.replace(path, by: [5])
    #expect(try File.readWhole(path) == [5])
  }
}
