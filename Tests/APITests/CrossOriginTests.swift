import HTTPTypes
import Testing

@testable import API

/// Which pages of other origins may ask: those of `http.origins`.
@Suite struct CrossOriginTests {
  private let client = RouterClient(FakeModel(), origins: ["https://ioc.example.vn"])
  private let site = HTTPField.Name("Sec-Fetch-Site")!

  @Test func anOriginThatIsNamedMayAsk() async throws {
    let answer = try await client.ask("/v1/areas", headers: [.origin: "https://ioc.example.vn"])
    #expect(answer.status == .ok && answer.headers[.accessControlAllowOrigin] == "https://ioc.example.vn")
    #expect(answer.headers[.vary]?.contains("Origin") == true)
    #expect(answer.headers[.accessControlExposeHeaders]?.contains("ETag") == true)
    // Cookies stay here.
    #expect(answer.headers[.accessControlAllowCredentials] == nil)
    let before: HTTPFields = [.origin: "https://ioc.example.vn", .accessControlRequestMethod: "GET"]
    let asked = try await client.ask("/v1/areas", method: .options, headers: before)
    #expect(asked.status == .noContent && asked.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
    // A page has to be able to read what it was refused for.
    let refused = try await client.ask("/v1/devices/none", headers: [.origin: "https://ioc.example.vn"])
    #expect(refused.status == .notFound && refused.headers[.accessControlAllowOrigin] != nil)
  }

  @Test func anotherOneLearnsNothingAndChangesNothing() async throws {
    for origin in ["https://evil.example", "https://ioc.example.vn:8443", "http://ioc.example.vn", "null", "*"] {
      let answer = try await client.ask("/v1/areas", headers: [.origin: origin])
      #expect(answer.headers[.accessControlAllowOrigin] == nil && answer.headers[.vary]?.contains("Origin") == true)
      let before: HTTPFields = [.origin: origin, .accessControlRequestMethod: "POST"]
      let asked = try await client.ask("/v1/areas", method: .options, headers: before)
      #expect(asked.headers[.accessControlAllowOrigin] == nil && asked.status != .noContent)
      let changing: HTTPFields = [.origin: origin, site: "cross-site"]
      #expect(try await client.ask("/v1/maintenance", method: .post, headers: changing).status == .forbidden)
    }
    // Its own page, and a program that is no browser, are not meant.
    for headers in [[site: "same-origin"], HTTPFields()] {
      let status = try await client.ask("/v1/session", method: .delete, headers: headers).status
      #expect(status == .noContent)
    }
  }
}
