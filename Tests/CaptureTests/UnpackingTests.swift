import Gzip
import Mutation
import Testing
import Zstd

/// Compressed captures are taken out piece by piece, however small the pieces, and damage ends them.
@Suite struct UnpackingTests {
  private static let content: [UInt8] = {
    var random = SeededRandom(1)
    return random.octets(30_000, isPlain: true)
  }()

  private static func gzip(_ content: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = []
    GzipStream(level: 6).compress(content, isLast: true, appendingTo: &packed)
    return packed
  }

  private static func zstd(_ content: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = []
    ZstdStream(level: 3).compress(content, isLast: true, appendingTo: &packed)
    return packed
  }

  /// Everything that comes out, in pieces of at most those sizes; whether it was damaged.
  private func unpack(
    _ packed: [UInt8], _ most: (taken: Int, written: Int),
    _ expand: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> (taken: Int, written: Int)
  ) -> [UInt8] {
    var content: [UInt8] = []
    var at = 0
    var idle = 0
    var target = [UInt8](repeating: 0, count: most.written)
    while idle < 2 {
      let end = min(packed.count, at + most.taken)
      let step = packed.withUnsafeBytes { source in
        target.withUnsafeMutableBytes { expand(UnsafeRawBufferPointer(rebasing: source[at..<end]), $0) }
      }
      #expect(step.taken <= end - at && step.written <= most.written)
      at += step.taken
      content += target[..<step.written]
      idle = step.taken == 0 && step.written == 0 ? idle + 1 : 0
      if content.count > 1 << 22 { break }
    }
    return content
  }

  @Test(arguments: [(1 << 20, 1 << 20), (7, 1 << 20), (1 << 20, 11), (1, 1)])
  func piecesOfAnySize(taken: Int, written: Int) {
    // Bytewise only of a little.
    let content = taken == 1 ? Array(Self.content[..<500]) : Self.content
    let gunzip = GunzipStream()
    #expect(unpack(Self.gzip(content), (taken, written), gunzip.expand) == content)
    #expect(gunzip.isOver && !gunzip.isDamaged)
    let reader = ZstdReader()
    #expect(unpack(Self.zstd(content), (taken, written), reader.expand) == content)
    #expect(reader.isBetweenFrames && !reader.isDamaged)
  }

  @Test func severalMembersAreOneContent() {
    let packed = Self.gzip(Self.content) + Self.gzip([1, 2, 3])
    #expect(unpack(packed + [0, 0, 0], (1 << 20, 4_096), GunzipStream().expand) == Self.content + [1, 2, 3])
    let frames = Self.zstd(Self.content) + Self.zstd([1, 2, 3])
    #expect(unpack(frames, (1 << 20, 4_096), ZstdReader().expand) == Self.content + [1, 2, 3])
  }

  @Test func whatBreaksOffIsNoEnd() {
    let gunzip = GunzipStream()
    let packed = Self.gzip(Self.content)
    let head = unpack(Array(packed[..<(packed.count / 2)]), (1 << 20, 4_096), gunzip.expand)
    #expect(!gunzip.isOver && Self.content.starts(with: head))
    let reader = ZstdReader()
    _ = unpack(Array(Self.zstd(Self.content).dropLast(5)), (1 << 20, 4_096), reader.expand)
    #expect(!reader.isBetweenFrames && !reader.isDamaged)
  }

  @Test func damageEndsOrGoesOnWithinBounds() {
    var mutation = Mutation(seed: 2)
    var damaged = (0, 0)
    let (gzip, zstd) = (Self.gzip(Self.content), Self.zstd(Self.content))
    for _ in 0..<150 {
      let gunzip = GunzipStream()
      _ = unpack(mutation.damage(gzip), (1 << 20, 65_536), gunzip.expand)
      if gunzip.isDamaged { damaged.0 += 1 }
      let reader = ZstdReader()
      _ = unpack(mutation.damage(zstd), (1 << 20, 65_536), reader.expand)
      if reader.isDamaged { damaged.1 += 1 }
    }
    #expect(damaged.0 > 20 && damaged.1 > 20)
  }
}
