import Primitives
import Sys
import Testing

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("[::]:8089", "[::]:8089", true), ("*:514", "[::]:514", true), ("0.0.0.0:514", "0.0.0.0:514", false),
    ("127.0.0.1:5683", "127.0.0.1:5683", false), ("[::1]:0", "[::1]:0", true),
    ("[2001:db8::7]:65535", "[2001:db8::7]:65535", true), ("[::ffff:10.0.0.1]:9", "10.0.0.1:9", false),
  ])
  func readsAndWrites(text: String, written: String, isIPv6: Bool) throws {
    let address = try #require(SocketAddress(text))
    #expect(address.description == written)
    #expect(address.isIPv6 == isIPv6)
  }

  @Test(arguments: [
    "", ":", "8089", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "::1:80", "[::1]",
    "[::1:80", "::1]:80", "[127.0.0.1]:80", "127.0.0.1.1:80", "host:80", "[::1]:80x", "[]:80", "1.2.3.4%lo:80",
    "[fe80::1%no-such-interface]:80", "[[::1]]:80", "127.0.0.1: 80",
  ])
  func refuses(text: String) {
    #expect(SocketAddress(text) == nil)
  }

  @Test func zoneIsAnInterface() throws {
    let loopback = try #require(SocketAddress("[fe80::1%lo]:80"))
    #expect(loopback.address.scope == 1)
    #expect(SocketAddress("[fe80::1%7]:80")?.address.scope == 7)
  }

  @Test func tellsKinds() throws {
    #expect(try #require(SocketAddress("*:1")).isWildcard)
    #expect(try #require(SocketAddress("0.0.0.0:1")).isWildcard)
    #expect(try !#require(SocketAddress("[::1]:1")).isWildcard)
    #expect(try #require(SocketAddress("[::1]:1")).isLoopback)
    #expect(try #require(SocketAddress("127.9.0.1:1")).isLoopback)
    #expect(try !#require(SocketAddress("10.0.0.1:1")).isLoopback)
  }

  @Test func portRanges() throws {
    let range = try #require(SocketAddressRange("[::]:20000-20003"))
    #expect(range.ports == 20000...20003)
    #expect(range.addresses.map(\.description) == ["[::]:20000", "[::]:20001", "[::]:20002", "[::]:20003"])
    #expect(range.description == "[::]:20000-20003")
    #expect(SocketAddressRange("127.0.0.1:9")?.addresses.count == 1)
    #expect(SocketAddressRange("*:65535-65535")?.addresses.count == 1)
    for text in ["*:2-1", "*:1-2-3", "*:-", "*:1-", "*:-1", "*", "*:1-65536"] {
      #expect(SocketAddressRange(text) == nil, "\(text)")
    }
  }

  @Test func resolvesNumbersWithoutAsking() throws {
    #expect(try SocketAddress.resolving("[::1]:7") == SocketAddress("[::1]:7"))
    #expect(throws: SystemError(code: ErrorNumber.invalid, call: .resolve)) { try SocketAddress.resolving("host") }
    FaultInjection.with([.init(.resolve, .error(ErrorNumber.notFound))]) {
      #expect(throws: SystemError(code: ErrorNumber.notFound, call: .resolve)) {
        try SocketAddress.resolving("name.invalid:7")
      }
    }
  }
}
