import Access
import Primitives
import Testing
import Text

/// An issuer's keys: asked for, changed, withdrawn, and the issuer away.
@Suite struct IdentityIssuerTests {
  private let source = TestIssuer()

  @Test func keysAreAskedForOnceForManyWhoWait() async {
    let issuer = source.issuer()
    await withTaskGroup { group in
      for _ in 0..<20 { group.addTask { await issuer.grant(TestToken()) != nil } }
      for await isGranted in group { #expect(isGranted) }
    }
    #expect(source.documents == 1 && source.keySets == 1)
    #expect(issuer.figures.keys == 3 && issuer.figures.fault == nil && issuer.figures.fetches == 1)
  }

  @Test func aSubjectNamedAsATokenHasANameOfItsOwn() async throws {
    func name(_ tokens: [String]) async throws -> String? {
      let book = try TokenBook(
        tokens.map { (AccessToken.digest($0), Grant(name: $0, permissions: [.admin])) })
      let control = AccessControl(tokens: book, issuer: source.issuer())
      let bearer = String(decoding: TestToken().signed, as: UTF8.self)
      let verdict = await control.verdict(on: .init(authorization: "Bearer " + bearer), at: TestToken.now)
      if case .granted(let grant, _) = verdict { return grant.name } else { return nil }
    }
    #expect(try await name(["page"]) == "an")
    #expect(try await name(["page", "an"]) == "an@login.example.vn")
  }

  @Test func aNewKeyIsAskedForAndAnOldOneGoes() async {
    let issuer = source.issuer()
    await issuer.tend()
    #expect(await issuer.grant(TestToken(.p256)) != nil)
    source.change { $0.keys = [SigningKey.known(.rsa).webKey("k-new")] }
    #expect(await issuer.grant(TestToken(key: "k-new")) != nil)
    #expect(await issuer.verdict(TestToken(.p256)) == .refused(.unknownKey))
    #expect(await issuer.verdict(TestToken(.rsa)) == .refused(.unknownKey))
    #expect(source.documents == 1 && source.keySets == 2)
  }

  @Test func aWithdrawnKeyGoesByAge() async {
    let issuer = source.issuer()
    await issuer.tend()
    source.change { $0.keys.removeAll { $0["kid"] == "k-ES256" } }
    source.later(seconds: 29)
    await issuer.tend()
    #expect(await issuer.grant(TestToken(.p256)) != nil)
    source.later(seconds: 1)
    await issuer.tend()
    #expect(await issuer.verdict(TestToken(.p256)) == .refused(.unknownKey))
    // No keys at all is an answer too.
    source.change { $0.keys = [] }
    source.later(seconds: 30)
    await issuer.tend()
    #expect(await issuer.verdict(TestToken(.rsa)) == .refused(.unknownKey))
  }

  @Test func unknownKeysMakeFewQuestions() async {
    let issuer = source.issuer()
    await issuer.tend()
    for number in 0..<30 {
      #expect(await issuer.verdict(TestToken(key: "no-\(number)")) == .refused(.unknownKey))
      source.later(seconds: 1)
    }
    #expect(source.keySets == 1 + 3)
    // Nor do tokens that are for others, or of others.
    for token in [TestToken(key: "x").with("aud", "other"), TestToken(key: "y").with("iss", "z")] {
      source.later(seconds: 20)
      _ = await issuer.verdict(token)
    }
    #expect(source.keySets == 1 + 3)
  }

  @Test func anIssuerThatIsAwayStopsNobodyWhoseKeyIsKnown() async {
    let issuer = source.issuer()
    await issuer.tend()
    source.change { $0.isAway = true }
    for _ in 0..<7_200 {
      source.later(seconds: 1)
      await issuer.tend()
    }
    #expect(await issuer.grant(TestToken(.ed25519)) != nil)
    #expect(await issuer.verdict(TestToken(key: "k-new")) == .refused(.unknownKey))
    let figures = issuer.figures
    #expect(figures.fault == "connection refused" && figures.ageNanos == 7_200 * Nanos.perSecond)
    // Half a minute to a minute lies between two questions, but for the first ones.
    #expect((7_170 / 60...7_170 / 30 + 8).contains(Int(figures.failures)))
    source.change { $0.isAway = false }
    source.later(seconds: 61)
    await issuer.tend()
    #expect(issuer.figures.fault == nil && issuer.figures.ageNanos == 0)
  }

  @Test func withoutKeysNobodyCanTell() async {
    source.change { $0.isAway = true }
    let issuer = source.issuer()
    #expect(await issuer.verdict(TestToken()) == .undecided)
    // What is no token of this issuer, or none any more, is refused all the same.
    #expect(await issuer.verdict(TestToken().with("exp", 1)) == .refused(.expired))
    source.change { $0.isAway = false }
    source.later(seconds: 1)
    await issuer.tend()
    #expect(await issuer.grant(TestToken()) != nil)
  }

  @Test func aMuteIssuerHoldsNobodyUp() async {
    source.change { $0.isMute = true }
    let issuer = source.issuer(patience: .milliseconds(1))
    for _ in 0..<5 { #expect(await issuer.verdict(TestToken()) == .undecided) }
    #expect(issuer.figures.fetches == 1)
  }

  @Test func anotherIssuersDocumentIsNotBelieved() async {
    source.change { $0.name = "https://other.example" }
    let issuer = source.issuer()
    #expect(await issuer.verdict(TestToken()) == .undecided)
    #expect(issuer.figures.fault?.contains("other.example") == true)
    for url in [
      "http://login.example.vn/jwks", "file:///etc/passwd", "", "https://a b/", "https://u@login.example.vn/",
    ] {
      source.change { ($0.name, $0.keysURL) = (TestToken.issuer, url) }
      source.later(seconds: 120)
      #expect(await issuer.verdict(TestToken()) == .undecided)
    }
    #expect(source.keySets == 0)
  }

  @Test func anAnswerThatIsNoneLeavesTheKeys() async {
    let issuer = source.issuer()
    await issuer.tend()
    for body in ["", "null", "[]", "{}", "{\"keys\": {}}", "<html>", "{\"keys\": [}"] {
      source.change { $0.keysBody = Array(body.utf8) }
      source.later(seconds: 120)
      await issuer.tend()
      #expect(await issuer.grant(TestToken()) != nil)
      #expect(issuer.figures.fault != nil)
    }
  }

  @Test func keysThatAreNotForThisArePassedOver() async {
    let known = SigningKey.known(.p256)
    for (members, isUsed) in [
      ([("use", "sig")], true), ([("use", "enc")], false), ([("key_ops", ["verify"])], true),
      ([("key_ops", ["encrypt"])], false), ([("key_ops", "verify")], false), ([("alg", "ES256")], true),
      ([("alg", "RS256")], false), ([("alg", "none")], false), ([("alg", 1)], false), ([("d", "AAAA")], false),
      ([("x5c", ["MIIB"])], true), ([("later", .null)], true),
    ] as [([(String, JSONValue)], Bool)] {
      let source = TestIssuer()
      source.change { $0.keys = [known.webKey("k-ES256", members)] }
      #expect((await source.issuer().grant(TestToken(.p256)) != nil) == isUsed, "\(members)")
    }
    let source = TestIssuer()
    source.change {
      $0.keys = [
        .null, 1, [], .members([:]), .members(("kty", "oct"), ("k", "c2VjcmV0"), ("kid", "k-ES256"), ("alg", "HS256")),
        .members(("kty", "EC"), ("crv", "P-521"), ("kid", "k-ES256")), .members(("kty", "RSA"), ("kid", "k-ES256")),
        SigningKey(.rsa, bits: 1_024).webKey("k-RS256"), known.webKey("k-ES256"),
      ]
    }
    let issuer = source.issuer()
    #expect(await issuer.grant(TestToken(.p256)) != nil)
    #expect(issuer.figures.keys == 1)
    source.change { $0.keys = (0..<200).map { known.webKey("k-\($0)") } }
    source.later(seconds: 30)
    await issuer.tend()
    #expect(issuer.figures.keys == Limits.issuerKeys)
  }

  @Test func issuersThatCannotBeAsked() {
    for issuer in [
      "https://a.vn", "https://a.vn/realms/x", "http://localhost:8080", "http://127.0.0.1:1/", "http://[::1]:9",
    ] {
      #expect(IdentitySettings.flaw(ofIssuer: issuer) == nil)
    }
    for issuer in ["", "a.vn", "http://a.vn", "ftp://a.vn", "http://127.0.0.1.evil.vn", "https://a.vn?x=1", "https://"]
    {
      #expect(IdentitySettings.flaw(ofIssuer: issuer) != nil)
    }
  }
}
