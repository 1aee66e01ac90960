import Primitives

/// What names one version of an answer (RFC 9110 section 8.8.3).
struct EntityTag: Hashable, Sendable {
  /// Printable ASCII without quotes.
  var opaque: String
  /// Whether it stands for answers that say the same in other bytes: such a tag outlives another coding.
  var isWeak: Bool

  init(opaque: String, isWeak: Bool = false) {
    self.opaque = opaque
    self.isWeak = isWeak
  }

  /// The tag of a content: of a hash and its length, so that it changes when a byte does. The same over restarts.
  ///
  /// 64 bits do against chance, which is all that there is to fear: who asks has no say in what is hashed. A cryptographic
  /// hash takes a fifth of the time in which a large answer is made.
  ///
  /// - Parameter passing: bytes that say when the answer was made and not what it says. Answers that differ there alone
  ///   share a weak tag.
  init(ofContent bytes: [UInt8], passing: Range<Int>? = nil) {
    let passed = passing ?? bytes.count..<bytes.count
    let whole = bytes.span.bytes
    let first = Self.hash.hash(whole.extracting(0..<passed.lowerBound))
    let rest = Self.hash.hash(whole.extracting(passed.upperBound..<bytes.count))
    let sum = (first &* 0x9E37_79B9_7F4A_7C15) ^ rest
    self.init(
      opaque: String(sum, radix: 16) + "-" + String(bytes.count - passed.count, radix: 16), isWeak: passing != nil)
  }

  private static let hash = KeyHash(seed: 0x7468_696E_6169)

  /// As the header has it, for the bytes of one coding.
  func text(_ coding: ContentCoding) -> String {
    if isWeak { return "W/\"\(opaque)\"" }
    return coding == .identity ? "\"\(opaque)\"" : "\"\(opaque)-\(coding.rawValue)\""
  }

  /// Whether `If-None-Match` names it: compared weakly (section 13.1.2), so `W/` makes no difference.
  static func isNamed(_ tag: String, in field: String) -> Bool {
    let wanted = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
    var rest = field[...]
    while true {
      rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
      if rest.first == "*" { return true }
      if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
      // A comma may stand within the quotes.
      guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return false }
      if rest[...end] == wanted { return true }
      rest = rest[rest.index(after: end)...]
    }
  }
}
