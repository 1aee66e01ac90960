@testable import API
import Access
import Gzip
import HTTPTypes
import Hummingbird
import NIOCore
import Primitives
import Registry
import Synchronization
import Telemetry
import Testing

/// Lines by HTTP: bodies in pieces, answers in InfluxDB's forms.
@Suite struct WriteRouteTests {
  private func post(
    _ uri: String, _ body: String, to writes: FakeWrites, headers: HTTPFields = [:],
    control: AccessControl = AccessControl()
  ) async throws -> RouterClient.Answer {
    try await RouterClient(FakeModel(), control: control, writes: writes).ask(
      uri, method: .post, headers: headers, body: Array(body.utf8))
  }

  @Test func linesAreHandedOverWithTheirUnit() async throws {
    for (precision, nanos) in [
      ("", 1), ("?precision=", 1), ("?precision=us", 1_000), ("?db=x&precision=s&rp=", 1_000_000_000),
    ] {
      let writes = FakeWrites()
      let answer = try await post("/write" + precision, "m v=1\nm v=2", to: writes)
      #expect(answer.status == .noContent && answer.text.isEmpty)
      #expect(writes.text == "m v=1\nm v=2")
      #expect(writes.pieces.withLock { $0.map(\.unitNanos) } == [Int64(nanos)])
    }
    #expect(try await post("/write?precision=week", "m v=1", to: FakeWrites()).status == .badRequest)
  }

  @Test func badLinesAreNamedAsInfluxDBDoes() async throws {
    let one = try await post("/write", "m v=1\nbad\n", to: FakeWrites())
    #expect(one.status == .badRequest)
    #expect(one.text == #"{"error":"partial write: unable to parse 'bad': invalid value dropped=1"}"#)
    let two = try await post("/api/v2/write", "bad\n", to: FakeWrites())
    #expect(two.text == #"{"code":"invalid","message":"unable to parse 'bad': invalid value"}"#)
  }

  @Test func aLargeBodyIsCutIntoPiecesInOrder() async throws {
    let lines = (0..<40_000).map { "m,device=d v=\($0)\n" }.joined()
    let writes = FakeWrites()
    #expect(try await post("/write", lines, to: writes).status == .noContent)
    #expect(writes.text == lines)
    let pieces = writes.pieces.withLock { $0.map(\.bytes) }
    #expect(pieces.count > 8 && pieces.allSatisfy { $0.count <= Limits.linePieceBytes && $0.last == 10 })
  }

  @Test func whatCannotBeTakenIsToBeSentAgain() async throws {
    let lines = String(repeating: "m,device=d v=1\n", count: 60_000)
    let writes = FakeWrites(roomForPieces: 3)
    let answer = try await post("/write", lines, to: writes)
    #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] == "2")
    // No more is handed over than was on its way.
    #expect(writes.pieces.withLock { $0.count } <= 3 + 1 + Limits.linePiecesInFlight)
  }

  @Test func packedBodiesAreUnpacked() async throws {
    func packed(_ text: String) -> [UInt8] {
      var bytes: [UInt8] = []
      GzipStream(level: 5).compress(Array(text.utf8), isLast: true, appendingTo: &bytes)
      return bytes
    }
    let lines = (0..<30_000).map { "m,device=d v=\($0)\n" }.joined()
    func answer(_ body: [UInt8], _ writes: FakeWrites) async throws -> HTTPResponse.Status {
      try await RouterClient(FakeModel(), writes: writes).ask(
        "/write", method: .post, headers: [.contentEncoding: "gzip"], body: body
      ).status
    }
    let writes = FakeWrites()
    #expect(try await answer(packed(lines) + packed("n v=1\n"), writes) == .noContent)
    #expect(writes.text == lines + "n v=1\n")
    for damaged in [Array(packed(lines).dropLast(5)), packed(lines) + [0x1F], [1, 2, 3]] {
      #expect(try await answer(damaged, FakeWrites()) == .badRequest)
    }
    #expect(try await post("/write", "m v=1", to: FakeWrites(), headers: [.contentEncoding: "br"]).status.code == 415)
    let honest: HTTPFields = [.contentLength: String(Limits.bodyBytes + 1)]
    #expect(try await post("/write", "m v=1", to: FakeWrites(), headers: honest).status == .contentTooLarge)
    // Less than it says.
    #expect(try await post("/write", "m v=1", to: FakeWrites(), headers: [.contentLength: "9"]).status == .badRequest)
  }

  /// Few octets that unpack to many.
  @Test func whatUnpacksToTooMuchIsGivenUp() async throws {
    var packed: [UInt8] = []
    GzipStream(level: 5).compress(Array(repeating: 10, count: 1 << 20), isLast: true, appendingTo: &packed)
    let head = HTTPRequest(
      method: .post, scheme: "http", authority: "x", path: "/write", headerFields: [.contentEncoding: "gzip"])
    var pieces = try BodyPieces(
      Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: packed))), limitBytes: 1 << 20,
      unpackedLimitBytes: 300_000)
    var taken = 0
    do {
      while let piece = try await pieces.next() { taken += piece.count }
      Issue.record("it was taken")
    } catch let problem as APIProblem {
      #expect(problem.status == .contentTooLarge)
    }
    #expect(taken > 0 && taken <= 300_000)
  }

  // MARK: who may

  private static let tokens = ["write", "read", "part"].map { ($0, AccessToken.make()) }

  private func control() throws -> AccessControl {
    let entries = Self.tokens.map { name, token in
      let scope = name == "part" ? DeviceScope(areas: ["21550"]) : .everything
      return (
        AccessToken.digest(token), Grant(name: name, permissions: name == "read" ? [.read] : [.write], scope: scope)
      )
    }
    return AccessControl(tokens: try TokenBook(entries))
  }

  private func token(_ name: String) throws -> String { try #require(Self.tokens.first { $0.0 == name }).1 }

  @Test func aTokenIsTakenInTheWordsOfInfluxDB() async throws {
    let token = try token("write")
    // Basic of "u:" and the token.
    let basic = "Basic " + FakeBase64.encode(Array("u:\(token)".utf8))
    for said in ["Token \(token)", "token u:\(token)", "Bearer \(token)", basic] {
      let answer = try await post(
        "/write", "m v=1", to: FakeWrites(), headers: [.authorization: said], control: control())
      #expect(answer.status == .noContent, "\(said)")
    }
    let inQuery = try await post("/write?u=x&p=\(token)", "m v=1", to: FakeWrites(), control: control())
    #expect(inQuery.status == .noContent)
    for said in ["Token thn_none", "Basic !", "Digest x"] {
      let answer = try await post(
        "/api/v2/write", "m v=1", to: FakeWrites(), headers: [.authorization: said], control: control())
      #expect(answer.status == .unauthorized && answer.text.hasPrefix(#"{"code":"unauthorized""#))
    }
    // Elsewhere it is no bearer's.
    let other = try await RouterClient(FakeModel(), control: control()).ask(
      "/v1/areas", headers: [.authorization: "Token \(token)"])
    #expect(other.status == .unauthorized)
    let reader = try await post(
      "/write", "m v=1", to: FakeWrites(), headers: [.authorization: "Token \(self.token("read"))"], control: control())
    #expect(reader.status == .forbidden)
  }

  @Test func aLimitedTokenWritesForItsDevicesAlone() async throws {
    let said: HTTPFields = [.authorization: "Token \(try token("part"))"]
    let answer = try await post("/write", "m,device=sen-1 v=1", to: FakeWrites(), headers: said, control: control())
    #expect(answer.status == .badRequest && answer.text.contains("not permitted for device 'sen-1'"))
    let all = FakeWrites()
    _ = try await post(
      "/write", "m v=1", to: all, headers: [.authorization: "Token \(try token("write"))"], control: control())
    #expect(all.pieces.withLock { $0[0].mayWrite == nil })
  }

  // MARK: what is asked before, and the registry

  @Test func whatClientsAskBeforeIsAnswered() async throws {
    let client = RouterClient(FakeModel(), writes: FakeWrites())
    #expect(try await client.ask("/ping").status == .noContent)
    #expect(try await client.ask("/health").text.contains(#""status":"pass""#))
    let made = try await client.ask("/query?q=CREATE%20DATABASE%20%22x%22", method: .post)
    #expect(made.text == #"{"results":[{"statement_id":0}]}"#)
    let form = try await client.ask("/query", method: .post, body: Array("q=create+database+x".utf8))
    #expect(form.status == .ok)
    #expect(try await client.ask("/query?q=SELECT+1", method: .post).status == .badRequest)
    #expect(try await RouterClient(FakeModel()).ask("/write", method: .post).status == .serviceUnavailable)
    #expect(try await client.ask("/write").status == .methodNotAllowed)
  }

  @Test func whatChangesInTheRegistryIsTold() async throws {
    let answer = try await post(
      "/v1/registry/devices?dry_run=1", "id,class\na,camera\nc,sensor\n", to: FakeWrites())
    #expect(answer.status == .ok)
    #expect(
      answer.text == #"{"dry_run":true,"rows":2,"added":1,"changed":1,"removed":1,"changes":["#
        + #"{"change":"changed","key":{"id":"a"},"columns":{"class":{"before":"sensor","after":"camera"}}},"#
        + #"{"change":"added","key":{"id":"c"}}],"omitted":1}"#)
    #expect(try await post("/v1/registry/devices?dry_run=2", "", to: FakeWrites()).status == .badRequest)
    let refusals: [(RegistryRefusal, Int, String)] = [
      (.notConfigured(key: "registry.areas"), 409, "registry.areas"), (.unusable("line 3"), 400, "line 3"),
      (.busy, 503, "somebody else"), (.failed("cannot write"), 500, "cannot write"),
    ]
    for (refusal, status, said) in refusals {
      let answer = try await post("/v1/registry/areas", "code\n", to: FakeWrites(refusal: refusal))
      #expect(answer.status.code == status && answer.text.contains(said))
    }
    let tooLarge: HTTPFields = [.contentLength: String(Limits.registryFileBytes + 1)]
    #expect(try await post("/v1/registry/areas", "", to: FakeWrites(), headers: tooLarge).status == .contentTooLarge)
  }
}

/// As clients write it, with its padding.
enum FakeBase64 {
  static func encode(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 { text.append(place <= group.count ? letters[bits >> (18 - 6 * place) & 63] : "=") }
    }
    return text
  }
}
