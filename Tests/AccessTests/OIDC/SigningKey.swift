import CCrypto
import Text

/// A pair of keys that a test's issuer signs with. Made by the library itself, not by what is tested.
///
/// `unsafe` and `@unchecked Sendable` are sound here: the pair is made once and lives as long as the tests.
final class SigningKey: @unchecked Sendable {
  enum Kind: String, CaseIterable {
    case rsa = "RS256"
    case p256 = "ES256"
    case ed25519 = "EdDSA"
  }

  let kind: Kind
  private let pair: OpaquePointer

  init(_ kind: Kind, bits: Int32 = 2_048) {
    self.kind = kind
    let name =
      switch kind {
      case .rsa: "RSA"
      case .p256: "EC"
      case .ed25519: "ED25519"
      }
    let context = EVP_PKEY_CTX_new_from_name(nil, name, nil)
    defer { EVP_PKEY_CTX_free(context) }
    precondition(EVP_PKEY_keygen_init(context) == 1)
    if kind == .rsa { precondition(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1) }
    if kind == .p256 { precondition(EVP_PKEY_CTX_set_group_name(context, "prime256v1") == 1) }
    var pair: OpaquePointer?
    guard EVP_PKEY_generate(context, &pair) == 1, let pair else { fatalError("cannot make a key for a test") }
    self.pair = pair
  }

  /// One of each kind, for all tests: to make one of RSA takes a while.
  static let all: [Kind: SigningKey] = Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0, SigningKey($0)) })

  static func known(_ kind: Kind) -> SigningKey { all[kind] ?? SigningKey(kind) }

  private func number(_ name: String, count: Int? = nil) -> [UInt8] {
    var number: OpaquePointer?
    precondition(EVP_PKEY_get_bn_param(pair, name, &number) == 1)
    defer { BN_free(number) }
    return Self.bytes(number, count: count)
  }

  private static func bytes(_ number: OpaquePointer?, count: Int?) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count ?? Int(BN_num_bits(number) + 7) / 8)
    precondition(BN_bn2binpad(number, &bytes, Int32(bytes.count)) == bytes.count)
    return bytes
  }

  /// The members of the public half that are numbers.
  var numbers: [(String, [UInt8])] {
    switch kind {
    case .rsa: return [("n", number("n")), ("e", number("e"))]
    case .p256: return [("x", number("qx", count: 32)), ("y", number("qy", count: 32))]
    case .ed25519:
      var bytes = [UInt8](repeating: 0, count: 32)
      var count = bytes.count
      precondition(EVP_PKEY_get_raw_public_key(pair, &bytes, &count) == 1)
      return [("x", bytes)]
    }
  }

  /// The public half as an issuer publishes it.
  func webKey(_ name: String?, _ more: [(String, JSONValue)] = []) -> JSONValue {
    var members: [(String, JSONValue)] = numbers.map { ($0.0, .string(Base64URL.encode($0.1))) }
    switch kind {
    case .rsa: members.append(("kty", "RSA"))
    case .p256: members += [("kty", "EC"), ("crv", "P-256")]
    case .ed25519: members += [("kty", "OKP"), ("crv", "Ed25519")]
    }
    if let name { members.append(("kid", .string(name))) }
    return .members(members + more)
  }

  /// As JOSE has it: of ECDSA both numbers one behind the other.
  func sign(_ message: [UInt8]) -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    let digest = kind == .ed25519 ? nil : EVP_sha256()
    precondition(EVP_DigestSignInit(context, nil, digest, nil, pair) == 1)
    var signature = [UInt8](repeating: 0, count: 1_024)
    var count = signature.count
    precondition(EVP_DigestSign(context, &signature, &count, message, message.count) == 1)
    signature.removeLast(signature.count - count)
    if kind != .p256 { return signature }
    return signature.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      let pair = d2i_ECDSA_SIG(nil, &start, buffer.count)
      defer { ECDSA_SIG_free(pair) }
      return Self.bytes(ECDSA_SIG_get0_r(pair), count: 32) + Self.bytes(ECDSA_SIG_get0_s(pair), count: 32)
    }
  }
}
