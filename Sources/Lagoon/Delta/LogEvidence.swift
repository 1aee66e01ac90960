import Primitives
import Sys

/// What is left of a Delta log that cannot be read as a whole: its newest sound checkpoint and every commit that is whole,
/// in order, over gaps.
struct LogEvidence {
  /// The table as far as they tell.
  private(set) var table: TableState
  /// Parts that some commit took out, and none put back.
  private(set) var removed: Set<String> = []
  /// Versions that were read, and the largest that there is a trace of.
  private(set) var versions = 0

  init(_ log: DeltaLog, _ name: TableName) {
    table = TableState(name: name, precision: .milliseconds)
    table.folder = log.folder
    var newest: Int64 = -1
    for version in (try? log.checkpoints()) ?? [] {
      guard let found = try? log.readCheckpoint(version, name) else { continue }
      table = found
      newest = version
      break
    }
    for version in (try? log.versions()) ?? [] {
      guard let bytes = try? log.bytes(version), let lines = try? DeltaLog.lines(bytes, label: log.label(version))
      else { continue }
      note(lines)
      if version <= newest { continue }
      // A copy: a commit counts as a whole or not at all.
      var replay = DeltaReplay(table)
      var isWhole = true
      for line in lines where isWhole { isWhole = (try? replay.apply(line)) != nil }
      if !isWhole { continue }
      table = replay.state
      versions += 1
    }
  }

  private mutating func note(_ lines: [JSONValue]) {
    for line in lines {
      if let path = line["remove"]?["path"]?.text { removed.insert(DeltaPath.decode(path)) }
      if let path = line["add"]?["path"]?.text { removed.remove(DeltaPath.decode(path)) }
    }
  }
}
