import Cryptography
import Testing

@Suite struct CipherAlgorithmTests {
  @Test(arguments: CipherAlgorithm.allCases)
  func whatIsEncryptedComesBack(cipher: CipherAlgorithm) throws {
    let key = (0..<cipher.keyBytes).map { UInt8($0) }
    let vector = (0..<cipher.blockBytes).map { UInt8($0 &* 7) }
    for length in [0, 8, 16, 24, 1_024] {
      let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 3) }
      let secret = try #require(cipher.encrypted(plain, key: key, vector: vector))
      #expect(secret.count == length && (length == 0 || secret != plain))
      #expect(cipher.decrypted(secret, key: key, vector: vector) == plain)
      let other = cipher.decrypted(secret, key: key.map { $0 ^ 0x80 }, vector: vector)
      #expect(length == 0 || other != plain)
    }
  }

  @Test(arguments: CipherAlgorithm.allCases)
  func keysVectorsAndLengthsMustFit(cipher: CipherAlgorithm) {
    let key = [UInt8](repeating: 1, count: cipher.keyBytes)
    let vector = [UInt8](repeating: 2, count: cipher.blockBytes)
    let block = [UInt8](repeating: 3, count: 16)
    #expect(cipher.decrypted(block, key: Array(key.dropLast()), vector: vector) == nil)
    #expect(cipher.decrypted(block, key: key + [1], vector: vector) == nil)
    #expect(cipher.decrypted(block, key: key, vector: []) == nil)
    #expect((cipher.decrypted(Array(block.dropLast()), key: key, vector: vector) == nil) == (cipher == .des))
  }

  /// FIPS 81 and SP 800-38A, F.3.13.
  @Test func knownTexts() {
    let des = CipherAlgorithm.des.encrypted(
      Array("Now is the time for all ".utf8), key: [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF],
      vector: [0x12, 0x34, 0x56, 0x78, 0x90, 0xAB, 0xCD, 0xEF])
    #expect(des?.prefix(8).elementsEqual([0xE5, 0xC7, 0xCD, 0xDE, 0x87, 0x2B, 0xF2, 0x7C]) == true)
    let aes = CipherAlgorithm.aes128.encrypted(
      [0x6B, 0xC1, 0xBE, 0xE2, 0x2E, 0x40, 0x9F, 0x96, 0xE9, 0x3D, 0x7E, 0x11, 0x73, 0x93, 0x17, 0x2A],
      key: [0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F, 0x3C],
      vector: (0..<16).map { UInt8($0) })
    #expect(aes?.starts(with: [0x3B, 0x3F, 0xD9, 0x2E, 0xB7, 0x2D, 0xAD, 0x20]) == true)
  }
}
