import Access
import Secure
import Testing
import Text

@Suite struct HTTPSClientTests {
  private let files: TestFiles
  init() throws { files = try TestFiles() }

  /// What comes of an answer in these octets.
  private func get(_ answer: String?, ends: Bool = true, seconds: Int64 = 20) async throws -> String {
    let server = try TestServer(nil, answer: answer, ends: ends)
    let address = try #require(WebAddress("http://127.0.0.1:\(server.port)/a?b=c"))
    do {
      let body = try await HTTPSClient(files.trust()).get(address, longestBytes: 1_000, seconds: seconds)
      #expect(String(decoding: server.bytes, as: UTF8.self).hasPrefix("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"))
      return String(decoding: body, as: UTF8.self)
    } catch {
      #expect("\(error)".hasPrefix("\(address): "))
      return String("\(error)".dropFirst("\(address): ".count))
    }
  }

  @Test func bodies() async throws {
    #expect(try await get("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == "ok")
    #expect(try await get("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ends: false) == "ok")
    #expect(try await get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") == "ok")
    #expect(try await get("HTTP/1.0 200 OK\r\n\r\nuntil the end") == "until the end")
  }

  @Test func whatIsNoAnswer() async throws {
    #expect(try await get("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n") == "it answered 302")
    #expect(try await get("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") == "it answered 404")
    #expect(try await get("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort") != "short")
    #expect(try await get("nonsense\r\n\r\n") != "nonsense\r\n\r\n")
    #expect(try await get("") == "the connection was closed")
    #expect(try await get(nil, seconds: 1) == "it did not answer in time")
    let long = String(repeating: "a", count: 1_001)
    let tooLong = "its answer is longer than 1000 bytes"
    #expect(try await get("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n\(long)") == tooLong)
    #expect(try await get("HTTP/1.1 200 OK\r\n\r\n\(long)") == tooLong)
  }

  @Test func anAnswerIsGivenAsItCame() async throws {
    let server = try TestServer(ServerTLS(files.server()), answer: "HTTP/1.1 404 No\r\nNext-Cursor: c\r\n\r\nnothing")
    let address = try #require(WebAddress("https://localhost:\(server.port)/x"))
    let answer: HTTPSAnswer = try await HTTPSClient(files.trust()).ask(
      address, headers: [(name: "Authorization", value: "Bearer t")], longestBytes: 100, seconds: 20)
    #expect(answer.status == 404 && answer.body == Array("nothing".utf8) && answer.header("next-cursor") == "c")
    #expect(answer.header("Link") == nil)
    #expect(String(decoding: server.bytes, as: UTF8.self).contains("\r\nAuthorization: Bearer t\r\n"))
  }

  @Test func nobodyThere() async throws {
    let address = try #require(WebAddress("https://127.0.0.1:1/"))
    do {
      _ = try await HTTPSClient(TLSTrust()).get(address, longestBytes: 1, seconds: 20)
      Issue.record("somebody answered on port 1")
    } catch {
      #expect("\(error)" == "https://127.0.0.1:1/: Connection refused")
    }
  }

  @Test func serverWithoutTLS() async throws {
    let server = try TestServer(nil, answer: "HTTP/1.1 400 Bad Request\r\n\r\n")
    let address = try #require(WebAddress("https://localhost:\(server.port)/"))
    await #expect(throws: IdentityFault.self) {
      _ = try await HTTPSClient(files.trust()).get(address, longestBytes: 1, seconds: 20)
    }
  }
}
