import Registry
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
    var hash = TagHash()
    hash.add(bytes[..<passed.lowerBound])
    hash.add(bytes[passed.upperBound...])
    self.init(hash, isWeak: passing != nil)
  }

  /// The tag of what was hashed.
  init(_ hash: TagHash, isWeak: Bool) {
    var hash = hash
    let byteCount = hash.byteCount
    self.init(opaque: String(hash.finish(), radix: 16) + "-" + String(byteCount, radix: 16), isWeak: isWeak)
  }

  /// The tag of the same content for somebody to whom those devices alone exist.
  func ofScope(_ scope: DeviceScope) -> EntityTag {
    if scope.isEverything { return self }
    let texts = [scope.areas, scope.domains, scope.agencies].map { $0.sorted().joined(separator: "\u{1}") }
    var hash = TagHash()
    hash.add(Array(texts.joined(separator: "\u{2}").utf8)[...])
    return EntityTag(opaque: opaque + "-" + String(hash.finish(), radix: 16), isWeak: isWeak)
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
