import Access
import Testing

@Suite struct AccessTokenTests {
  @Test func aNewOneHasTheFormThatIsToldAndIsNeverTheSame() {
    let made = (0..<200).map { _ in AccessToken.make() }
    #expect(Set(made).count == made.count)
    for token in made { #expect(AccessToken.isOne(token) && token.utf8.count == 47 && token.hasPrefix("thn_")) }
    // Every letter of the alphabet comes up: no bits are lost on the way.
    #expect(Set(made.joined().dropFirst(4)).count == 64)
  }

  @Test(arguments: [
    "", "thn_", "thn_" + String(repeating: "a", count: 42), "thn_" + String(repeating: "a", count: 44),
    "THN_" + String(repeating: "a", count: 43), "thn_" + String(repeating: "a", count: 42) + "=",
    "thn_" + String(repeating: "á", count: 43), "eyJhbGciOiJub25lIn0.e30.",
  ])
  func whatIsNoneIsTold(_ text: String) { #expect(!AccessToken.isOne(text)) }

  /// FIPS 180-2, appendix B.1.
  @Test func itsDigestIsSHA256() {
    #expect(
      AccessToken.digest("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func digestsAreReadInLettersOfBothCases() throws {
    let digest = AccessToken.digest("abc")
    #expect(TokenDigest(hex: digest.hex.uppercased()) == digest)
    #expect(TokenDigest(hex: String(digest.hex.dropLast())) == nil)
    #expect(TokenDigest(hex: digest.hex.dropLast() + "g") == nil)
    #expect(TokenDigest(hex: "") == nil)
  }
}
