import Cryptography

/// A user's keys, localised to one engine (RFC 3414 section 2.6).
struct SNMPKeys: Sendable {
  let authentication: [UInt8]
  let privacy: [UInt8]

  /// nil if the library lacks the hash, or the user has none.
  init?(_ user: SNMPUser, engineID: [UInt8]) {
    guard let algorithm = user.authentication,
      let own = Self.localised(user.authenticationKey, engineID, algorithm)
    else { return nil }
    authentication = own
    guard let privacy = user.privacy else {
      self.privacy = []
      return
    }
    guard var key = Self.localised(user.privacyKey, engineID, algorithm) else { return nil }
    // DES takes eight octets of key and eight that its vectors begin with.
    let wanted = privacy.cipher == .des ? 16 : privacy.cipher.keyBytes
    var newest = key
    while key.count < wanted {
      switch privacy.keyExtension {
      case .blumenthal:
        guard let more = algorithm.digest(key) else { return nil }
        key += more
      case .reeder:
        guard let longer = SNMPUser.key(ofPassword: newest, algorithm),
          let more = Self.localised(longer, engineID, algorithm)
        else { return nil }
        newest = more
        key += more
      }
    }
    self.privacy = Array(key.prefix(wanted))
  }

  private static func localised(_ key: [UInt8], _ engineID: [UInt8], _ algorithm: DigestAlgorithm) -> [UInt8]? {
    algorithm.digest(key + engineID + key)
  }

  /// How long the code in a message is (RFC 3414 section 6, RFC 7860 section 4).
  static func codeBytes(_ algorithm: DigestAlgorithm) -> Int {
    switch algorithm {
    case .md5, .sha1: 12
    case .sha224: 16
    case .sha256: 24
    case .sha384: 32
    case .sha512: 48
    }
  }

  /// Key and initialisation vector for a message whose salt is `salt` (RFC 3414 section 8.1.1, RFC 3826 section 3.1).
  func cipherInput(
    _ cipher: CipherAlgorithm, salt: [UInt8], boots: Int64, time: Int64
  ) -> (key: [UInt8], vector: [UInt8])? {
    guard salt.count == 8 else { return nil }
    if cipher == .des {
      let vector = zip(privacy[8..<16], salt).map { $0 ^ $1 }
      return (Array(privacy[..<8]), vector)
    }
    func octets(_ value: Int64) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    return (privacy, octets(boots) + octets(time) + salt)
  }
}
