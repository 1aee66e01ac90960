import Testing
import Text

@Suite struct WebAddressTests {
  @Test func parts() throws {
    let plain = try #require(WebAddress("https://Login.Example.vn"))
    #expect(plain.isSecure && plain.host == "login.example.vn" && plain.port == 443 && plain.target == "/")
    #expect(plain.hostField == "login.example.vn" && !plain.isLoopback)
    let whole = try #require(WebAddress("http://[::1]:8080/a/b?c=d:e@f"))
    #expect(!whole.isSecure && whole.host == "::1" && whole.port == 8_080 && whole.target == "/a/b?c=d:e@f")
    #expect(whole.hostField == "[::1]:8080" && whole.isLoopback)
    #expect(whole.description == "http://[::1]:8080/a/b?c=d:e@f")
    #expect(WebAddress("https://a.vn?q=1")?.target == "/?q=1")
    #expect(WebAddress("http://127.9.9.9:443/")?.isLoopback == true)
    #expect(WebAddress("http://127.0.0.1.evil.vn/")?.isLoopback == false)
  }

  @Test func whatIsNone() {
    for bad in [
      "", "a.vn", "//a.vn", "ftp://a.vn", "https://", "https:///a", "https://u@a.vn", "https://u:p@a.vn",
      "https://a.vn#f",
      "https://a.vn:0", "https://a.vn:65536", "https://a.vn:", "https://a.vn:-1", "https://a.vn:+1", "https://a vn",
      "https://a.vn/\r\nHost: b", "https://é.vn", "https://[::1", "https://[a.vn]", "https://[::1]x", "https://::1/",
      "https://a.vn\\b", "https://a%2fb/", "https://" + String(repeating: "a", count: 17_000),
    ] {
      #expect(WebAddress(bad) == nil, "\(bad)")
    }
  }
}
