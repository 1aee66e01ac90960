import Sys
import Testing

@Suite struct ProcessLimitsTests {
  @Test func openFilesAreCountedAndBounded() throws {
    let directory = try TemporaryDirectory()
    let limit = try #require(Descriptors.limit)
    let before = try #require(Descriptors.openCount)
    #expect(before > 0 && before <= limit)
    let files = try (0..<50).map { try File(directory.file("\($0)"), .append) }
    // Other tests open and close meanwhile.
    let during = try #require(Descriptors.openCount)
    #expect(during > files.count && during <= limit)
    Descriptors.closeOnExec(-1)
  }

  @Test func freedMemoryIsKeptAndGivenBackWithoutHarm() {
    FreedMemory.keep(limitBytes: 1 << 20)
    var blocks = (0..<16).map { [UInt8](repeating: UInt8($0), count: 1 << 20) }
    blocks.removeLast(8)
    FreedMemory.giveBack()
    #expect(blocks.enumerated().allSatisfy { $0.element[1 << 19] == UInt8($0.offset) })
  }

  @Test func whatAPathLeadsToIsToldApart() throws {
    let directory = try TemporaryDirectory()
    func status(_ path: String) throws -> FileStatus? { try FileSystem.status(path) }
    let folder = try #require(try status(directory.path))
    #expect(folder.isDirectory && !folder.isRegularFile)
    let file = try File(directory.file("a"), .append)
    try file.write(all: [1, 2, 3])
    let known = try #require(try status(directory.file("a")))
    #expect(known.byteCount == 3 && known.isRegularFile && !known.isDirectory)
    #expect(try file.status().byteCount == 3)
    let device = try #require(try status("/dev/null"))
    #expect(!device.isDirectory && !device.isRegularFile)
  }
}
