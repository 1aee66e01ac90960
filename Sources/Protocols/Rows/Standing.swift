import Primitives

/// How well a row's sender is known, which decides what of the last room is left to it.
enum Standing: Sendable {
  /// Nobody has heard of it before.
  case stranger
  /// Its device has been heard for longer than a journal segment.
  case heard
  /// The registry knows it, or it is the node itself.
  case registered
}

/// A source's share of what all sources fill: an address, of IPv6 its network of 64 bits, since a host there has as many
/// addresses as it likes. Sources that fall on one number share a share.
struct SourceShare: Hashable, Sendable {
  var number: UInt16

  private static let seed = Secret.word

  init(_ source: SourceAddress) {
    let word = source.isIPv4 ? source.low : source.high
    var mixed = (word ^ Self.seed) &* 0x9E37_79B9_7F4A_7C15
    mixed ^= mixed >> 32
    number = UInt16(truncatingIfNeeded: mixed &* 0xBF58_476D_1CE4_E5B9 >> 40) % UInt16(Limits.sourceShares)
  }
}

/// Room that sources fill and that honest ones must always find.
///
/// A stranger gets more as long as it holds less than is left for all strangers: so one of them takes half at the most,
/// the next a quarter, and it is the newest that is refused. A part is kept for those who have been heard before, and
/// the last of it for those whom the registry knows.
enum FairShare {
  /// Whether a source that holds `own` of the `used` may take `wanted` more of `limit`.
  static func allows(_ wanted: Int, own: Int, used: Int, limit: Int, standing: Standing) -> Bool {
    let free = limit - used
    let reserved = limit / Limits.reservedShare
    switch standing {
    case .registered: return wanted <= free
    case .heard: return wanted <= free - reserved / 2 && own <= free
    case .stranger: return wanted <= free - reserved && own <= free - reserved
    }
  }
}
