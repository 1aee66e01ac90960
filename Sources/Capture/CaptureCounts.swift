/// The account of a capture: `frames == datagrams - interleaved + skippedFrames`, and beside it every flaw by name.
public struct CaptureCounts: Sendable, Equatable {
  /// Frames (packets) that the file holds, of whatever protocol.
  public internal(set) var frames = 0
  /// Datagrams delivered: those that a frame held, and those that were put together from fragments.
  public internal(set) var datagrams = 0
  /// Datagrams among them that were put together from fragments.
  public internal(set) var reassembled = 0
  /// Packets among them that TCP connections carried between RTSP's messages.
  public internal(set) var interleaved = 0

  private var skips = [Int](repeating: 0, count: CaptureSkip.allCases.count)
  private var flaws = [Int](repeating: 0, count: CaptureFlaw.allCases.count)

  init() {}

  /// Frames skipped for this reason.
  public subscript(skip: CaptureSkip) -> Int { skips[Int(skip.rawValue)] }

  /// How often this flaw was met.
  public subscript(flaw: CaptureFlaw) -> Int { flaws[Int(flaw.rawValue)] }

  /// Frames that yielded no datagram, for whatever reason.
  public var skippedFrames: Int { skips.reduce(0, +) }

  /// Whether every frame is accounted for.
  public var isBalanced: Bool { frames == datagrams - interleaved + skippedFrames }

  /// Whether the file itself was damaged.
  public var isDamaged: Bool {
    let damage: [CaptureFlaw] = [
      .fileCutShort, .badRecordLength, .blockLengthMismatch, .malformedBlock, .badSectionHeader,
    ]
    return damage.contains { self[$0] > 0 }
  }

  mutating func count(_ skip: CaptureSkip) { skips[Int(skip.rawValue)] += 1 }

  mutating func count(_ flaw: CaptureFlaw, times: Int = 1) { flaws[Int(flaw.rawValue)] += times }
}
