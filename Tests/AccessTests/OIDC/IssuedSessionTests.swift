import Access
import Primitives
import Testing
import Text

/// Sessions and streams that an issuer's token began: they end with the key that vouched for it (`IdentityKeyPrint`).
@Suite struct IssuedSessionTests {
  private let source = TestIssuer()

  private func begun(
    _ control: AccessControl, by token: TestToken
  ) async -> (cookie: String, origin: SessionBook.Origin)? {
    let authorization = "Bearer " + String(decoding: token.signed, as: UTF8.self)
    guard
      case .granted(let grant, let origin?) = await control.verdict(
        on: .init(authorization: authorization), at: TestToken.now)
    else { return nil }
    return (control.beginSession(grant, origin, at: TestToken.now), origin)
  }

  private func isGranted(_ control: AccessControl, _ cookie: String) async -> Bool {
    if case .granted = await control.verdict(on: .init(session: cookie), at: TestToken.now) { true } else { false }
  }

  @Test(arguments: SigningKey.Kind.allCases) func aSessionEndsWithItsKey(_ kind: SigningKey.Kind) async throws {
    let issuer = source.issuer()
    await issuer.tend()
    let control = AccessControl(issuer: issuer)
    let (cookie, origin) = try #require(await begun(control, by: TestToken(kind)))
    // While the issuer is away it is as it was.
    source.change { $0.isAway = true }
    source.later(seconds: 30)
    await issuer.tend()
    #expect(await isGranted(control, cookie))
    #expect(control.isStillGranted(origin, at: TestToken.now))
    // Without it, or with another key of that name, it is over.
    source.change { $0.isAway = false }
    let name = "k-" + kind.rawValue
    let others = SigningKey.Kind.allCases.filter { $0 != kind }
    for keys in [others.map { SigningKey.known($0).webKey(name) }, []] {
      source.change { $0.keys = keys }
      source.later(seconds: 120)
      await issuer.tend()
      #expect(!(await isGranted(control, cookie)))
      #expect(!control.isStillGranted(origin, at: TestToken.now))
    }
    // It is the key that counts, whatever it is called.
    source.change { $0.keys = [SigningKey.known(kind).webKey("another name")] }
    source.later(seconds: 120)
    await issuer.tend()
    #expect(await isGranted(control, cookie))
  }

  @Test func aSessionEndsWithItsToken() async throws {
    let issuer = source.issuer()
    await issuer.tend()
    let control = AccessControl(issuer: issuer)
    let (cookie, origin) = try #require(await begun(control, by: TestToken()))
    #expect(await isGranted(control, cookie))
    #expect(!control.isStillGranted(origin, at: TestToken.now + 3_600 * Nanos.perSecond))
  }
}
