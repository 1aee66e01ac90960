import Access
import Primitives
import Testing

/// How long a session lasts that is used, by what it may do.
@Suite struct SessionBookTests {
  private static let hour = Nanos.perHour
  private let control: AccessControl
  private let token: TokenDigest
  private static let now = AccessControlTests.now

  init() throws {
    token = AccessToken.digest(AccessControlTests.token)
    control = AccessControl()
  }

  /// Takes a token's grant as the file has it now.
  private func take(_ permissions: Set<Permission>, until end: UnixNanos? = nil) throws -> Grant {
    let grant = Grant(name: "wall", permissions: permissions, expires: end)
    control.replace(try TokenBook([(token, grant)]))
    return grant
  }

  /// The hour of the last request that a session was let in with, of one every so many hours.
  private func lastHour(_ cookie: String, every hours: Int64) async -> Int64 {
    var hour: Int64 = 0
    while hour < 2_000, await isLetIn(cookie, atHour: hour + hours) { hour += hours }
    return hour
  }

  private func isLetIn(_ cookie: String, atHour hour: Int64) async -> Bool {
    let verdict = await control.verdict(on: .init(session: cookie), at: Self.now + hour * Self.hour)
    if case .granted = verdict { return true }
    return false
  }

  @Test func oneThatOnlyReadsLastsWhileItIsUsed() async throws {
    let cookie = control.beginSession(try take([.read]), .token(token), at: Self.now)
    #expect(control.sessionEnd(cookie) == Self.now + 12 * Self.hour)
    #expect(await isLetIn(cookie, atHour: 11))
    #expect(control.sessionEnd(cookie) == Self.now + 23 * Self.hour)
    #expect(await lastHour(cookie, every: 11) == 30 * 24 / 11 * 11)
    // It is over for good.
    #expect(await isLetIn(cookie, atHour: 1) == false && control.sessionEnd(cookie) == nil)
    // One that nobody uses ends as all do.
    let idle = control.beginSession(try take([.read]), .token(token), at: Self.now)
    #expect(await isLetIn(idle, atHour: 12) == false)
  }

  @Test(arguments: [[.operate], [.read, .operate], [.read, .write], [.admin]] as [Set<Permission>])
  func oneThatMayDoMoreEndsWithItsDay(_ permissions: Set<Permission>) async throws {
    let cookie = control.beginSession(try take(permissions), .token(token), at: Self.now)
    #expect(await lastHour(cookie, every: 1) == 11)
  }

  @Test func noneOutlivesItsToken() async throws {
    let cookie = control.beginSession(try take([.read], until: Self.now + 20 * Self.hour), .token(token), at: Self.now)
    #expect(await isLetIn(cookie, atHour: 11) && control.sessionEnd(cookie) == Self.now + 20 * Self.hour)
    #expect(await lastHour(cookie, every: 1) == 19)
  }

  @Test func aTokenThatIsWithdrawnEndsItsSessionsAtOnce() async throws {
    let cookie = control.beginSession(try take([.read]), .token(token), at: Self.now)
    #expect(await isLetIn(cookie, atHour: 1))
    control.replace(TokenBook())
    #expect(await isLetIn(cookie, atHour: 1) == false)
  }

  /// What the token may do now counts, not what it could when the session began.
  @Test func aSessionOfDaysIsNoneForWhoMayDoMoreSince() async throws {
    let cookie = control.beginSession(try take([.read]), .token(token), at: Self.now)
    for hour in stride(from: 6, through: 48, by: 6) { #expect(await isLetIn(cookie, atHour: Int64(hour))) }
    _ = try take([.read, .operate])
    #expect(await isLetIn(cookie, atHour: 49) == false)
  }

  @Test func useNeitherBeginsNorRevives() {
    let sessions = SessionBook()
    let grant = Grant(name: "wall", permissions: [.read])
    #expect(!sessions.use("nobody's", by: grant, at: Self.now) && sessions.end(of: "nobody's") == nil)
    let cookie = sessions.begin(.token(token), by: grant, now: Self.now)
    sessions.end(cookie)
    #expect(!sessions.use(cookie, by: grant, at: Self.now))
  }
}
