import Primitives
import Secure
import Testing

@Suite struct LineConnectionTests {
  private let files: TestFiles
  init() throws { files = try TestFiles() }

  private func open(_ server: TestServer, _ trust: TLSTrust? = nil, longest: Int = 100) throws -> LineConnection {
    try LineConnection.open(host: "localhost", port: server.port, trust: trust, seconds: 20, longestLineBytes: longest)
  }

  private static let longNanos = 20 * Nanos.perSecond

  @Test(arguments: [true, false]) func linesComeOneByOne(isSecure: Bool) throws {
    let server = try TestServer(isSecure ? ServerTLS(files.server()) : nil, answer: "220-a\r\n220 b\n220", ends: false)
    let connection = try open(server, isSecure ? files.trust() : nil)
    #expect(try connection.line(waitNanos: Nanos.perMillisecond) == nil)
    try connection.send(Array("EHLO x\r\n".utf8), seconds: 20)
    #expect(try connection.line(waitNanos: Self.longNanos) == Array("220-a".utf8))
    #expect(try connection.line(waitNanos: Self.longNanos) == Array("220 b".utf8))
    // What has no end yet is no line.
    #expect(try connection.line(waitNanos: Nanos.perMillisecond) == nil)
    connection.close()
    #expect(throws: TLSFault.self) { _ = try connection.line(waitNanos: Self.longNanos) }
    #expect(throws: TLSFault.self) { try connection.send([1], seconds: 20) }
  }

  @Test func whatWasSaidBeforeTheEndIsRead() throws {
    let server = try TestServer(nil, answer: "421 bye\r\n")
    let connection = try open(server)
    try connection.send([1], seconds: 20)
    #expect(try connection.line(waitNanos: Self.longNanos) == Array("421 bye".utf8))
    #expect(throws: TLSFault.self) { _ = try connection.line(waitNanos: Self.longNanos) }
  }

  @Test func aLineWithoutEndIsNone() throws {
    let server = try TestServer(nil, answer: String(repeating: "x", count: 5_000), ends: false)
    let connection = try open(server)
    try connection.send([1], seconds: 20)
    #expect(throws: TLSFault.self) { _ = try connection.line(waitNanos: Self.longNanos) }
  }

  @Test func whatWasSaidInTheClearIsNotBelieved() throws {
    let server = try TestServer(nil, answer: "220 go\r\n250 in the clear\r\n", ends: false)
    let connection = try open(server)
    try connection.send(Array("STARTTLS\r\n".utf8), seconds: 20)
    #expect(try connection.line(waitNanos: Self.longNanos) == Array("220 go".utf8))
    let trust = try files.trust()
    #expect { try connection.secure(trust, seconds: 20) } throws: {
      "\($0)" == "it said something before it was secure"
    }
    #expect(throws: TLSFault.self) { try connection.send([1], seconds: 20) }
  }

  @Test func whoDoesNotBecomeSecureIsLeft() throws {
    let server = try TestServer(nil, answer: nil)
    let connection = try open(server)
    let trust = try files.trust()
    #expect(throws: TLSFault.self) { try connection.secure(trust, seconds: 1) }
    #expect(throws: TLSFault.self) { _ = try open(server, trust: files.trust(), seconds: 1) }
  }

  private func open(_ server: TestServer, trust: TLSTrust, seconds: Int64) throws -> LineConnection {
    try LineConnection.open(
      host: "localhost", port: server.port, trust: trust, seconds: seconds, longestLineBytes: 100)
  }
}
