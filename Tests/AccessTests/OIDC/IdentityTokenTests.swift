import Access
import Cryptography
import Primitives
import Registry
import Testing
import Text

/// Tokens: those that are right, and those that somebody made up.
@Suite struct IdentityTokenTests {
  private let issuer = TestIssuer().issuer()

  private func expect(
    _ token: [UInt8], _ refusal: IdentityRefusal, at now: UnixNanos = TestToken.now,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    #expect(await issuer.verdict(token, at: now) == .refused(refusal), sourceLocation: sourceLocation)
  }

  @Test func eachAlgorithmIsBelieved() async {
    for kind in SigningKey.Kind.allCases {
      let grant = await issuer.grant(TestToken(kind))
      #expect(
        grant
          == Grant(
            name: "an", permissions: [.read], scope: .everything, expires: 1_800_000_660 * Nanos.perSecond))
    }
    #expect(await issuer.grant(TestToken(.ed25519).withHead("alg", "Ed25519")) != nil)
    #expect(await issuer.grant(TestToken().withHead("typ", nil)) != nil)
    #expect(await issuer.grant(TestToken().withHead("typ", "at+JWT")) != nil)
  }

  @Test func noAlgorithmAndSharedSecretsAreNone() async {
    for word in [
      "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "ES384", "rs256",
    ] {
      let token = TestToken().withHead("alg", .string(word))
      await expect(token.signed { _ in [] }, .algorithm)
      await expect(token.signed, .algorithm)
      for secret in [[], TestIssuer.publicKeyText, Array("secret".utf8)] {
        await expect(token.signed { DigestAlgorithm.sha256.authenticationCode(key: secret, $0) ?? [] }, .algorithm)
      }
    }
    await expect(TestToken().withHead("alg", nil).signed, .algorithm)
    await expect(TestToken().withHead("alg", 1).signed, .algorithm)
    await expect(TestToken().withHead("alg", ["RS256"]).signed, .algorithm)
    await expect(TestToken().signed { _ in [] }, .signature)
  }

  @Test func anAlgorithmThatIsNotTheKeysIsNone() async {
    for kind in SigningKey.Kind.allCases {
      for other in SigningKey.Kind.allCases where other != kind {
        // The name of a key of another kind, with either one's algorithm.
        await expect(TestToken(kind, key: "k-" + other.rawValue).signed, .unknownKey)
        var token = TestToken(other)
        token.key = .known(kind)
        await expect(token.signed, .signature)
      }
    }
  }

  @Test func aStolenNameOfAKeyIsNotItsSignature() async {
    for kind in SigningKey.Kind.allCases {
      var token = TestToken(kind)
      token.key = SigningKey(kind)
      await expect(token.signed, .signature)
      let mine = token.key.webKey("k-" + kind.rawValue)
      for (name, value) in [
        ("jwk", mine), ("jku", "https://evil.example/jwks"), ("x5u", "https://evil.example/cert"), ("x5c", ["MIIB"]),
      ] {
        await expect(token.withHead(name, value).signed, .signature)
        await expect(token.withHead(name, value).withHead("kid", "mine").signed, .unknownKey)
      }
    }
  }

  @Test func whatWasChangedIsNotWhatWasSigned() async {
    let parts = TestToken().with("thinai_areas", ["52"]).signed.split(separator: UInt8(ascii: "."))
    let claims = TestToken.encoded(TestToken().with("thinai_scopes", ["admin"]).claims)
    await expect(Array([parts[0], claims[...], parts[2]].joined(separator: [UInt8(ascii: ".")])), .signature)
    let head = TestToken.encoded(TestToken().withHead("typ", nil).head)
    await expect(Array([head[...], parts[1], parts[2]].joined(separator: [UInt8(ascii: ".")])), .signature)
    let other = TestToken().with("sub", "binh").signed.split(separator: UInt8(ascii: "."))
    await expect(Array([parts[0], parts[1], other[2]].joined(separator: [UInt8(ascii: ".")])), .signature)
  }

  @Test func demandsThatNobodyKnowsAreNotMet() async {
    await expect(TestToken().withHead("crit", ["exp"]).signed, .critical)
    await expect(TestToken().withHead("crit", []).signed, .critical)
    await expect(TestToken().withHead("b64", .boolean(false)).signed, .critical)
    await expect(TestToken().withHead("typ", "logout+jwt").signed, .kind)
    await expect(TestToken().withHead("typ", 1).signed, .malformed)
    await expect(TestToken().withHead("kid", 7).signed, .malformed)
    await expect(TestToken(key: String(repeating: "k", count: 513)).signed, .malformed)
  }

  @Test func whatIsNoTokenIsMalformed() async {
    let token = TestToken()
    let good = token.signed
    let parts = good.split(separator: UInt8(ascii: ".")).map(Array.init)
    func joined(_ parts: [[UInt8]]) -> [UInt8] { Array(parts.joined(separator: [UInt8(ascii: ".")])) }
    for bad in [
      [], Array("a".utf8), Array("..".utf8), Array("...".utf8), joined(Array(parts.prefix(2))), good + Array(".".utf8),
      good + Array(".a".utf8), good + [UInt8(ascii: "=")], good + [UInt8(ascii: "\n")], [UInt8(ascii: " ")] + good,
      joined([parts[0], parts[1], parts[2] + Array("AAAA=".utf8)]),
      joined([parts[0] + [UInt8(ascii: "=")], parts[1], parts[2]]),
      joined([Array(Base64URL.encode(Array("[]".utf8)).utf8), parts[1], parts[2]]),
      joined([parts[0], Array(Base64URL.encode(Array("\"a\"".utf8)).utf8), parts[2]]),
      joined([parts[0], Array(Base64URL.encode([0xFF]).utf8), parts[2]]),
      token.withHead("kid", nil).signed.filter { $0 != UInt8(ascii: ".") },
    ] as [[UInt8]] {
      await expect(bad, .malformed)
    }
    // The same octets in letters that say more than they: the signature is over the letters, but nobody else's reader
    // may think of it otherwise.
    var twice = token
    twice.claims.append(("sub", "admin"))
    await expect(twice.signed, .malformed)
    twice = token
    twice.head.append(("alg", "none"))
    await expect(twice.signed, .malformed)
    await expect(token.with("more", .string(String(repeating: "a", count: 20_000))).signed, .tooLong)
    let deep = (0..<100).reduce(JSONValue.null) { value, _ in .array([value]) }
    await expect(token.with("more", deep).signed, .malformed)
  }

  @Test func aTokenWithoutAKeysNameMayBeOfAnyOfItsAlgorithm() async {
    #expect(await issuer.grant(TestToken().withHead("kid", nil)) != nil)
    let source = TestIssuer()
    source.change { $0.keys.insert(SigningKey(.p256).webKey(nil), at: 0) }
    let other = source.issuer()
    #expect(await other.grant(TestToken(.p256).withHead("kid", nil)) != nil)
    var mine = TestToken(.p256).withHead("kid", nil)
    mine.key = SigningKey(.p256)
    #expect(await other.verdict(mine) == .refused(.signature))
    // A key that came meanwhile is asked for, though nothing names it; and not for each such token.
    source.change { $0.keys = [mine.key.webKey(nil)] }
    source.later(seconds: 10)
    #expect(await other.grant(mine) != nil)
    let asked = source.keySets
    for _ in 0..<10 { #expect(await other.verdict(TestToken(.p256).withHead("kid", nil)) == .refused(.signature)) }
    #expect(source.keySets == asked)
  }
}

extension TestIssuer {
  /// What an attacker has of a key: its public half.
  static let publicKeyText = Array(TestToken.text(SigningKey.known(.rsa).webKey("k-RS256")).utf8)
}
