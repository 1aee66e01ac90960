import Cryptography
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

  /// The tag of a content: of its SHA-256, so that it changes whenever a byte does. nil if libcrypto has it not.
  ///
  /// - Parameter passing: bytes that say when the answer was made and not what it says. Answers that differ there alone
  ///   share a weak tag.
  init?(ofContent bytes: [UInt8], passing: Range<Int>? = nil) {
    let parts = passing.map { [bytes[..<$0.lowerBound], bytes[$0.upperBound...]] } ?? [bytes[...]]
    let digests = parts.compactMap { DigestAlgorithm.sha256.digest(part: $0) }
    guard digests.count == parts.count else { return nil }
    self.init(opaque: Hexadecimal.text(digests.flatMap { $0.prefix(16) }), isWeak: passing != nil)
  }

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
