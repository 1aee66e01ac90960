import CCrypto

/// A public key, and whether somebody signed with its private half.
///
/// `unsafe` and `@unchecked Sendable` are sound here: the library's key is made once, never changed, and freed with the
/// last reference; contexts and numbers are freed on every way out.
public final class SignatureKey: @unchecked Sendable {
  public let algorithm: SignatureAlgorithm
  private let key: OpaquePointer

  /// Bits of an RSA key: a shorter one can be broken, a longer one costs who checks too much.
  public static let rsaBits = 2_048...8_192
  /// Octets of an RSA key's exponent: 65,537 has three. The time of a check grows with them.
  public static let rsaExponentBytes = 4
  public static let p256CoordinateBytes = 32
  public static let ed25519KeyBytes = 32
  private static let ed25519SignatureBytes = 64

  private init(_ algorithm: SignatureAlgorithm, _ key: OpaquePointer) {
    self.algorithm = algorithm
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// A key of RSA from its numbers, the first octet first; nil if nobody should believe it.
  public static func rsa(modulus: [UInt8], exponent: [UInt8]) -> SignatureKey? {
    let modulus = Array(modulus.drop { $0 == 0 })
    let exponent = Array(exponent.drop { $0 == 0 })
    guard let first = modulus.first, let last = modulus.last, let end = exponent.last else { return nil }
    let bits = modulus.count * 8 - first.leadingZeroBitCount
    guard rsaBits.contains(bits), last & 1 == 1, end & 1 == 1, exponent.count <= rsaExponentBytes, exponent != [1]
    else {
      return nil
    }
    return withNumbers(modulus, exponent) { modulus, exponent, builder in
      OSSL_PARAM_BLD_push_BN(builder, text("n"), modulus) == 1
        && OSSL_PARAM_BLD_push_BN(builder, text("e"), exponent) == 1
        ? make("RSA", builder) : nil
    }.map { SignatureKey(.rsaSHA256, $0) }
  }

  /// A key on P-256 from its point; nil if that is not on the curve.
  public static func p256(x: [UInt8], y: [UInt8]) -> SignatureKey? {
    guard x.count == p256CoordinateBytes, y.count == p256CoordinateBytes, let builder = OSSL_PARAM_BLD_new() else {
      return nil
    }
    defer { OSSL_PARAM_BLD_free(builder) }
    let point = [4] + x + y
    // The builder keeps pointers to what it is told until the key is made.
    return point.withUnsafeBytes { point -> OpaquePointer? in
      OSSL_PARAM_BLD_push_utf8_string(builder, text("group"), text("prime256v1"), 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(builder, text("pub"), point.baseAddress, point.count) == 1
        ? make("EC", builder) : nil
    }.map { SignatureKey(.p256SHA256, $0) }
  }

  /// A key of Ed25519 from its octets.
  public static func ed25519(_ bytes: [UInt8]) -> SignatureKey? {
    guard bytes.count == ed25519KeyBytes else { return nil }
    defer { ERR_clear_error() }
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count).map { SignatureKey(.ed25519, $0) }
  }

  /// A text of C that stays where it is: parameters keep the pointers to their names.
  private static func text(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  private static func withNumbers(
    _ left: [UInt8], _ right: [UInt8], _ body: (OpaquePointer, OpaquePointer, OpaquePointer) -> OpaquePointer?
  ) -> OpaquePointer? {
    let (first, second) = (
      BN_bin2bn(left, Int32(left.count), nil), BN_bin2bn(right, Int32(right.count), nil)
    )
    let builder = OSSL_PARAM_BLD_new()
    defer {
      BN_free(first)
      BN_free(second)
      OSSL_PARAM_BLD_free(builder)
    }
    guard let first, let second, let builder else { return nil }
    return body(first, second, builder)
  }

  /// The key that a builder's parameters say, after the library has looked whether it can be one.
  private static func make(_ kind: String, _ builder: OpaquePointer) -> OpaquePointer? {
    defer { ERR_clear_error() }
    guard let parameters = OSSL_PARAM_BLD_to_param(builder) else { return nil }
    defer { OSSL_PARAM_free(parameters) }
    guard let context = EVP_PKEY_CTX_new_from_name(nil, kind, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_fromdata_init(context) == 1,
      EVP_PKEY_fromdata(context, &key, ccrypto_public_key(), parameters) == 1, let key
    else { return nil }
    if isSound(key) { return key }
    EVP_PKEY_free(key)
    return nil
  }

  /// Of a key of RSA the library would look whether its modulus is a prime, which takes long and tells nothing of who
  /// made it.
  private static func isSound(_ key: OpaquePointer) -> Bool {
    if EVP_PKEY_is_a(key, "RSA") == 1 { return true }
    guard let check = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return false }
    defer { EVP_PKEY_CTX_free(check) }
    return EVP_PKEY_public_check(check) == 1
  }

  /// Whether `signature` is one of `message` by this key.
  public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    defer { ERR_clear_error() }
    switch algorithm {
    case .rsaSHA256: return verifies(signature, of: message, digest: EVP_sha256())
    case .p256SHA256:
      guard let encoded = Self.derSignature(signature) else { return false }
      return verifies(encoded, of: message, digest: EVP_sha256())
    case .ed25519:
      return signature.count == Self.ed25519SignatureBytes && verifies(signature, of: message, digest: nil)
    }
  }

  private func verifies(_ signature: [UInt8], of message: [UInt8], digest: OpaquePointer?) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    return EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// r and s as the library reads them: a sequence of two whole numbers (RFC 3279 section 2.2.3).
  private static func derSignature(_ signature: [UInt8]) -> [UInt8]? {
    guard signature.count == 2 * p256CoordinateBytes else { return nil }
    let body = whole(signature.prefix(p256CoordinateBytes)) + whole(signature.suffix(p256CoordinateBytes))
    return [0x30, UInt8(body.count)] + body
  }

  /// A positive number in DER: without needless zeros, with one where its first bit would say that it is negative.
  private static func whole(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var digits = Array(bytes.drop { $0 == 0 })
    if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
    return [0x02, UInt8(digits.count)] + digits
  }
}
