import Testing
import Text

@Suite struct PercentCodingTests {
  @Test(
    arguments: [
      ("", ""), ("aZ09-._~", "aZ09-._~"), ("a b+c", "a%20b%2Bc"), ("100%", "100%25"), ("đá/x", "%C4%91%C3%A1%2Fx"),
      ("\u{0}\n\u{7f}", "%00%0A%7F"), ("😀", "%F0%9F%98%80"),
    ])
  func textsComeBack(text: String, encoded: String) {
    #expect(PercentCoding.encode(text) == encoded)
    #expect(PercentCoding.decode(encoded) == text)
    #expect(PercentCoding.decode(encoded.lowercased()) == text.lowercased())
  }

  @Test(arguments: [
    "%", "a%", "%4", "%4x", "%x4", "%%41", "%+1", "%-1", "% 1", "%GG", "%u0041",
    // UTF-8 that is cut off, overlong, half a surrogate pair, beyond the last character, or begins in its middle.
    "%C3", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "%80", "%FF", "%F0%9F%98",
  ])
  func whatIsBrokenIsRefused(text: String) {
    #expect(PercentCoding.decode(text) == nil)
    #expect(PercentCoding.decode("x" + text + "=", plusIsBlank: true) == nil)
  }

  @Test func aPlusIsABlankInQueriesAlone() {
    #expect(PercentCoding.decode("a+b%2B", plusIsBlank: true) == "a b+")
    #expect(PercentCoding.decode("a+b%2B") == "a+b+")
  }

  @Test func whatStandsIsTheCallersChoice() {
    #expect(PercentCoding.encode("_a/b_") { byte, index in index > 0 && byte != 0x2F } == "%5Fa%2Fb_")
    #expect(PercentCoding.encoded(0x0A) == Array("%0A".utf8))
  }
}
