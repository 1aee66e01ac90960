import Cryptography
import Testing
@testable import Protocols

/// The examples of RFC 3414 section A.3 and RFC 7860's algorithms.
@Suite struct SNMPKeysTests {
  private let engine: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  @Test func keysOfPasswords() throws {
    let password = Array("maplesyrup".utf8)
    #expect(
      hexadecimal(try #require(SNMPUser.key(ofPassword: password, .md5))) == "9faf3283884e92834ebc9847d8edd963")
    #expect(
      hexadecimal(try #require(SNMPUser.key(ofPassword: password, .sha1)))
        == "9fb5cc0381497b3793528939ff788d5d79145211")
  }

  @Test func keysAtAnEngine() throws {
    let md5 = try #require(SNMPUser(name: "u", authentication: (.md5, "maplesyrup")))
    #expect(
      hexadecimal(try #require(SNMPKeys(md5, engineID: engine)).authentication) == "526f5eed9fcce26f8964c2930787d82b")
    let sha1 = try #require(SNMPUser(name: "u", authentication: (.sha1, "maplesyrup")))
    #expect(
      hexadecimal(try #require(SNMPKeys(sha1, engineID: engine)).authentication)
        == "6695febc9288e36282235fc7151f128497b38f3f")
  }

  @Test(arguments: ["DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C"])
  func keysAreLongEnough(name: String) throws {
    let privacy = try #require(SNMPPrivacy(name: name))
    for algorithm in DigestAlgorithm.allCases {
      let user = try #require(
        SNMPUser(name: "u", authentication: (algorithm, "maplesyrup"), privacy: (privacy, "maplesyrup")))
      let keys = try #require(SNMPKeys(user, engineID: engine))
      let input = try #require(keys.cipherInput(privacy.cipher, salt: [1, 2, 3, 4, 5, 6, 7, 8], boots: 3, time: 77))
      let plain = Array(repeating: UInt8(7), count: 48)
      let secret = try #require(privacy.cipher.encrypted(plain, key: input.key, vector: input.vector))
      #expect(secret != plain)
      #expect(privacy.cipher.decrypted(secret, key: input.key, vector: input.vector) == plain)
    }
    #expect(SNMPPrivacy(name: "AES-128-C") == nil && SNMPPrivacy(name: "ROT13") == nil)
  }
}
