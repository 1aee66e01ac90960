import Access
import HTTPTypes
import Primitives
import Registry
import Testing

@testable import API

/// Every route by eight kinds of token.
@Suite struct AccessRouteTests {
  enum Asker: String, CaseIterable {
    case none, wrong, expired, reader, areaReader, domainReader, writer, operating, admin
  }

  private struct Door {
    let client: RouterClient
    let tokens: [Asker: String]

    init() throws {
      var tokens: [Asker: String] = [:]
      var entries: [(digest: TokenDigest, grant: Grant)] = []
      func add(
        _ asker: Asker, _ permissions: Set<Permission>, _ scope: DeviceScope = .everything, until: UnixNanos? = nil
      ) {
        let token = AccessToken.make()
        tokens[asker] = token
        entries.append(
          (
            AccessToken.digest(token),
            Grant(name: asker.rawValue, permissions: permissions, scope: scope, expires: until)
          ))
      }
      tokens[.wrong] = AccessToken.make()
      add(.expired, [.admin], until: FakeModel.noon)
      add(.reader, [.read])
      add(.areaReader, [.read], DeviceScope(areas: ["nowhere"]))
      add(.domainReader, [.read], DeviceScope(domains: ["nothing"]))
      add(.writer, [.write])
      add(.operating, [.operate])
      add(.admin, [.admin])
      self.tokens = tokens
      client = RouterClient(FakeModel(), control: AccessControl(tokens: try TokenBook(entries)))
    }

    func ask(
      _ uri: String, _ asker: Asker, method: HTTPRequest.Method = .get, more: HTTPFields = [:]
    ) async throws -> RouterClient.Answer {
      var headers = more
      if let token = tokens[asker] { headers[.authorization] = "Bearer \(token)" }
      return try await client.ask(uri, method: method, headers: headers)
    }
  }

  /// A request of each route that is answered with GET.
  private static func requests() -> [(route: APIRoute, uri: String)] {
    APIRoute.all.filter { $0.methods.contains(.get) && $0.path != "/v1/stream" }.map { route in
      let given = ["measurement": "weather", "field": "t", "step": "5m", "since": "0"]
      let query = route.parameters.filter(\.isRequired).map { "\($0.name)=\(given[$0.name] ?? "x")" }
      let path = route.path.replacing("{id}", with: "sen-1")
      return (route, path + (query.isEmpty ? "" : "?" + query.joined(separator: "&")))
    }
  }

  @Test(arguments: Asker.allCases) func everyRouteIsOpenToWhomItSays(_ asker: Asker) async throws {
    let door = try Door()
    for (route, uri) in Self.requests() {
      let answer = try await door.ask(uri, asker)
      let status = answer.status.code
      switch (asker, route.access) {
      case (_, .open): #expect(status == 200, "\(uri)")
      case (.none, _), (.wrong, _), (.expired, _):
        #expect(status == 401, "\(uri)")
        #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(!answer.text.contains("sen-1") || uri.contains("sen-1"))
      case (.operating, .either): #expect(status == 403, "\(uri)")
      case (.admin, _), (_, .named), (_, .either): #expect(status == (uri == "/ping" ? 204 : 200), "\(uri)")
      case (.areaReader, .changed), (.domainReader, .changed), (.reader, .changed): #expect(status == 200, "\(uri)")
      case (_, .changed): #expect(status == 403, "\(uri)")
      case (.reader, .permitted(.read)), (.reader, .whole(.read)): #expect(status == 200, "\(uri)")
      case (.areaReader, .permitted(.read)), (.domainReader, .permitted(.read)):
        // No device is in their scope: what is asked for by name does not exist.
        let isNamed = uri.contains("weather") || uri.contains("sen-1")
        #expect(status == (isNamed ? 404 : 200), "\(uri)")
        #expect(!answer.text.contains("stranger") && !answer.text.contains("cam/1"), "\(uri)")
      case (_, .permitted), (_, .whole): #expect(status == 403, "\(uri)")
      }
    }
  }

  /// What changes something, too.
  @Test(arguments: Asker.allCases) func everyRouteThatTakesSomethingIsOpenToWhomItSays(_ asker: Asker) async throws {
    let door = try Door()
    for route in APIRoute.all where route.methods.contains(.post) && !route.methods.contains(.get) {
      if route.path == "/v1/session" { continue }
      let status = try await door.ask(route.path, asker, method: .post).status.code
      switch (asker, route.access) {
      case (.none, _), (.wrong, _), (.expired, _): #expect(status == 401, "\(route.path)")
      case (.admin, .permitted(.operate)), (.operating, .permitted(.operate)):
        // There is no alarm of that name.
        #expect(status == 404, "\(route.path)")
      case (.admin, _), (.writer, .permitted(.write)):
        // This node takes nothing, and says so to those who may.
        #expect(status == (route.path == "/query" ? 400 : 503), "\(route.path)")
      default: #expect(status == 403, "\(route.path)")
      }
    }
  }

  @Test func nothingIsToldBeforeItIsKnownWhoAsks() async throws {
    let door = try Door()
    for uri in [
      "/v1/devices?nonsense=1", "/v1/devices/none", "/v1/rollups", "/v1/events?limit=x", "/v1/devices?token=x",
    ] {
      #expect(try await door.ask(uri, .none).status == 401, "\(uri)")
    }
    let head = try await door.ask("/v1/devices", .none, method: .head)
    #expect(head.status == 401 && head.headers[.eTag] == nil)
  }

  @Test func aTagOfOneScopeServesNoOther() async throws {
    let door = try Door()
    let uri = "/openapi.yaml"
    let tags = try await [Asker.reader, .areaReader, .domainReader].async { asker in
      try #require(try await door.ask(uri, asker).headers[.eTag])
    }
    #expect(Set(tags).count == 3)
    for (place, asker) in [Asker.reader, .areaReader, .domainReader].enumerated() {
      for (other, tag) in tags.enumerated() {
        let answer = try await door.ask(uri, asker, more: [.ifNoneMatch: tag])
        #expect(answer.status == (other == place ? .notModified : .ok))
      }
    }
  }

  @Test func aPageExchangesItsTokenForACookie() async throws {
    let door = try Door()
    let begun = try await door.ask("/v1/session", .reader, method: .post)
    let cookie = try #require(begun.headers[.setCookie])
    #expect(begun.status == .noContent && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
    #expect(!cookie.contains(door.tokens[.reader] ?? "") && !cookie.contains("Secure"))
    let pair = String(cookie.prefix { $0 != ";" })
    #expect(try await door.ask("/v1/devices", .none, more: [.cookie: "a=b; \(pair)"]).status == .ok)
    #expect(try await door.ask("/metrics", .none, more: [.cookie: pair]).status == .forbidden)
    #expect(try await door.ask("/v1/session", .none, method: .post).status == .unauthorized)
    let ended = try await door.ask("/v1/session", .none, method: .delete, more: [.cookie: pair])
    #expect(ended.status == .noContent && ended.headers[.setCookie]?.contains("Max-Age=0") == true)
    #expect(try await door.ask("/v1/devices", .none, more: [.cookie: pair]).status == .unauthorized)
  }

  @Test func whoAsksIsToldWhatTheyMayDo() async throws {
    let door = try Door()
    func said(_ asker: Asker) async throws -> String { try await door.ask("/v1/session", asker).text }
    let nobody = #""areas":[],"domains":[],"agencies":[],"ends":null}"#
    #expect(try await said(.reader) == #"{"name":"reader","scopes":["read"],"# + nobody)
    // Who may read nothing is told nothing.
    #expect(try await door.ask("/v1/session", .operating).status == .forbidden)
    let all = #"{"name":"admin","scopes":["read","operate","write","admin"],"#
    #expect(try await said(.admin) == all + nobody)
    #expect(try await said(.areaReader).contains(#""areas":["nowhere"]"#))
    // A session says when it ends if nobody uses it any more.
    let cookie = try #require(try await door.ask("/v1/session", .reader, method: .post).headers[.setCookie])
    let answer = try await door.ask("/v1/session", .none, more: [.cookie: String(cookie.prefix { $0 != ";" })])
    #expect(answer.text.hasSuffix(#""ends":"2025-11-21T00:00:00Z"}"#), "\(answer.text)")
  }

  @Test func withoutTokensEverybodyMayAskEverything() async throws {
    let client = RouterClient(FakeModel())
    for (_, uri) in Self.requests() where uri != "/ping" { #expect(try await client.ask(uri).status == .ok, "\(uri)") }
    #expect(try await client.ask("/v1/session", method: .post).status == .badRequest)
  }
}

extension Array {
  fileprivate func async<Made>(_ make: (Element) async throws -> Made) async rethrows -> [Made] {
    var all: [Made] = []
    for element in self { all.append(try await make(element)) }
    return all
  }
}
