import CCrypto

/// Ciphers of OpenSSL's libcrypto as SNMP's privacy uses them.
///
/// `unsafe` is sound here: the context is freed on every way out, and the output has room for a block more than the
/// input.
public enum CipherAlgorithm: String, CaseIterable, Sendable {
  /// DES in CBC mode without padding (RFC 3414 section 8).
  case des = "DES"
  /// AES in CFB mode with 128 bits of feedback (RFC 3826).
  case aes128 = "AES-128"
  case aes192 = "AES-192"
  case aes256 = "AES-256"

  private var implementation: OpaquePointer? {
    switch self {
    // Three times the same key is DES itself, which the library's default provider no longer has.
    case .des: EVP_des_ede3_cbc()
    case .aes128: EVP_aes_128_cfb128()
    case .aes192: EVP_aes_192_cfb128()
    case .aes256: EVP_aes_256_cfb128()
    }
  }

  /// Octets of the key.
  public var keyBytes: Int {
    switch self {
    case .des: 8
    case .aes128: 16
    case .aes192: 24
    case .aes256: 32
    }
  }

  /// Octets that it works on at once; input of DES must be a multiple of them.
  public var blockBytes: Int { self == .des ? 8 : 16 }

  /// Plain text of `bytes`; nil if key, vector or length do not fit.
  public func decrypted(_ bytes: [UInt8], key: [UInt8], vector: [UInt8]) -> [UInt8]? {
    run(bytes, key: key, vector: vector, encrypts: false)
  }

  /// Cipher text of `bytes`; nil as above.
  public func encrypted(_ bytes: [UInt8], key: [UInt8], vector: [UInt8]) -> [UInt8]? {
    run(bytes, key: key, vector: vector, encrypts: true)
  }

  private func run(_ bytes: [UInt8], key: [UInt8], vector: [UInt8], encrypts: Bool) -> [UInt8]? {
    guard key.count == keyBytes, vector.count == blockBytes, self != .des || bytes.count % blockBytes == 0,
      let context = EVP_CIPHER_CTX_new()
    else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    let wholeKey = self == .des ? key + key + key : key
    guard EVP_CipherInit_ex(context, implementation, nil, wholeKey, vector, encrypts ? 1 : 0) == 1 else { return nil }
    EVP_CIPHER_CTX_set_padding(context, 0)
    var output = [UInt8](repeating: 0, count: bytes.count + 32)
    var length: Int32 = 0
    guard EVP_CipherUpdate(context, &output, &length, bytes, Int32(bytes.count)) == 1, length == bytes.count else {
      return nil
    }
    output.removeLast(output.count - bytes.count)
    return output
  }
}
