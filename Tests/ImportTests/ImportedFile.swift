import Import
import Sys
import Synchronization

/// A file of a test's own, and what an import makes of it.
final class ImportedFile: Sendable {
  private static let count = Atomic<Int>(0)
  private let folder: String
  let path: String

  init(_ name: String, _ bytes: [UInt8]) throws {
    let number = Self.count.add(1, ordering: .relaxed).newValue
    let parent = ProcessFacts.environment("TMPDIR") ?? "/tmp"
    folder = "\(parent)/thinai-import-\(ProcessFacts.processId)-\(number)"
    path = folder + "/" + name
    try FileSystem.createDirectories(folder)
    try File(path, .createExclusive).write(all: bytes)
  }

  convenience init(_ name: String, _ text: String) throws { try self.init(name, Array(text.utf8)) }

  deinit {
    try? FileSystem.unlink(path)
    try? FileSystem.removeDirectory(folder)
  }

  /// What came of all rows.
  struct Outcome {
    var lines: [String] = []
    var faults: [RowFault] = []
    var refused = 0
    var flawed = 0
    var rows = 0
    var pieces = 0
    /// The octets of the longest piece.
    var longest = 0
    var plan: ImportPlan
  }

  func read(_ set: (inout ImportOptions) -> Void = { _ in }) throws -> Outcome {
    var options = ImportOptions()
    set(&options)
    var source = try ImportFile.open(path, options)
    var outcome = Outcome(plan: source.plan)
    var text: [UInt8] = []
    while let piece = try source.next() {
      text += piece.lines
      outcome.faults += piece.faults
      outcome.refused += piece.refused
      outcome.flawed += piece.flawed
      outcome.rows += piece.rows
      outcome.pieces += 1
      outcome.longest = max(outcome.longest, piece.lines.count)
    }
    outcome.lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    return outcome
  }

  /// Why it cannot be imported.
  func failure(_ set: (inout ImportOptions) -> Void = { _ in }) -> String? {
    do {
      _ = try read(set)
      return nil
    } catch {
      return "\(error)".replacing(path, with: "FILE")
    }
  }
}

extension ImportPlan {
  /// `t number, n integer`.
  var said: String { fields.map { "\($0.name) \($0.kind.rawValue)" }.joined(separator: ", ") }
}
