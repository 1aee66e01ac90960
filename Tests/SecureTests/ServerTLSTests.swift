import NIOCore
import NIOPosix
import Primitives
@testable import Secure
import Testing
import Text

@Suite struct ServerTLSTests {
  private let files: TestFiles
  private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  init() throws { files = try TestFiles() }

  private func ask(_ server: TestServer, _ trust: TLSTrust, host: String = "localhost") async -> String {
    guard let address = WebAddress("https://\(host):\(server.port)/") else { return "no address" }
    do {
      return String(decoding: try await HTTPSClient(trust).get(address, longestBytes: 100, seconds: 20), as: UTF8.self)
    } catch {
      return "\(error)"
    }
  }

  @Test func aCertificateIsShownAndBelieved() async throws {
    let tls = try ServerTLS(files.server())
    let server = try TestServer(tls, answer: Self.answer)
    #expect(try await ask(server, files.trust()) == "ok")
    #expect(try await ask(server, files.trust(), host: "127.0.0.1") == "ok")
    #expect(server.names == [nil, nil] && tls.failedHandshakes == 0)
    // 2126-01-01.
    #expect(tls.expires == 4_922_899_200 * Nanos.perSecond)
  }

  @Test func whoIsNotWhomWeAskForIsNotBelieved() async throws {
    let server = try TestServer(ServerTLS(files.server()), answer: Self.answer)
    #expect(
      try await ask(server, files.trust(TestCertificates.otherAuthority)).hasSuffix("its certificate is not trusted"))
    let elsewhere = try TestServer(
      ServerTLS(files.server(TestCertificates.elsewhere, TestCertificates.elsewhereKey)), answer: Self.answer)
    for host in ["localhost", "127.0.0.1"] {
      #expect(try await ask(elsewhere, files.trust(), host: host).hasSuffix("its certificate is for another name"))
    }
    let expired = try TestServer(
      ServerTLS(files.server(TestCertificates.expired, TestCertificates.expiredKey)), answer: Self.answer)
    #expect(try await ask(expired, files.trust()).hasSuffix("its certificate is not trusted"))
  }

  @Test func clientsAreAskedWhoTheyAre() async throws {
    let server = try TestServer(ServerTLS(files.server(clients: TestCertificates.authority)), answer: Self.answer)
    #expect(try await ask(server, files.client(TestCertificates.client, TestCertificates.clientKey)) == "ok")
    #expect(server.names == ["read-area"])
    #expect(try await ask(server, files.trust()) != "ok")
    #expect(try await ask(server, files.client(TestCertificates.stranger, TestCertificates.strangerKey)) != "ok")
    #expect(server.names == ["read-area"])
  }

  @Test func filesAreReadAnewAndBadOnesLeaveWhatWas() async throws {
    let tls = try ServerTLS(files.server())
    let server = try TestServer(tls, answer: "hello", ends: false)
    let kept = try TLSConnection.open(host: "localhost", port: server.port, trust: files.trust(), seconds: 20)
    #expect(try !tls.renew())
    _ = try files.server(TestCertificates.renewed, TestCertificates.renewedKey)
    #expect(try tls.renew())
    // Half a pair, as somebody is just copying it.
    for (certificate, key) in [
      (TestCertificates.server, TestCertificates.renewedKey), ("", TestCertificates.serverKey),
      (TestCertificates.server, ""), (TestCertificates.server, TestCertificates.server),
      (String(TestCertificates.server.dropLast(60)), TestCertificates.serverKey),
    ] {
      _ = try files.server(certificate, key)
      #expect(throws: TLSFault.self) { try tls.renew() }
    }
    let anew = try TLSConnection.open(host: "localhost", port: server.port, trust: files.trust(), seconds: 20)
    for connection in [kept, anew] { try connection.send(Array("a".utf8), seconds: 20) }
    for connection in [kept, anew] { connection.close() }
  }

  @Test func faultsNameTheFile() throws {
    let files = try files.server(clients: "nothing")
    #expect(
      ServerTLS.faults(
        of: TLSFiles(certificate: "/nowhere/c.pem", key: "/nowhere/k.pem", clientAuthorities: "/n/a.pem"))
        == [
          "cannot read certificate /nowhere/c.pem: No such file or directory",
          "cannot read key /nowhere/k.pem: No such file or directory",
          "cannot read client_ca /n/a.pem: No such file or directory",
        ])
    #expect(ServerTLS.faults(of: files).count == 1)
    #expect(ServerTLS.faults(of: files)[0].hasPrefix("cannot read client_ca \(self.files.path)/clients.pem: "))
    let mixed = try self.files.server(TestCertificates.server, TestCertificates.renewedKey)
    #expect(
      ServerTLS.faults(of: mixed)
        == ["cannot use certificate \(mixed.certificate) with key \(mixed.key): the key is another certificate's"])
    #expect(ServerTLS.faults(of: try self.files.server()) == [])
    #expect(throws: TLSFault.self) { _ = try PEMFiles.certificates(files.key, "certificate") }
  }

  @Test func whoSpeaksNoTLSIsNotAnswered() async throws {
    let tls = try ServerTLS(files.server())
    let server = try TestServer(tls, answer: Self.answer)
    let plain = try #require(WebAddress("http://127.0.0.1:\(server.port)/"))
    await #expect(throws: (any Error).self) {
      _ = try await HTTPSClient(files.trust()).get(plain, longestBytes: 100, seconds: 20)
    }
    #expect(server.bytes.isEmpty && server.names.isEmpty)
    // It is counted when the server has noticed.
    while tls.failedHandshakes == 0 { try await Task.sleep(for: .milliseconds(5)) }
  }
}
