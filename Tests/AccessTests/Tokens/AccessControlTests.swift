import Access
import Primitives
import Registry
import Testing

@Suite struct AccessControlTests {
  static let now: UnixNanos = 1_795_186_800 * Nanos.perSecond
  static let token = AccessToken.make()
  static let short = AccessToken.make()

  static func book(_ more: [(digest: TokenDigest, grant: Grant)] = []) throws -> TokenBook {
    try TokenBook(
      [
        (AccessToken.digest(token), Grant(name: "page", permissions: [.read], scope: DeviceScope(areas: ["52"]))),
        (AccessToken.digest(short), Grant(name: "short", permissions: [.read], expires: now + Nanos.perSecond)),
      ] + more)
  }

  static func name(
    _ control: AccessControl, _ authorization: String?, session: String? = nil, certified: String? = nil
  )
    async -> String
  {
    let credentials = AccessControl.Credentials(
      authorization: authorization, session: session, certifiedName: certified)
    return switch await control.verdict(on: credentials, at: now) {
    case .granted(let grant, _): grant.name
    case .unnamed: "unnamed"
    case .refused: "refused"
    case .undecided: "undecided"
    }
  }

  @Test func whereNothingIsConfiguredEverybodyIsLocal() async {
    let control = AccessControl()
    #expect(control.isOpen)
    #expect(await Self.name(control, nil) == "local")
    // Who shows a token believes that it counts.
    #expect(await Self.name(control, "Bearer " + Self.token) == "refused")
  }

  @Test func aTokenIsTakenFromItsBearerAlone() async throws {
    let control = AccessControl(tokens: try Self.book())
    #expect(!control.isOpen)
    for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer   "] {
      #expect(await Self.name(control, scheme + Self.token) == "page", "\(scheme)")
    }
    for text in [
      Self.token, "Bearer", "Bearer ", "Basic \(Self.token)", "Bearer \(Self.token) x", "Bearer \(Self.token) ",
      "Bearer " + String(Self.token.dropLast()), "Bearer " + AccessToken.make(), "Token \(Self.token)", "",
      "bearer " + String(repeating: "x", count: 9_000),
    ] {
      #expect(await Self.name(control, text) == "refused", "\(text)")
    }
    #expect(await Self.name(control, nil) == "unnamed")
  }

  @Test func aTokenEndsWithItsTime() async throws {
    let book = try Self.book()
    let digest = AccessToken.digest(Self.short)
    #expect(book.grant(of: digest, at: Self.now + Nanos.perSecond - 1)?.name == "short")
    #expect(book.grant(of: digest, at: Self.now + Nanos.perSecond) == nil)
  }

  @Test func aSessionIsWorthItsToken() async throws {
    let control = AccessControl(tokens: try Self.book())
    guard
      case .granted(let grant, let origin?) = await control.verdict(
        on: .init(authorization: "Bearer " + Self.token), at: Self.now)
    else {
      Issue.record("the token is refused")
      return
    }
    let cookie = control.beginSession(grant, origin, at: Self.now)
    #expect(await Self.name(control, nil, session: cookie) == "page")
    #expect(await Self.name(control, nil, session: cookie + "x") == "refused")
    #expect(control.isStillGranted(origin, at: Self.now))
    control.replace(TokenBook())
    #expect(await Self.name(control, nil, session: cookie) == "refused")
    #expect(!control.isStillGranted(origin, at: Self.now))
  }

  @Test func aSessionEndsByLogoutAndByTime() throws {
    let sessions = SessionBook()
    let origin = SessionBook.Origin.token(AccessToken.digest(Self.token))
    let grant = Grant(name: "page", permissions: [.read])
    let cookie = sessions.begin(origin, by: grant, now: Self.now)
    #expect(sessions.origin(of: cookie, at: Self.now + Limits.sessionNanos - 1) == origin)
    #expect(sessions.origin(of: cookie, at: Self.now + Limits.sessionNanos) == nil)
    let short = sessions.begin(
      origin, by: Grant(name: "short", permissions: [.read], expires: Self.now + 5), now: Self.now)
    #expect(sessions.origin(of: short, at: Self.now + 5) == nil)
    let other = sessions.begin(origin, by: grant, now: Self.now)
    sessions.end(other)
    #expect(sessions.origin(of: other, at: Self.now) == nil)
  }

  @Test func sessionsAreBounded() {
    let sessions = SessionBook()
    let origin = SessionBook.Origin.token(AccessToken.digest("x"))
    func begin(until end: UnixNanos) -> String {
      sessions.begin(origin, by: Grant(name: "x", permissions: [.read], expires: end), now: Self.now)
    }
    let first = begin(until: Self.now + 1_000)
    for number in 0..<Limits.sessions { _ = begin(until: Self.now + 2_000 + Int64(number)) }
    // The one that would have ended first had to go.
    #expect(sessions.origin(of: first, at: Self.now) == nil)
  }

  @Test func aCertificateIsTheTokenOfItsName() async throws {
    let control = AccessControl(tokens: try Self.book())
    #expect(await Self.name(control, nil, certified: "page") == "page")
    #expect(await Self.name(control, nil, certified: "nobody") == "refused")
    // What is said in the request counts before what the connection says.
    #expect(await Self.name(control, "Bearer " + AccessToken.make(), certified: "page") == "refused")
  }

  @Test func whoeverFloodsHasNoMoreLines() {
    let control = AccessControl()
    let burst = Int(Limits.refusedLinesPerSecond * Limits.refusedLinesBurstSeconds)
    let lines = (0..<burst + 1_000).filter { _ in control.hasLine(refusedOf: "10.0.0.7", monotonicNanos: 5) }
    #expect(lines.count == burst)
    // Another address has its own, and the same has one again when time has gone by.
    #expect(control.hasLine(refusedOf: "10.0.0.8", monotonicNanos: 5))
    #expect(control.hasLine(refusedOf: "10.0.0.7", monotonicNanos: 5 + Nanos.perSecond))
  }

  @Test func namesAndTokensStandOnce() throws {
    let digest = AccessToken.digest("other")
    #expect(throws: TokenBook.Twice.self) { try Self.book([(digest, Grant(name: "page", permissions: []))]) }
    #expect(throws: TokenBook.Twice.self) {
      try Self.book([(AccessToken.digest(Self.token), Grant(name: "other", permissions: []))])
    }
  }

  @Test func aRateIsHeldWithABurstOfTwoSeconds() throws {
    let rates = RequestRates()
    func taken(_ count: Int, _ name: String, at nanos: Int64) -> Int {
      (0..<count).count { _ in rates.take(of: name, perSecond: 5, monotonicNanos: nanos) == nil }
    }
    #expect(taken(40, "a", at: 0) == 10)
    #expect(rates.take(of: "a", perSecond: 5, monotonicNanos: 0) == 1)
    #expect(taken(40, "b", at: 0) == 10)
    #expect(taken(40, "a", at: Nanos.perSecond) == 5)
    // A clock that goes back gives nothing.
    #expect(taken(40, "a", at: 0) == 0)
    #expect(taken(40, "a", at: 100 * Nanos.perSecond) == 10)
    let slow = RequestRates()
    #expect((0..<3).map { _ in slow.take(of: "c", perSecond: 0.01, monotonicNanos: 0) } == [nil, 100, 100])
  }
}
