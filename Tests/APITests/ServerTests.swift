@testable import API
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@Suite struct ServerTests {
  static func port(of address: String) throws -> Int {
    let text = try #require(address.split(separator: ":").last)
    return try #require(Int(text))
  }

  @Test(arguments: ["127.0.0.1:0", "[::]:0"])
  func itAnswersUntilItIsStopped(listen: String) async throws {
    let server = APIServer(FakeModel(), listen: listen)
    let port = try Self.port(of: try await server.start())
    #expect(port > 0)
    try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
      for _ in 0..<3 {
        // The client of the tests says nothing of whom it asks.
        let host = try #require(HTTPField.Name("Host"))
        let response = try await client.get("/v1/devices", headers: [host: "127.0.0.1"])
        #expect(response.status == .ok && response.headers[.server] == "thinai")
      }
      // A connection that is open but idle does not hold up the end.
      await server.stop()
    }
    await #expect(throws: (any Error).self) {
      try await TestClient.withClient(host: "127.0.0.1", port: port) { _ = try await $0.get("/healthz") }
    }
  }

  @Test func anAddressInUseIsAnError() async throws {
    let first = APIServer(FakeModel(), listen: "127.0.0.1:0")
    let port = try Self.port(of: try await first.start())
    let second = APIServer(FakeModel(), listen: "127.0.0.1:\(port)")
    await #expect(throws: (any Error).self) { try await second.start() }
    await first.stop()
  }

  @Test func anAddressThatIsNoneIsAnError() async throws {
    await #expect(throws: APIServer.BadAddress.self) { try await APIServer(FakeModel(), listen: "nowhere").start() }
  }
}
