/// The generator behind every simulated value: xorshift64*, one independent stream per seed and stream number, the
/// same on every machine.
public struct FleetRandom: Sendable, BitwiseCopyable {
  private var state: UInt64

  /// The stream `stream` of `seed`.
  public init(seed: UInt64, stream: UInt64) {
    state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 ^ ((stream &+ 1) &* 0xD1B5_4A32_D192_ED03)
    if state == 0 { state = 0x9E37_79B9_7F4A_7C15 }
    for _ in 0..<8 { _ = next() }
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    var x = state
    x ^= x >> 12
    x ^= x << 25
    x ^= x >> 27
    state = x
    return x &* 2_685_821_657_736_338_717
  }

  /// An integer of `0..<bound`.
  public mutating func below(_ bound: Int64) -> Int64 {
    Int64(next() % UInt64(bound))
  }

  /// True with probability `share`.
  public mutating func happens(_ share: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 < share
  }

  /// A step of a random walk: `-reach…reach` with probability `share`, else 0.
  mutating func step(_ share: Double, reach: Int64 = 1) -> Int64 {
    happens(share) ? below(2 * reach + 1) - reach : 0
  }
}
