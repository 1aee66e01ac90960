import Mutation
import Primitives
import Testing

@testable import Protocols

@Suite struct HostAddressTests {
  private func address(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    return HostAddress.address(bytes.span.bytes)?.addressText
  }

  @Test(arguments: [
    ("10.0.0.1", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("010.0.0.1", "10.0.0.1"),
    ("::", "::"), ("fe80::1", "fe80::1"), ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("::ffff:10.0.0.1", "10.0.0.1"),
  ])
  func wordsThatAreAddresses(word: String, text: String) {
    #expect(address(word) == text)
  }

  @Test(arguments: [
    "", "1", "gate", "10.0.0", "10.0.0.1.", ".10.0.0.1", "10..0.1", "10.0.0.256", "10.0.0.0001", "10.0.0.1:514",
    "[::1]", "12:34", "12:34:56", "::g", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "10.0.0.x", "beef",
    String(repeating: "1:", count: 30),
  ])
  func wordsThatAreNone(word: String) {
    #expect(address(word) == nil)
  }

  @Test func whatIsOneIsWhatTheReaderOfAddressesReads() {
    var mutation = Mutation(seed: 3)
    let seeds = ["192.168.100.200", "2001:db8::ff00:42:8329", "::ffff:10.1.2.3"]
    for round in 0..<4_000 {
      let bytes = mutation.damage(Array(seeds[round % 3].utf8))
      guard let found = HostAddress.address(bytes.span.bytes) else { continue }
      #expect(found.addressText == SourceAddress(addressText: String(decoding: bytes, as: UTF8.self))?.addressText)
    }
  }

  @Test(arguments: [
    ("10.0.0.1", true), ("0.1.2.3", false), ("127.9.9.9", false), ("169.254.1.1", false), ("224.0.0.1", false),
    ("255.255.255.255", false), ("::", false), ("::1", false), ("fe80::1", false), ("febf::1", false),
    ("fec0::1", true),
    ("ff02::1", false), ("2001:db8::1", true),
  ])
  func addressesOfManyNameNobody(text: String, namesOne: Bool) throws {
    #expect(try #require(SourceAddress(addressText: text)).namesOne == namesOne)
  }
}
