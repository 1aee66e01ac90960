import Primitives
import Sys
import Testing
import Text

@testable import ObjectStore

/// Over loopback, with a server that answers in these octets.
@Suite struct HTTPTransportTests {
  private func settings() -> ObjectSettings {
    var settings = ObjectSettings()
    settings.connectNanos = Nanos.perSecond
    settings.idleNanos = Nanos.perSecond / 2
    return settings
  }

  private func request(
    _ port: Int, body: [UInt8] = [], timeoutNanos: Int64 = 20 * Nanos.perSecond
  ) throws
    -> TransportRequest
  {
    TransportRequest(
      method: body.isEmpty ? .get : .put, address: try #require(WebAddress("http://127.0.0.1:\(port)/a%2520/b?c=%2F")),
      headers: [Header("Host", "127.0.0.1:\(port)"), Header("x-amz-date", "d")], body: body, timeoutNanos: timeoutNanos)
  }

  private func ask(
    _ answer: String?, body: [UInt8] = [], timeoutNanos: Int64 = 20 * Nanos.perSecond
  ) throws
    -> (GatheredBody, LoopbackServer)
  {
    let server = try LoopbackServer(answer: answer)
    let sink = GatheredBody(longestBytes: 1_000)
    let transport = try HTTPTransport(settings: settings())
    try transport.exchange(try request(server.port, body: body, timeoutNanos: timeoutNanos), into: sink)
    return (sink, server)
  }

  @Test func whatIsSentAndWhatComes() throws {
    let (sink, server) = try ask("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"e\"\r\n\r\nok")
    #expect(sink.head.status == 200)
    #expect(sink.head.header("etag") == "\"e\"")
    #expect(sink.gathered == Array("ok".utf8))
    let asked = String(decoding: server.bytes, as: UTF8.self)
    #expect(asked.hasPrefix("GET /a%2520/b?c=%2F HTTP/1.1\r\n"))
    #expect(asked.contains("Host: 127.0.0.1:\(server.port)\r\n"))
    #expect(asked.ranges(of: "ost: ").count == 1)
    let (_, taken) = try ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body: Array("hello".utf8))
    let put = String(decoding: taken.bytes, as: UTF8.self).lowercased()
    #expect(put.hasPrefix("put "))
    #expect(put.contains("content-length: 5\r\n"))
    #expect(put.hasSuffix("\r\n\r\nhello"))
  }

  @Test func redirectsAreNotFollowed() throws {
    let (sink, server) = try ask(
      "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    #expect(sink.head.status == 307)
    #expect(!server.bytes.isEmpty)
  }

  private func failure(_ answer: String?, timeoutNanos: Int64 = 20 * Nanos.perSecond) -> TransportFault? {
    do {
      _ = try ask(answer, timeoutNanos: timeoutNanos)
      return nil
    } catch {
      return error as? TransportFault
    }
  }

  @Test func answersThatAreNone() throws {
    // Cut after the request was there: it may have been carried out.
    let cut = failure("")
    #expect(cut?.kind == .unreachable)
    #expect(cut?.wasSent == true)
    let short = failure("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort")
    #expect(short?.wasSent == true)
    #expect(failure("nonsense\r\n\r\n")?.wasSent == true)
    #expect(failure(nil)?.kind == .timedOut)
    #expect(failure(nil, timeoutNanos: Nanos.perSecond / 10)?.description == "it did not answer in time")
    let long = String(repeating: "a", count: 1_001)
    #expect(failure("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n\(long)")?.kind == .tooLarge)
  }

  @Test func nobodyListens() throws {
    let server = try LoopbackServer(answer: "")
    let port = server.port
    server.close()
    let transport = try HTTPTransport(settings: settings())
    let sink = GatheredBody()
    let request = try request(port)
    let expected = TransportFault(.unreachable, wasSent: false, "Connection refused")
    #expect(throws: expected) { try transport.exchange(request, into: sink) }
  }

  @Test func authorities() throws {
    let folder = try TestFolder()
    let path = try folder.write(Array("no certificate".utf8), to: "ca.pem")
    #expect(
      fault { _ = try HTTPTransport(authorities: path) }?.description
        == "cannot read ca \(path): it holds no certificate in PEM")
    #expect(fault { _ = try HTTPTransport(authorities: path + "x") }?.kind == .local)
  }

  /// A body much longer than what a connection holds comes in pieces, and whole.
  @Test func longBodies() throws {
    let body = String(repeating: "0123456789abcdef", count: 1 << 18)
    let server = try LoopbackServer(answer: "HTTP/1.1 206 x\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body)
    let folder = try TestFolder()
    let file = try File(folder.path + "/a", .createExclusive)
    let sink = FileBody(file, offset: 0, longestBytes: body.utf8.count)
    try HTTPTransport().exchange(try request(server.port), into: sink)
    #expect(sink.byteCount == body.utf8.count)
    #expect(try File.readWhole(folder.path + "/a") == Array(body.utf8))
  }

  @Test func forTasks() async throws {
    let client = AsyncObjectClient(try testClient(MemoryStore()), threads: 2)
    #expect(try await client.putIfAbsent([1], as: "a") == .done)
    #expect(try await client.get("a", longestBytes: 10)?.bytes == [1])
    #expect(try await client.head("a")?.byteCount == 1)
    #expect(try await client.list().objects.map(\.name) == ["a"])
    let found = await withTaskGroup(of: PutOutcome?.self) { group in
      for _ in 0..<20 { group.addTask { try? await client.putIfAbsent([2], as: "b") } }
      return await group.reduce(into: [PutOutcome?]()) { $0.append($1) }
    }
    #expect(found.filter { $0 == .done }.count == 1)
    #expect(found.filter { $0 == .exists }.count == 19)
    await client.close()
    await #expect(throws: ObjectFault.self) { try await client.head("a") }
  }

  @Test func theRelay() throws {
    let relay = AnswerRelay()
    relay.post(.failure(TransportFault(.timedOut, wasSent: true, "x")))
    #expect(throws: TransportFault(.timedOut, wasSent: true, "x")) { try relay.deliver(to: GatheredBody()) }
  }
}
