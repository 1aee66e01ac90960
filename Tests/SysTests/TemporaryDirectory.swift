import Sys
import Synchronization

/// A directory of one test's own, removed with this object.
final class TemporaryDirectory: Sendable {
  private static let count = Atomic<Int>(0)
  let path: String

  init() throws {
    let number = Self.count.add(1, ordering: .relaxed).newValue
    let parent = ProcessFacts.environment("TMPDIR") ?? "/tmp"
    path = "\(parent)/thinai-sys-\(ProcessFacts.processId)-\(number)"
    try FileSystem.createDirectories(path)
  }

  deinit {
    try? FileSystem.removeTree(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}
