@testable import API
import Foundation
import FoundationNetworking
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
    let client = URLSession(configuration: .ephemeral)
    defer { client.invalidateAndCancel() }
    for _ in 0..<3 {
      let url = try #require(URL(string: "http://127.0.0.1:\(port)/v1/devices"))
      let (_, answer) = try await client.data(from: url)
      let response = try #require(answer as? HTTPURLResponse)
      #expect(response.statusCode == 200 && response.value(forHTTPHeaderField: "Server") == "thinai")
    }
    // A connection that is open but idle does not hold up the end.
    await server.stop()
    await #expect(throws: (any Error).self) {
      _ = try await client.data(from: try #require(URL(string: "http://127.0.0.1:\(port)/healthz")))
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
