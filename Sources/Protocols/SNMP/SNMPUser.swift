public import Cryptography

/// How a user's messages are encrypted: the cipher, and how its key is lengthened where the hash is too short for it.
public struct SNMPPrivacy: Sendable, Hashable {
  public enum KeyExtension: Sendable {
    /// draft-blumenthal-aes-usm-04: the hash of what there is, appended.
    case blumenthal
    /// draft-reeder-snmpv3-usm-3desede-00, as Cisco does it for AES: the key as a password of the next one.
    case reeder
  }

  public var cipher: CipherAlgorithm
  public var keyExtension: KeyExtension

  /// `DES`, `AES-128`, `AES-192`, `AES-256`, or `AES-192-C` and `AES-256-C` for the second way; nil for another name.
  public init?(name: String) {
    let isReeder = name.hasSuffix("-C")
    let plain = isReeder ? String(name.dropLast(2)) : name
    guard let cipher = CipherAlgorithm(rawValue: plain == "AES" ? "AES-128" : plain),
      !isReeder || cipher == .aes192 || cipher == .aes256
    else { return nil }
    self.cipher = cipher
    keyExtension = isReeder ? .reeder : .blumenthal
  }
}

/// A user of the User-based Security Model (RFC 3414), with keys not yet bound to an engine.
public struct SNMPUser: Sendable {
  public var name: [UInt8]
  public var authentication: DigestAlgorithm?
  public var privacy: SNMPPrivacy?
  /// RFC 3414 section A.2's keys, made of the passwords.
  let authenticationKey: [UInt8]
  let privacyKey: [UInt8]
  /// The engine whose user this is; any if nil.
  public var engineID: [UInt8]?

  /// Hashes a megabyte of each password. nil if the library lacks the hash.
  public init?(
    name: String, authentication: (algorithm: DigestAlgorithm, password: String)? = nil,
    privacy: (SNMPPrivacy, password: String)? = nil, engineID: [UInt8]? = nil
  ) {
    self.name = Array(name.utf8)
    self.engineID = engineID
    self.authentication = authentication?.algorithm
    self.privacy = privacy?.0
    guard let authentication else {
      authenticationKey = []
      privacyKey = []
      return
    }
    guard let key = Self.key(ofPassword: Array(authentication.password.utf8), authentication.algorithm),
      let second = Self.key(
        ofPassword: Array((privacy?.password ?? authentication.password).utf8), authentication.algorithm)
    else { return nil }
    authenticationKey = key
    privacyKey = second
  }

  /// RFC 3414 section A.2.1: the hash of the password, repeated to 1,048,576 octets.
  static func key(ofPassword password: [UInt8], _ algorithm: DigestAlgorithm) -> [UInt8]? {
    guard !password.isEmpty else { return nil }
    var text: [UInt8] = []
    text.reserveCapacity(1_048_576 + password.count)
    while text.count < 1_048_576 { text += password }
    text.removeLast(text.count - 1_048_576)
    return algorithm.digest(text)
  }
}
