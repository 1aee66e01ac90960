/// Damages octets as disks, crashes and hostile hands do, the same way for the same seed.
///
/// What a checksum guards is damaged behind it: the caller gives `damage` what the checksum covers and puts a right one
/// in front of the outcome.
public struct Mutation: Sendable {
  public var random: SeededRandom

  public init(seed: UInt64) {
    random = SeededRandom(seed)
  }

  private enum Kind: CaseIterable {
    case flip, edge, scribble, cut, double, drop, swap, grow, number, digits
  }

  /// Octets that readers take for the end of something, or for its length.
  private static let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x0A, 0x20, 0x22, 0x2C, 0x5B, 0x7B, 0x30, 0x39]
  /// Lengths, counts and offsets that nobody has room for, or that overflow when something is added.
  private static let numbers: [UInt64] = [
    0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000, .max,
  ]
  private static let words = [
    "-1", "0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615", "1e308",
    "null", "NaN", "99999999999999999999999",
  ]

  /// A damaged copy: one to three things were done to it.
  public mutating func damage(_ whole: [UInt8]) -> [UInt8] {
    var octets = whole
    for _ in 0..<Int.random(in: 1...3, using: &random) { damageOnce(&octets) }
    return octets
  }

  private mutating func damageOnce(_ octets: inout [UInt8]) {
    guard !octets.isEmpty, let kind = Kind.allCases.randomElement(using: &random) else {
      octets += random.octets(4)
      return
    }
    let at = Int.random(in: octets.indices, using: &random)
    let stretch = at..<min(octets.count, at + Int.random(in: 1...32, using: &random))
    switch kind {
    case .flip: octets[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case .edge: octets[at] = Self.edges.randomElement(using: &random) ?? 0
    case .scribble: octets.replaceSubrange(stretch, with: random.octets(stretch.count))
    case .cut: octets.removeSubrange(at...)
    case .double: octets.insert(contentsOf: octets[stretch], at: at)
    case .drop: octets.removeSubrange(stretch)
    case .swap:
      let other = Int.random(in: octets.indices, using: &random)
      octets.swapAt(at, other)
    case .grow: octets.insert(contentsOf: random.octets(stretch.count), at: at)
    case .number: putNumber(&octets, at: at)
    case .digits: putDigits(&octets, at: at)
    }
  }

  /// A number of two, four or eight octets, in either order.
  private mutating func putNumber(_ octets: inout [UInt8], at start: Int) {
    let width = [2, 4, 8].randomElement(using: &random) ?? 4
    let number = Self.numbers.randomElement(using: &random) ?? 0
    let isBig = Bool.random(using: &random)
    for index in 0..<width where start + index < octets.count {
      let shift = UInt64(8 * (isBig ? width - 1 - index : index))
      octets[start + index] = UInt8(truncatingIfNeeded: number >> shift)
    }
  }

  /// Another number in the place of one that is written in digits.
  private mutating func putDigits(_ octets: inout [UInt8], at start: Int) {
    guard let first = octets[start...].firstIndex(where: { (48...57).contains($0) }) else { return }
    let end = octets[first...].firstIndex { !(48...57).contains($0) } ?? octets.count
    octets.replaceSubrange(first..<end, with: (Self.words.randomElement(using: &random) ?? "").utf8)
  }
}
