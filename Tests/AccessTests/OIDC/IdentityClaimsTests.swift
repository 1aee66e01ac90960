import Access
import Primitives
import Registry
import Testing
import Text

/// What tokens say, and what of it counts.
@Suite struct IdentityClaimsTests {
  private let issuer = TestIssuer().issuer {
    $0.domainsClaim = "org.domains"
    $0.agenciesClaim = "https://thinai.example/agencies"
  }

  private func expect(
    _ claim: String, _ values: [JSONValue?], _ refusal: IdentityRefusal,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    for value in values {
      #expect(
        await issuer.verdict(TestToken().with(claim, value)) == .refused(refusal), "\(String(describing: value))",
        sourceLocation: sourceLocation)
    }
  }

  private func accepts(
    _ claim: String, _ values: [JSONValue?], sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    for value in values {
      #expect(
        await issuer.grant(TestToken().with(claim, value)) != nil, "\(String(describing: value))",
        sourceLocation: sourceLocation)
    }
  }

  @Test func issuerAndAudience() async {
    await expect(
      "iss", [nil, "https://other.example", .string(TestToken.issuer + "/"), [.string(TestToken.issuer)], 1, ""],
      .issuer)
    await expect("aud", [nil, "other", "", "thinai ", "THINAI", [], ["other"], [["thinai"]], 1, .null], .audience)
    await accepts("aud", ["thinai", ["thinai"], ["other", "thinai"], ["thinai", 1]])
  }

  @Test func anEnd() async {
    let now: Int64 = 1_800_000_000
    await expect("exp", [nil], .endless)
    await expect(
      "exp",
      [.integer(now - 300), .integer(now - 60), 0, -1, .integer(.min), .number(-1e300), .number(Double(now) - 60.5)],
      .expired)
    await expect("exp", ["1900000000", [1_900_000_000], .null, .boolean(true)], .claim)
    await accepts(
      "exp",
      [
        .integer(now - 20), .integer(now - 59), .number(Double(now) - 59.5), .integer(.max), .number(1e300),
        .number(1e19),
      ])
    let grant = await issuer.grant(TestToken().with("exp", .integer(.max)))
    #expect(grant?.expires == .max)
    let fraction = await issuer.grant(TestToken().with("exp", .number(1_800_000_000.5)))
    #expect(fraction?.expires == (1_800_000_060 * Nanos.perSecond + 500_000_000))
  }

  @Test func aBeginning() async {
    let now: Int64 = 1_800_000_000
    for claim in ["nbf", "iat"] {
      await accepts(
        claim,
        [nil, .integer(now), .integer(now + 30), .integer(now + 60), .number(Double(now) + 59.9), 0, .integer(.min)])
      await expect(
        claim, [.integer(now + 61), .integer(now + 600), .integer(.max), .number(1e300), .number(Double(now) + 60.5)],
        .early)
      await expect(claim, ["0", [], .null], .claim)
    }
  }

  @Test func whoItIs() async {
    let named = TestToken().with("preferred_username", "an.nguyen").with("azp", "app")
    #expect(await issuer.grant(named)?.name == "an")
    #expect(await issuer.grant(named.with("sub", nil))?.name == "an.nguyen")
    #expect(await issuer.grant(named.with("sub", ""))?.name == "an.nguyen")
    #expect(await issuer.grant(named.with("sub", nil).with("preferred_username", nil))?.name == "app")
    await expect("sub", [nil, "", .null], .nameless)
    await expect("sub", [1, ["an"], .string(String(repeating: "a", count: 256)), "a\\nb", "a\\u0000"], .claim)
  }

  @Test func permissions() async {
    func permissions(_ value: JSONValue?) async -> Set<Permission>? {
      await issuer.grant(TestToken().with("thinai_scopes", value))?.permissions
    }
    #expect(await permissions("read operate") == [.read, .operate])
    #expect(await permissions(["read", "write"]) == [.read, .write])
    #expect(await permissions(["admin", "openid", 7]) == [.admin])
    for nothing in [nil, "", "openid profile", [], ["READ", "read write"], 1, .boolean(true), .null] as [JSONValue?] {
      #expect(await permissions(nothing) == [])
    }
  }

  @Test func whereTheyMayLook() async {
    func scope(_ claim: String, _ value: JSONValue?) async -> DeviceScope? {
      await issuer.grant(TestToken().with(claim, value))?.scope
    }
    #expect(await scope("thinai_areas", ["52", "48"]) == DeviceScope(areas: ["52", "48"]))
    #expect(await scope("thinai_areas", "52 48") == DeviceScope(areas: ["52", "48"]))
    #expect(await scope("thinai_areas", [""]) == DeviceScope(areas: [""]))
    #expect(await scope("org", .members(("domains", ["traffic"]))) == DeviceScope(domains: ["traffic"]))
    #expect(await scope("org.domains", "traffic") == DeviceScope(domains: ["traffic"]))
    #expect(
      await scope("https://thinai.example/agencies", "Sở Xây dựng") == DeviceScope(agencies: ["Sở Xây dựng"]))
    for nothing in [nil, .null, [], ""] as [JSONValue?] { #expect(await scope("thinai_areas", nothing) == .everything) }
    let many = JSONValue.array((0...1_024).map { .string("\($0)") })
    await expect("thinai_areas", [52, [52], ["52", .null], .boolean(false), .members(("52", 1)), many], .claim)
    await expect("org.domains", [1, [["traffic"]]], .claim)
  }
}
