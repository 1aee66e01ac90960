import Synchronization
import Sys

/// A folder of a test's own, removed with this object.
final class TestFolder: Sendable {
  private static let count = Atomic<Int>(0)
  let path: String

  init() throws {
    let number = Self.count.add(1, ordering: .relaxed).newValue
    let parent = ProcessFacts.environment("TMPDIR") ?? "/tmp"
    path = "\(parent)/thinai-objects-\(ProcessFacts.processId)-\(number)"
    try FileSystem.createDirectories(path)
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Writes a file, in the place of one that is there.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = path + "/" + name
    try? FileSystem.unlink(file)
    try File(file, .createExclusive).write(all: bytes)
    return file
  }
}
