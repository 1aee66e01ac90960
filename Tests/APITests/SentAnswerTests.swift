import Access
@testable import API
import Foundation
import FoundationNetworking
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

/// A request goes from thread to thread for its question alone, and its answer goes out at once; its line in the audit says
/// what was sent.
@Suite struct SentAnswerTests {
  private static func until(_ what: () -> Bool) async throws {
    for _ in 0..<5_000 where !what() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func aShortAnswerIsNotedWhenItWasSent() async throws {
    let trail = FakeTrail()
    var model = FakeModel()
    model.audit = trail
    let server = APIServer(model, listen: "127.0.0.1:0")
    let port = try ServerTests.port(of: try await server.start())
    let client = URLSession(configuration: .ephemeral)
    defer { client.invalidateAndCancel() }
    var sizes: [Int] = []
    for (method, path, status) in [
      ("GET", "/v1/latest?measurement=weather", 200), ("HEAD", "/v1/latest", 200), ("GET", "/v1/nothing", 404),
      ("GET", "/openapi.yaml", 200),
    ] {
      var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
      request.httpMethod = method
      request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
      let (body, answer) = try await client.data(for: request)
      #expect((answer as? HTTPURLResponse)?.statusCode == status)
      sizes.append(body.count)
    }
    try await Self.until { trail.lines.count == 4 }
    #expect(trail.lines.map(\.bytes) == sizes)
    #expect(sizes[0] > 0 && sizes[1] == 0)
    #expect(trail.lines.map(\.status) == [200, 200, 404, 200] && trail.lines[1].method == "HEAD")
    await server.stop()
  }

  @Test func itIsNotedOnceAndOfWhomItIs() {
    let trail = FakeTrail()
    let sent = SentAnswer()
    sent.note()
    let head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/v1/latest?a=b")
    sent.expect(17, of: AuditedRequest(trail, head, address: "[::1]:5"))
    #expect(trail.lines.isEmpty)
    for _ in 0..<2 { sent.note() }
    #expect(trail.lines.map(\.bytes) == [17] && trail.lines[0].path == "/v1/latest" && trail.lines[0].query == "a=b")
    // What was never sent has a line too.
    do {
      let left = SentAnswer()
      left.expect(9, of: AuditedRequest(trail, head, address: ""))
    }
    #expect(trail.lines.map(\.bytes) == [17, 0])
  }

  @Test func aConnectionsWorkIsOnItsEventLoop() async {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let isThere = await withTaskExecutorPreference(LoopExecutor(loop)) {
      let before = loop.inEventLoop
      await Task.yield()
      return before && loop.inEventLoop
    }
    #expect(isThere && !loop.inEventLoop)
  }
}
