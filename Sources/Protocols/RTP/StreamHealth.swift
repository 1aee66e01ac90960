import Primitives

/// What a stream lost in its last ten seconds with packets, and whether its sender took its leave.
struct StreamHealth: BitwiseCopyable {
  /// The sender said goodbye then; `.max` if it did not, or went on.
  var leftAt = UnixNanos.max
  private var expected = InlineArray<10, Int32>(repeating: 0)
  private var lost = InlineArray<10, Int32>(repeating: 0)
  private var seconds: UInt32 = 0

  /// Bounds of an operator; the defaults suit a camera of a few pictures a second.
  static let degradedPerThousand: Int64 = 10
  private static let fewestLost: Int64 = 3
  private static let windowSeconds: UInt32 = 10
  private static let fewestSeconds: UInt32 = 3
  /// Packets that come so long after a goodbye are no stragglers.
  static let stragglingNanos = Nanos.perSecond

  var hasLeft: Bool { leftAt != .max }

  /// Counts a second's loss.
  mutating func closeSecond(_ second: StreamSecond) {
    let all = second.packets &- second.duplicates &+ second.lost
    if second.packets <= 0 { return }
    let place = Int(seconds % Self.windowSeconds)
    expected[place] = Int32(clamping: all)
    lost[place] = Int32(clamping: second.lost)
    seconds &+= 1
  }

  /// More than the share that pictures bear. What came late after all is lost no more.
  var isLossy: Bool {
    if seconds < Self.fewestSeconds { return false }
    var (all, gone): (Int64, Int64) = (0, 0)
    for index in 0..<Int(Self.windowSeconds) {
      all &+= Int64(expected[index])
      gone &+= Int64(lost[index])
    }
    return gone >= Self.fewestLost && gone &* 1_000 > all &* Self.degradedPerThousand
  }
}
