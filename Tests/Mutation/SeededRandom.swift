/// The same numbers from the same seed, everywhere (SplitMix64).
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(_ seed: UInt64) {
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// That many octets; `isPlain` ones can be compressed.
  public mutating func octets(_ count: Int, isPlain: Bool = false) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: isPlain ? next() & 3 : next()) }
  }
}
