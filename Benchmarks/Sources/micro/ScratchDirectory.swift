import Sys

/// A directory for what measurements write.
struct ScratchDirectory {
  let path: String

  init() throws(SystemError) {
    let parent = ProcessFacts.environment("TMPDIR") ?? "/tmp"
    path = "\(parent)/thinai-micro-\(ProcessFacts.processId)"
    try FileSystem.createDirectories(path)
  }

  /// The path of something in it.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// With all that is in it.
  func remove() {
    do throws(SystemError) {
      try FileSystem.removeTree(path)
    } catch {
      print("cannot remove \(path): \(error)")
    }
  }
}
