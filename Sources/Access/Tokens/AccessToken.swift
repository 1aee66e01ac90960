import Cryptography

/// A secret that opens the interface to who bears it: `thn_` and 43 letters of base64url, which are 256 random bits.
///
/// Only its digest is kept, so what is in the tokens file opens nothing.
public enum AccessToken {
  public static let prefix = "thn_"
  private static let secretBytes = 32
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// A new one.
  public static func make() -> String { prefix + secret() }

  /// 43 letters that nobody can foresee.
  public static func secret() -> String {
    // base64url without padding (RFC 4648 section 5).
    var letters: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in randomBytes(secretBytes) {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        letters.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { letters.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: letters, as: UTF8.self)
  }

  /// Whether a text has the form of a token.
  public static func isOne(_ text: String) -> Bool {
    let letters = text.utf8.dropFirst(prefix.utf8.count)
    return text.utf8.starts(with: prefix.utf8) && letters.count == 43 && letters.allSatisfy(alphabet.contains)
  }

  /// Its SHA-256, by which it is known.
  public static func digest(_ token: String) -> TokenDigest {
    guard let bytes = DigestAlgorithm.sha256.digest(Array(token.utf8)), let digest = TokenDigest(bytes) else {
      fatalError("FATAL: cannot get SHA-256 from libcrypto")
    }
    return digest
  }
}

/// The SHA-256 of a token.
public struct TokenDigest: Hashable, Sendable {
  private let bytes: [UInt8]

  public static let byteCount = 32

  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// - Parameter hex: 64 hexadecimal digits; nil for anything else.
  public init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 2 * Self.byteCount else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Self.value(digits[place]), let low = Self.value(digits[place + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 97...102: digit - 87
    case 65...70: digit - 55
    default: nil
    }
  }

  /// 64 hexadecimal digits.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
