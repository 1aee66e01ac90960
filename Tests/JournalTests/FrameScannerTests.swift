import Mutation
import Sys
import Primitives
import Testing

@testable import Journal

/// Walks over segments, and over what damage makes of them: each octet of the file is in one step, and frames that
/// nothing was done to are found.
@Suite struct FrameScannerTests {
  struct Frame {
    var sequence: UInt64
    var payloadBytes: Int
    var block: [UInt8]
    var salt: UInt64 = 77

    /// With right checksums, whatever it says.
    var encoded: [UInt8] {
      var bytes = [UInt8](repeating: 0, count: JournalFormat.frameHeaderBytes) + block
      let header = JournalFrameHeader(
        salt: salt, sequence: sequence, payloadBytes: payloadBytes, storedBytes: block.count)
      bytes.withUnsafeMutableBytes { header.encode(into: $0) }
      return bytes
    }
  }

  private static let header = JournalFileHeader(lane: 0, segment: 1, createdAt: 0, salt: 77).encoded

  private static func frames() -> [Frame] {
    var random = SeededRandom(6)
    return (0..<6).map { Frame(sequence: UInt64($0), payloadBytes: 10, block: random.octets(20 + 30 * $0)) }
  }

  /// The steps of a walk as text; fails unless they cover the file without a gap.
  private func walk(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
    try SimulatedMachine(startNanos: 0).run {
      try File("/segment", .append).write(all: bytes)
      var scanner = try FrameScanner(path: "/segment")
      var end = scanner.header == nil ? 0 : JournalFormat.fileHeaderBytes
      var steps: [String] = []
      while let step = try scanner.next() {
        let range: Range<Int>
        switch step {
        case .frame(let offset, let header):
          range = offset..<offset + header.frameBytes
          steps.append("\(header.sequence)")
          let block = Array(try scanner.block(at: offset, header))
          #expect(block.count == header.storedBytes, sourceLocation: sourceLocation)
        case .damage(let stretch):
          range = stretch
          steps.append("x")
        case .tail(let stretch):
          range = stretch
          steps.append("…")
        }
        #expect(range.lowerBound == end && !range.isEmpty, sourceLocation: sourceLocation)
        end = range.upperBound
      }
      #expect(end == bytes.count || bytes.isEmpty, sourceLocation: sourceLocation)
      return steps
    }
  }

  @Test func framesAreFoundInOrder() throws {
    let frames = Self.frames().flatMap(\.encoded)
    #expect(try walk(Self.header + frames) == ["0", "1", "2", "3", "4", "5"])
    #expect(try walk(Self.header) == [])
    #expect(try walk([]) == [])
    // Without the header as well: the salt is the first frame's.
    #expect(try walk([UInt8](repeating: 0, count: 48) + frames) == ["x", "0", "1", "2", "3", "4", "5"])
  }

  @Test func framesOfAnotherFileOrOfBeforeAreDamage() throws {
    var frames = Self.frames()
    frames[2].salt = 78
    frames[4].sequence = 1
    #expect(try walk(Self.header + frames.flatMap(\.encoded)) == ["0", "1", "x", "3", "x", "5"])
  }

  @Test func numbersMayJumpButNotToTheLast() throws {
    var frames = Self.frames()
    frames[4].sequence = .max - 1
    frames[5].sequence = .max
    #expect(
      try walk(Self.header + frames.flatMap(\.encoded)) == ["0", "1", "2", "3", "18446744073709551614", "…"])
  }

  /// A header that is whole and says a length beyond the file, or the largest that there is.
  @Test func aLengthThatIsWrongCostsItsFrameAlone() throws {
    for length in [0, 1, 10_000, 2 * Limits.readableFrameBytes] {
      var frames = Self.frames().map(\.encoded)
      let lie = JournalFrameHeader(salt: 77, sequence: 2, payloadBytes: 10, storedBytes: length)
      var whole = [UInt8](repeating: 0, count: 40)
      if length <= 1 { continue }
      whole.withUnsafeMutableBytes { target in
        var block = [UInt8](repeating: 0, count: 40 + length)
        block.withUnsafeMutableBytes { lie.encode(into: $0) }
        target.copyBytes(from: block[..<40])
      }
      frames[2].replaceSubrange(..<40, with: whole)
      #expect(try walk(Self.header + frames.flatMap { $0 }) == ["0", "1", "x", "3", "4", "5"])
    }
  }

  @Test func damageCostsTheFramesThatItIsIn() throws {
    var mutation = Mutation(seed: 21)
    let frames = Self.frames().map(\.encoded)
    for _ in 0..<800 {
      var damaged = frames
      let hit = Int.random(in: 0..<frames.count, using: &mutation.random)
      damaged[hit] = mutation.damage(frames[hit])
      let steps = try walk(Self.header + damaged.flatMap { $0 })
      for frame in 0..<frames.count where frame != hit { #expect(steps.contains("\(frame)"), "\(steps), \(hit)") }
    }
  }

  @Test func anyOctetsAreWalkedOver() throws {
    var mutation = Mutation(seed: 22)
    let whole = Self.header + Self.frames().flatMap(\.encoded)
    for _ in 0..<800 { _ = try walk(mutation.damage(whole)) }
    for length in 0..<200 { _ = try walk(mutation.random.octets(length)) }
    let marker = (0..<8).map { UInt8(truncatingIfNeeded: JournalFormat.marker >> (8 * $0)) }
    for count in 1..<40 { _ = try walk((0..<count).flatMap { _ in marker }) }
  }
}
