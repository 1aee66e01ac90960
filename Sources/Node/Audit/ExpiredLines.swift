import Primitives
import Sys
import Text

/// Which lines of a chain retention let go of. It is written before they go, so that none is missed that may be.
///
/// ```
/// DATA/audit/<node>/expired      <CRC-32C of what follows the blank> SP {"gaps":[[1,4711]]} LF
/// ```
struct ExpiredLines: Hashable {
  /// Ascending, and none touches another: there are many only where the clock was set back.
  private(set) var gaps: [ClosedRange<Int64>] = []

  func contains(_ range: ClosedRange<Int64>) -> Bool {
    gaps.contains { $0.contains(range.lowerBound) && $0.contains(range.upperBound) }
  }

  /// What of a range is in no gap.
  func rest(of range: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
    var rest: [ClosedRange<Int64>] = []
    var begin = range.lowerBound
    for gap in gaps where gap.overlaps(range) {
      if gap.lowerBound > begin { rest.append(begin...gap.lowerBound - 1) }
      if gap.upperBound >= range.upperBound { return rest }
      begin = max(begin, gap.upperBound + 1)
    }
    rest.append(begin...range.upperBound)
    return rest
  }

  mutating func add(_ sequences: [Int64]) {
    for sequence in sequences.sorted() where sequence < .max {
      if let last = gaps.indices.last, gaps[last].upperBound + 1 == sequence {
        gaps[last] = gaps[last].lowerBound...sequence
      } else if !gaps.contains(where: { $0.contains(sequence) }) {
        gaps.append(sequence...sequence)
      }
    }
    gaps.sort { $0.lowerBound < $1.lowerBound }
    var joined: [ClosedRange<Int64>] = []
    for gap in gaps {
      if let last = joined.last, last.upperBound + 1 >= gap.lowerBound {
        joined[joined.count - 1] = last.lowerBound...max(last.upperBound, gap.upperBound)
      } else {
        joined.append(gap)
      }
    }
    gaps = joined
  }

  // MARK: on disk

  private static func path(data: String, node: String) -> String {
    DataDirectory(data).audit(node: node) + "/" + DataDirectory.expiredAudit
  }

  /// - Throws: a `SystemError`, or an `EngineError` if what is there is damaged.
  static func read(data: String, node: String) throws -> ExpiredLines {
    let path = path(data: data, node: node)
    guard FileSystem.exists(path) else { return ExpiredLines() }
    let bytes = try File.readWhole(path)
    let json = Array(bytes.dropFirst(9).dropLast())
    guard bytes.count > 10, String(decoding: bytes.prefix(8), as: UTF8.self) == AuditFiles.checksum(json),
      let gaps = try? JSONReader.read(json)["gaps"]?.elements
    else { throw EngineError("cannot read \(path): it is damaged") }
    var expired = ExpiredLines()
    for gap in gaps {
      let ends = gap.elements.compactMap(\.integer)
      // Of the last number that can be said there is no line: the next one would have none.
      guard ends.count == 2, ends[0] <= ends[1], ends[1] < .max else {
        throw EngineError("cannot read \(path): it is damaged")
      }
      expired.gaps.append(ends[0]...ends[1])
    }
    return expired
  }

  func write(data: String, node: String) throws {
    if gaps.count > Limits.auditGaps {
      throw EngineError("cannot let audit lines expire: they would leave more than \(Limits.auditGaps) gaps")
    }
    let ends = gaps.map { JSONValue.array([.integer($0.lowerBound), .integer($0.upperBound)]) }
    let json = JSONValue.members(("gaps", .array(ends))).bytes
    try FileSystem.createDirectories(DataDirectory(data).audit(node: node))
    try FileSystem.replace(
      Self.path(data: data, node: node), by: Array("\(AuditFiles.checksum(json)) ".utf8) + json + [0x0A])
  }
}
