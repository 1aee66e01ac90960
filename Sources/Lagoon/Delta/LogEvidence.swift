import Primitives
import Sys
import Text

/// What is left of a Delta log that cannot be read as a whole: its newest sound checkpoint and every commit that is whole,
/// in order, over gaps.
struct LogEvidence {
  /// The table as far as they tell.
  private(set) var table: TableState
  /// Parts that some commit took out, and none put back.
  private(set) var removed: Set<String> = []
  /// Parts that came after a version that is lost: it may have been the one that took parts out for their rows.
  private(set) var addedAfterGap: Set<String> = []
  /// How many versions were read.
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
    var next = newest + 1
    var hasGap = false
    for version in (try? log.versions()) ?? [] {
      let lines = (try? log.bytes(version)).flatMap { try? DeltaLog.lines($0, label: log.label(version)) }
      if let lines { note(lines) }
      if version <= newest { continue }
      hasGap = hasGap || version > next
      next = version + 1
      guard let lines, let applied = applied(lines) else {
        hasGap = true
        continue
      }
      table = applied
      versions += 1
      if hasGap { addedAfterGap.formUnion(lines.compactMap { $0["add"]?["path"]?.text.map(DeltaPath.decode) }) }
    }
  }

  /// The table with a commit, which counts as a whole or not at all; nil if it is damaged.
  private func applied(_ lines: [JSONValue]) -> TableState? {
    var replay = DeltaReplay(table)
    for line in lines where (try? replay.apply(line)) == nil { return nil }
    return replay.state
  }

  private mutating func note(_ lines: [JSONValue]) {
    for line in lines {
      if let path = line["remove"]?["path"]?.text { removed.insert(DeltaPath.decode(path)) }
      if let path = line["add"]?["path"]?.text { removed.remove(DeltaPath.decode(path)) }
    }
  }
}
