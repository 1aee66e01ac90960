import Access
import Node
import Primitives
import Registry
import Sys
import Testing

@testable import Node

@Suite struct TokenFilesTests {
  private static let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
  private static let hex = String(repeating: "9f", count: 32)

  private static func read(_ text: String) throws -> TokenBook {
    let scratch = try ScratchDirectory()
    let path = scratch.path + "/tokens.yaml"
    try FileSystem.replace(path, by: Array(text.utf8))
    return try TokenFiles.read(path, zone: zone)
  }

  private static func fault(_ text: String) -> String {
    do {
      _ = try read(text)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func anEntrySaysWhatItsBearerMayDo() throws {
    let book = try Self.read(
      """
      tokens:
        - { name: ioc-page, sha256: "\(Self.hex)", scopes: [read], areas: ["52", "48"], domains: [water],
            agencies: ["Sở Xây dựng"], expires: 2027-06-30, rate: 50/s }
      """)
    let grant = try #require(book.all.first)
    #expect(grant.name == "ioc-page" && grant.permissions == [.read] && grant.requestsPerSecond == 50)
    #expect(grant.scope.areas == ["52", "48"] && grant.scope.domains == ["water"])
    #expect(grant.scope.agencies == ["Sở Xây dựng"])
    // Through the last day, by the node's own midnight: 2027-06-30T17:00:00Z.
    #expect(grant.expires == 1_814_374_800 * Nanos.perSecond)
  }

  @Test func anEmptyFileHasNoTokens() throws {
    for text in ["", "tokens: []\n", "tokens:\n", "# nobody\n"] { #expect(try Self.read(text).count == 0, "\(text)") }
  }

  @Test(arguments: [
    ("tokens: [ { name: broken\n", "YAML"), ("tokens: [{ sha256: \"\(hex)\" }]", "name"),
    ("tokens: [{ name: a, sha256: abc }]", "sha256"),
    ("tokens: [{ name: a, sha256: \"\(hex)\", scopes: [root] }]", "root"),
    ("tokens: [{ name: a, sha256: \"\(hex)\", areas: [\"\"] }]", "areas"),
    ("tokens: [{ name: a, sha256: \"\(hex)\", expires: soon }]", "soon"),
    ("tokens: [{ name: a, sha256: \"\(hex)\", rate: fast }]", "fast"),
    ("tokens: [{ name: a, sha256: \"\(hex)\", area: [\"52\"] }]", "area"),
    ("tokens: [{ name: a, sha256: \"\(hex)\" }, { name: a, sha256: \"\(String(hex.dropLast()))0\" }]", "twice"),
    ("tokens: [{ name: a, sha256: \"\(hex)\" }, { name: b, sha256: \"\(hex)\" }]", "twice"), ("token: []", "token"),
    ("tokens: [{ name: \"a\\u0007\", sha256: \"\(hex)\" }]", "name"),
  ])
  func whatMakesNoSenseIsNamed(_ text: String, _ word: String) { #expect(Self.fault(text).contains(word), "\(text)") }

  @Test func aLineThatIsWrittenIsRead() throws {
    let digest = AccessToken.digest("x")
    let limits = TokenFiles.Limitation(
      areas: ["52"], domains: ["a \"b\""], agencies: ["Công an tỉnh: #1"], expires: "2027-06-30", rate: "0.5/s")
    let line = TokenFiles.line(digest: digest, name: "trang: chính", scopes: ["read", "write"], limits: limits)
    let grant = try #require(try Self.read("tokens:\n" + line + "\n").grant(of: digest, at: 0))
    #expect(grant.name == "trang: chính" && grant.permissions == [.read, .write] && grant.requestsPerSecond == 0.5)
    #expect(grant.scope.domains == ["a \"b\""] && grant.scope.agencies == ["Công an tỉnh: #1"])
  }

  @Test func anEntryIsTakenOutAndTheRestStays() throws {
    let text = """
      # who asks
      tokens:
        - { name: a, sha256: "\(Self.hex)" }
        # the second
        - name: b
          sha256: "\(Self.hex.replacing("9", with: "8"))"
          scopes: [read]
        - { name: c, sha256: "\(Self.hex.replacing("9", with: "7"))" }

      """
    let rest = try #require(try TokenFiles.without("b", text))
    #expect(try Self.read(rest).all.map(\.name) == ["a", "c"] && rest.contains("# who asks"))
    let last = try #require(try TokenFiles.without("c", rest))
    let none = try #require(try TokenFiles.without("a", last))
    #expect(try Self.read(none).count == 0)
    #expect(try TokenFiles.without("d", text) == nil)
    let flow = "tokens: [{ name: a, sha256: \"\(Self.hex)\" }, { name: b, sha256: \"\(Self.hex)\" }]\n"
    #expect(throws: ConfigurationError.self) { try TokenFiles.without("a", flow) }
  }
}
