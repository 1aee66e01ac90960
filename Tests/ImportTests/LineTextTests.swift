import Testing

@testable import Import

/// What a line can say, and what not.
@Suite struct LineTextTests {
  private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  @Test func namesAreEscaped() {
    #expect(text(LineText.measurement("a b,c=d")) == "a\\ b\\,c=d")
    #expect(text(LineText.tag("a b,c=d".utf8)) == "a\\ b\\,c\\=d")
    #expect(text(LineText.field("a b,c=\"d\"")) == "a\\ b\\,c\\=\\\"d\\\"")
    #expect(text(LineText.tag("a\\b".utf8)) == "a\\b")
    #expect(text(LineText.field("a\\b")) == "a\\b")
  }

  @Test func whatNoLineCanSayIsNone() {
    for name in ["", "#a", "\ta", "a\nb", "a\\"] { #expect(LineText.measurement(name) == nil, "\(name)") }
    for name in ["", "a\nb", "a\\"] { #expect(LineText.tag(name.utf8) == nil, "\(name)") }
    for name in ["", "a\nb", "a\\", "a\\,b", "a\\\\b", "a\tb"] { #expect(LineText.field(name) == nil, "\(name)") }
  }
}
