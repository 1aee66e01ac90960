import Cryptography

/// By what an issuer's key is known again, whatever name it has: a name can be given to another key.
public struct IdentityKeyPrint: Hashable, Sendable {
  private let digest: [UInt8]

  /// - Parameter numbers: what makes the key, each the first octet first.
  init(_ algorithm: SignatureAlgorithm, _ numbers: [[UInt8]]) {
    var text: [UInt8] = Array("\(algorithm)".utf8)
    for number in numbers { text += Array(" \(number.count) ".utf8) + number }
    digest = DigestAlgorithm.sha256.digest(text) ?? text
  }
}
