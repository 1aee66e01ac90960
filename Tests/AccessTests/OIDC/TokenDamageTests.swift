@testable import Access
import Mutation
import Primitives
import Testing
import Text

/// Whatever octets come, they end as a token that nobody believes or as none.
@Suite struct TokenDamageTests {
  private static let keys = JSONWebKeySet(
    keys: SigningKey.Kind.allCases.compactMap { JSONWebKey(SigningKey.known($0).webKey("k-" + $0.rawValue)) })
  private static let settings = IdentitySettings(issuer: TestToken.issuer, audience: "thinai")

  private func isBelieved(_ bytes: [UInt8]) -> Bool {
    do throws(IdentityRefusal) {
      let token = try JSONWebToken(bytes)
      _ = try Self.keys.check(token)
      _ = try IdentityClaims.grant(of: token.claims, Self.settings, at: TestToken.now)
      return true
    } catch {
      return false
    }
  }

  @Test func anyOctetThatChangesMakesItNone() {
    for kind in SigningKey.Kind.allCases {
      let good = TestToken(kind).signed
      #expect(isBelieved(good))
      for index in good.indices {
        for bit in [UInt8(1), 2, 32, 128] {
          var bad = good
          bad[index] ^= bit
          #expect(!isBelieved(bad))
        }
        #expect(!isBelieved(Array(good[..<index])))
        #expect(!isBelieved(Array(good[..<index] + good[(index + 1)...])))
      }
    }
  }

  /// Behind a right signature, where an issuer writes what nobody expects.
  @Test func damagedClaimsAndKeysAreReadToTheirEnd() {
    let key = SigningKey.known(.ed25519)
    let token = TestToken(.ed25519)
    let claims = Array(TestToken.text(.members(token.claims)).utf8)
    let set = Array(
      TestToken.text(
        .members(("keys", .array(SigningKey.Kind.allCases.map { SigningKey.known($0).webKey("k-" + $0.rawValue) })))
      ).utf8)
    var mutation = Mutation(seed: 18)
    var believed = 0
    for _ in 0..<4_000 {
      let signed =
        TestToken.encoded(token.head) + [UInt8(ascii: ".")] + Base64URL.encode(mutation.damage(claims)).utf8
      let whole = signed + [UInt8(ascii: ".")] + Base64URL.encode(key.sign(signed)).utf8
      if isBelieved(whole) { believed += 1 }
      let keys = JSONWebKeySet(mutation.damage(set))?.keys.count ?? 0
      #expect(keys <= Limits.issuerKeys)
    }
    #expect(believed < 2_000)
  }
}
