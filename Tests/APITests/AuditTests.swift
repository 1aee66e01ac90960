import Access
import Foundation
import HTTPTypes
import Primitives
import Sys
import Synchronization
import Testing

@testable import API

/// A trail that keeps lines in memory.
final class FakeTrail: AuditTrail {
  private struct State {
    var chain = AuditChain(node: "n-01")
    var records: [AuditRecord] = []
    var unkept: [Bool] = []
    var omitted = 0
  }

  private let state = Mutex(State())
  let hasRoom: Bool

  init(hasRoom: Bool = true) { self.hasRoom = hasRoom }

  var lines: [AuditLine] { state.withLock { $0.records.map(\.line) } }
  var unkept: [Bool] { state.withLock { $0.unkept } }

  func append(_ line: AuditLine) { state.withLock { $0.records.append($0.chain.append(line)) } }

  var omitted: Int { state.withLock { $0.omitted } }

  func noteOmitted() { state.withLock { $0.omitted += 1 } }

  func noteUnkept(isAnswered: Bool) { state.withLock { $0.unkept.append(isAnswered) } }

  func page(_ query: AuditQuery, check: () throws -> Void) throws -> AuditPage {
    let found = state.withLock { $0.records }.filter(query.takes).reversed()
    let page = Array(found.prefix(query.limit))
    return AuditPage(records: page, next: found.count > page.count ? page.last.map { AuditQuery.Place($0) } : nil)
  }
}

/// Each request has its line, whatever became of it.
@Suite struct AuditTests {
  private let trail = FakeTrail()

  private var model: FakeModel {
    var model = FakeModel()
    model.audit = trail
    return model
  }

  private func ask(
    _ uri: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:],
    control: AccessControl = AccessControl()
  ) async throws -> RouterClient.Answer {
    try await RouterClient(model, control: control).ask(uri, method: method, headers: headers)
  }

  @Test func anAnswerHasItsLine() async throws {
    let answer = try await ask("/v1/latest?measurement=weather&limit=2")
    let line = try #require(trail.lines.first)
    #expect(trail.lines.count == 1 && line.name == "local" && line.status == 200 && line.method == "GET")
    #expect(line.path == "/v1/latest" && line.query == "measurement=weather&limit=2")
    #expect(line.rows == 2 && line.bytes == answer.text.utf8.count && line.durationMicros != nil)
  }

  @Test(arguments: [
    ("/v1/nothing", 404), ("/v1/latest?x=1", 400), ("/v1/devices/nobody", 404), ("/", 404),
    ("/v1/audit?status=9", 400), ("/readyz", 200), ("/openapi.yaml", 200), ("/v1/latest?measurement=%ff", 400),
  ]) func refusalsHaveTheirs(_ uri: String, _ status: Int) async throws {
    let answer = try await ask(uri)
    let line = try #require(trail.lines.first)
    #expect(trail.lines.count == 1 && answer.status.code == status && line.status == status, "\(answer)")
    #expect(line.bytes == answer.text.utf8.count)
  }

  @Test func aWrongMethodHasItsLine() async throws {
    #expect(try await ask("/v1/latest", method: .delete).status == .methodNotAllowed)
    #expect(trail.lines.map(\.method) == ["DELETE"] && trail.lines.map(\.status) == [405])
  }

  @Test func whoAsksIsNamedOnceTheyAreKnown() async throws {
    let token = AccessToken.make()
    let grant = Grant(name: "trạm", permissions: [.read])
    let control = AccessControl(tokens: try TokenBook([(AccessToken.digest(token), grant)]))
    let bearer: HTTPFields = [.authorization: "Bearer \(token)"]
    #expect(try await ask("/v1/latest", headers: bearer, control: control).status == .ok)
    #expect(try await ask("/metrics", headers: bearer, control: control).status == .forbidden)
    #expect(try await ask("/v1/latest", control: control).status == .unauthorized)
    let wrong = try await ask("/v1/latest?a=\(token)", headers: [.authorization: "Bearer x"], control: control)
    #expect(wrong.status == .unauthorized)
    #expect(trail.lines.map(\.name) == ["trạm", "trạm", "", ""])
    #expect(trail.lines.map(\.status) == [200, 403, 401, 401] && trail.lines[3].query == "a=[token]")
  }

  @Test func aFloodWithoutTokensIsCountedAlone() async throws {
    let token = AccessToken.make()
    let grant = Grant(name: "page", permissions: [.read])
    let control = AccessControl(tokens: try TokenBook([(AccessToken.digest(token), grant)]))
    let client = RouterClient(model, control: control)
    while control.hasLine(refusedOf: "::1", monotonicNanos: Clock.monotonicNanos()) {}
    for _ in 0..<50 { #expect(try await client.ask("/v1/latest").status == .unauthorized) }
    #expect(trail.omitted >= 45 && trail.lines.count == 50 - trail.omitted)
    // Who has a token has a line all the same.
    #expect(try await client.ask("/v1/latest", headers: [.authorization: "Bearer \(token)"]).status == .ok)
    #expect(trail.lines.last?.name == "page")
  }

  @Test func healthHasNone() async throws {
    #expect(try await ask("/healthz").status == .ok)
    #expect(trail.lines.isEmpty)
  }

  @Test func headsAndKnownAnswersSendNothing() async throws {
    #expect(try await ask("/v1/latest", method: .head).status == .ok)
    let tag = try #require(try await ask("/openapi.yaml").headers[.eTag])
    #expect(try await ask("/openapi.yaml", headers: [.ifNoneMatch: tag]).status == .notModified)
    #expect(trail.lines.map(\.status) == [200, 200, 304] && trail.lines[0].bytes == 0 && trail.lines[2].bytes == 0)
    #expect(trail.lines[0].method == "HEAD")
  }

  @Test func anAnswerThatNobodyTakesHasItsLine() async throws {
    try await RouterClient(model).abandon("/v1/latest")
    #expect(trail.lines.map(\.path) == ["/v1/latest"] && trail.lines[0].bytes == 0)
  }

  @Test func whereNoLineCanBeKeptNothingIsAnsweredButWhy() async throws {
    let full = FakeTrail(hasRoom: false)
    var model = FakeModel()
    model.audit = full
    let client = RouterClient(model)
    let answer = try await client.ask("/v1/latest")
    #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] == "5")
    #expect(answer.text.contains("problem:audit"))
    #expect(try await client.ask("/metrics").status == .ok)
    #expect(try await client.ask("/healthz").status == .ok)
    #expect(full.unkept == [false, true] && full.lines.isEmpty)
  }

  @Test func linesAreListedNewestFirst() async throws {
    for uri in ["/v1/latest", "/v1/areas", "/v1/nothing"] { _ = try await ask(uri) }
    let first = try await ask("/v1/audit?limit=2")
    let page = try #require(try JSONSerialization.jsonObject(with: Data(first.text.utf8)) as? [String: Any])
    let lines = try #require(page["audit"] as? [[String: Any]])
    #expect(lines.map { $0["path"] as? String } == ["/v1/nothing", "/v1/areas"])
    #expect(lines[0]["status"] as? Int == 404 && lines[0]["rows"] is NSNull && lines[0]["sequence"] as? Int == 3)
    #expect(lines[0]["previous"] as? String == lines[1]["hash"] as? String)
    let next = try #require(page["next"] as? String)
    let second = try await ask("/v1/audit?limit=2&cursor=\(next)")
    #expect(second.text.contains(#""path":"/v1/latest""#) && second.text.hasSuffix(#""next":null}"#))
    #expect(try await ask("/v1/audit?cursor=x").status == .badRequest)
    #expect(try await ask("/v1/audit?name=nobody").text == #"{"audit":[],"next":null}"#)
  }
}
