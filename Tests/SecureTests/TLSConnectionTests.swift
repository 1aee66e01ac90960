import Secure
import Testing

@Suite struct TLSConnectionTests {
  private let files: TestFiles
  init() throws { files = try TestFiles() }

  /// Waits for what another thread does; the run's own limit ends it if it never comes.
  private func wait(until holds: () -> Bool) async throws {
    while !holds() { try await Task.sleep(for: .milliseconds(5)) }
  }

  @Test(arguments: [true, false]) func octetsArrive(isSecure: Bool) async throws {
    let server = try TestServer(isSecure ? ServerTLS(files.server()) : nil, answer: nil)
    let connection = try TLSConnection.open(
      host: "localhost", port: server.port, trust: isSecure ? files.trust() : nil, seconds: 20)
    let message = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    for _ in 0..<3 { try connection.send(message, seconds: 20) }
    try await wait { server.bytes.count == 3 * message.count }
    #expect(server.bytes == message + message + message)
    #expect(connection.fault == nil)
    connection.close()
    #expect(connection.fault != nil)
    #expect(throws: TLSFault.self) { try connection.send(message, seconds: 20) }
  }

  @Test(arguments: [true, false]) func anEndIsNoticed(isSecure: Bool) async throws {
    let server = try TestServer(isSecure ? ServerTLS(files.server()) : nil, answer: nil)
    let connection = try TLSConnection.open(
      host: "localhost", port: server.port, trust: isSecure ? files.trust() : nil, seconds: 20)
    try connection.send([1], seconds: 20)
    try await wait { !server.bytes.isEmpty }
    server.drop()
    try await wait { connection.fault != nil }
    #expect(throws: TLSFault.self) { try connection.send([1], seconds: 20) }
  }

  @Test func whoIsNotBelievedIsSentNothing() throws {
    let server = try TestServer(ServerTLS(files.server()), answer: nil)
    #expect(throws: TLSFault.self) {
      _ = try TLSConnection.open(
        host: "localhost", port: server.port, trust: files.trust(TestCertificates.otherAuthority), seconds: 20)
    }
    #expect(server.bytes.isEmpty)
  }

  @Test func aMuteServerIsGivenUp() throws {
    // It takes the connection and never shows a certificate.
    let server = try TestServer(nil, answer: nil)
    #expect(throws: TLSFault.self) {
      _ = try TLSConnection.open(host: "localhost", port: server.port, trust: files.trust(), seconds: 1)
    }
  }

  @Test func filesThatAreNone() {
    #expect(throws: TLSFault.self) { _ = try TLSTrust(authorities: "/nowhere/ca.pem") }
  }
}
