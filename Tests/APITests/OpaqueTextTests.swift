@testable import API
import Testing

@Suite struct OpaqueTextTests {
  @Test(arguments: ["", "a", "đá.weather", "x/y"])
  func opaqueTextComesBack(text: String) {
    #expect(OpaqueText.decode(OpaqueText.encode(text)) == text)
  }

  @Test(arguments: ["a", "zz", "+1", "-1", "c3"])
  func foreignOpaqueTextIsRefused(text: String) {
    #expect(OpaqueText.decode(text) == nil)
  }

  @Test func addressesAreRead() {
    #expect(ListenAddress("[::]:8080") == ListenAddress("[::]:8080"))
    #expect(ListenAddress("[::]:8080")?.host == "::" && ListenAddress("[::]:8080")?.text == "[::]:8080")
    #expect(ListenAddress("127.0.0.1:0")?.port == 0 && ListenAddress("localhost:80")?.host == "localhost")
    for text in ["", "8080", ":8080", "::1:80", "[::1]", "[]:1", "a:b", "a:65536", "a:+1"] {
      #expect(ListenAddress(text) == nil, "\(text)")
    }
  }
}
