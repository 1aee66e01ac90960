import Foundation
import Secure

/// Files of certificates in a directory of the test's own, removed with it.
final class TestFiles {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "thinai-secure-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// A server's, in files that may be written again.
  func server(
    _ certificate: String = TestCertificates.server, _ key: String = TestCertificates.serverKey,
    clients authority: String? = nil
  ) throws -> TLSFiles {
    TLSFiles(
      certificate: try write(certificate, to: "server.pem"), key: try write(key, to: "server.key"),
      clientAuthorities: try authority.map { try write($0, to: "clients.pem") })
  }

  func trust(_ authority: String = TestCertificates.authority) throws -> TLSTrust {
    try TLSTrust(authorities: try write(authority, to: "ca.pem"))
  }

  func client(_ certificate: String, _ key: String) throws -> TLSTrust {
    try TLSTrust(
      authorities: try write(TestCertificates.authority, to: "ca.pem"),
      certificate: try write(certificate, to: "client.pem"), key: try write(key, to: "client.key"))
  }
}
