import Cryptography
import Primitives
import Text

/// A public key of an issuer (RFC 7517).
struct JSONWebKey: Sendable {
  /// `kid`.
  let name: String?
  let key: SignatureKey
  let print: IdentityKeyPrint

  var algorithm: SignatureAlgorithm { key.algorithm }

  /// Of a JWK; nil if it is of another kind, for another use, or none that should be believed.
  init?(_ value: JSONValue) {
    // A secret that everybody can read proves nothing.
    guard case .object = value, value["d"] == nil, value["k"] == nil, Self.isForSignatures(value),
      let (key, print) = Self.key(value)
    else { return nil }
    if let word = value["alg"] {
      guard word.text.flatMap(Self.algorithm(named:)) == key.algorithm else { return nil }
    }
    if let name = value["kid"] {
      guard let text = name.text, text.utf8.count <= Limits.webKeyNameBytes else { return nil }
      self.name = text
    } else {
      name = nil
    }
    self.key = key
    self.print = print
  }

  /// By its name in heads of tokens and in keys; nil for `none`, for those with a shared secret, and for all others.
  static func algorithm(named name: String) -> SignatureAlgorithm? {
    switch name {
    case "RS256": .rsaSHA256
    case "ES256": .p256SHA256
    // RFC 8037, and RFC 9864, which names the curve.
    case "EdDSA", "Ed25519": .ed25519
    default: nil
    }
  }

  private static func isForSignatures(_ value: JSONValue) -> Bool {
    if let use = value["use"], use.text != "sig" { return false }
    if let operations = value["key_ops"], !operations.elements.contains(.string("verify")) { return false }
    return true
  }

  private static func key(_ value: JSONValue) -> (SignatureKey, IdentityKeyPrint)? {
    func printed(_ key: SignatureKey?, _ numbers: [UInt8]...) -> (SignatureKey, IdentityKeyPrint)? {
      key.map { ($0, IdentityKeyPrint($0.algorithm, numbers)) }
    }
    func bytes(_ name: String) -> [UInt8]? { value[name]?.text.flatMap { Base64URL.decode($0) } }
    switch (value["kty"]?.text, value["crv"]?.text) {
    case ("RSA", _):
      guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
      return printed(.rsa(modulus: modulus, exponent: exponent), modulus, exponent)
    case ("EC", "P-256"):
      guard let x = bytes("x"), let y = bytes("y") else { return nil }
      return printed(.p256(x: x, y: y), x, y)
    case ("OKP", "Ed25519"): return bytes("x").flatMap { printed(.ed25519($0), $0) }
    default: return nil
    }
  }
}
