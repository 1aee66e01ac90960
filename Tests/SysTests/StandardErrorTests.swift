import Testing

@testable import Sys

/// Nobody stops working because nobody reads what he says.
@Suite struct StandardErrorTests {
  @Test func allOfItIsWritten() throws {
    let folder = try TemporaryDirectory()
    let target = try File(folder.file("log"), .createExclusive)
    let long = [UInt8](repeating: 0x61, count: 1 << 20)
    StandardError.write([], to: target.descriptor)
    StandardError.write(Array("một\n".utf8), to: target.descriptor)
    StandardError.write(long, to: target.descriptor)
    #expect(try File.readWhole(folder.file("log")) == Array("một\n".utf8) + long)
  }

  /// A full disk, a descriptor that is none, one that is only read from.
  @Test func whatIsNotTakenIsGivenUp() throws {
    let bytes = [UInt8](repeating: 0x61, count: 1 << 16)
    let full = try File("/dev/full", .readWrite)
    StandardError.write(bytes, to: full.descriptor)
    StandardError.write(bytes, to: -1)
    let folder = try TemporaryDirectory()
    _ = try File(folder.file("log"), .createExclusive)
    StandardError.write(bytes, to: try File(folder.file("log"), .read).descriptor)
    #expect(try File.readWhole(folder.file("log")).isEmpty)
    // To the end of itself, and not beyond.
    StandardError.write([])
  }
}
