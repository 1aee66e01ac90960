import Text

/// Takes out of a request's target what looks like a token: whoever reads the audit must not be able to ask in the name of
/// another.
public enum TokenMask {
  /// What stands in its place.
  public static let mask = "[token]"

  /// A query, with each value or name masked that holds a token, however it is encoded.
  public static func masked(query: String) -> String { masked(query, separator: "&", inner: "=") }

  /// A path, with each segment masked that holds a token.
  public static func masked(path: String) -> String { masked(path, separator: "/", inner: nil) }

  /// How often a text may be encoded over.
  private static let depth = 3
  /// Fewer letters are no secret.
  private static let leastLetters = 16
  private static let ownPrefix = Array("thn_".utf8)
  private static let webPrefix = Array("eyJ".utf8)

  private static func masked(_ text: String, separator: Character, inner: Character?) -> String {
    if !isSuspect(Array(text.utf8)) { return text }
    let parts = text.split(separator: separator, omittingEmptySubsequences: false).map { part -> String in
      guard let inner, let sign = part.firstIndex(of: inner) else { return word(part) }
      return word(part[..<sign]) + String(inner) + word(part[part.index(after: sign)...])
    }
    return parts.joined(separator: String(separator))
  }

  /// Whether a closer look is needed at all.
  private static func isSuspect(_ bytes: [UInt8]) -> Bool {
    bytes.contains(UInt8(ascii: "%")) || bytes.firstRange(of: ownPrefix) != nil
      || bytes.firstRange(of: webPrefix) != nil
  }

  private static func word(_ text: Substring) -> String {
    var bytes = Array(text.utf8)
    for _ in 0...depth {
      if holdsToken(bytes) { return mask }
      guard bytes.contains(UInt8(ascii: "%")) else { break }
      bytes = decoded(bytes)
    }
    return String(text)
  }

  private static func holdsToken(_ bytes: [UInt8]) -> Bool {
    for start in bytes.indices {
      let rest = bytes[start...]
      if rest.starts(with: ownPrefix), letters(rest.dropFirst(ownPrefix.count)) >= leastLetters { return true }
      // A web token: two texts of JSON and a signature, a dot between them.
      if rest.starts(with: webPrefix) {
        let head = letters(rest)
        let tail = rest.dropFirst(head)
        if tail.first == UInt8(ascii: "."), head + letters(tail.dropFirst()) >= leastLetters { return true }
      }
    }
    return false
  }

  /// Letters of base64url that it begins with.
  private static func letters(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.prefix { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
    }.count
  }

  /// Undoes percent-encoding where it is one, and leaves the rest.
  private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let octets = PercentCoding.octets(String(decoding: bytes[index...index + 2], as: UTF8.self)),
        octets.count == 1
      {
        result.append(octets[0])
        index += 3
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }
}
