import CCrypto

/// Hashes of OpenSSL's libcrypto, and codes keyed with them (RFC 2104).
///
/// `unsafe` is sound here: buffers are arrays of ours, and the library writes no more than EVP_MAX_MD_SIZE octets.
public enum DigestAlgorithm: String, CaseIterable, Sendable {
  case md5 = "MD5"
  case sha1 = "SHA-1"
  case sha224 = "SHA-224"
  case sha256 = "SHA-256"
  case sha384 = "SHA-384"
  case sha512 = "SHA-512"

  private var implementation: OpaquePointer? {
    switch self {
    case .md5: EVP_md5()
    case .sha1: EVP_sha1()
    case .sha224: EVP_sha224()
    case .sha256: EVP_sha256()
    case .sha384: EVP_sha384()
    case .sha512: EVP_sha512()
    }
  }

  /// Octets of the hash.
  public var byteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha224: 28
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// The hash of `bytes`; nil if the library has it not (MD5 where only FIPS algorithms are allowed).
  public func digest(_ bytes: [UInt8]) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    guard EVP_Digest(bytes, bytes.count, &result, &length, implementation, nil) == 1 else { return nil }
    return Array(result.prefix(Int(length)))
  }

  /// HMAC of `bytes`; nil as above.
  public func authenticationCode(key: [UInt8], _ bytes: [UInt8]) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    guard HMAC(implementation, key, Int32(key.count), bytes, bytes.count, &result, &length) != nil else { return nil }
    return Array(result.prefix(Int(length)))
  }
}

/// Comparison in a time that tells nothing of the content.
public func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// Octets that nobody can foresee.
public func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  guard RAND_bytes(&bytes, Int32(count)) == 1 else { fatalError("FATAL: cannot get random octets from libcrypto") }
  return bytes
}
