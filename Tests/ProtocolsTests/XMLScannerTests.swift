import Mutation
import Primitives
import Testing

@testable import Protocols

@Suite struct XMLScannerTests {
  /// The tokens as text; fails if they do not come to an end.
  private func tokens(_ text: [UInt8]) -> [String] {
    let span = text.span.bytes
    var scanner = XMLScanner()
    var found: [String] = []
    func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
    while found.count <= 2 * text.count + 2 {
      switch scanner.next(in: span) {
      case .start(let name, let isEmpty): found.append("<\(string(name))\(isEmpty ? "/" : "")>")
      case .end(let name): found.append("</\(string(name))>")
      case .text(let range): found.append(string(range))
      case .finished: return found + ["."]
      case .malformed: return found + ["!"]
      }
    }
    Issue.record("a document without end")
    return found
  }

  private func tokens(_ text: String) -> [String] { tokens(Array(text.utf8)) }

  @Test func elementsTextsAndWhatIsPassedOver() {
    #expect(
      tokens("<?xml version=\"1.0\"?><!-- a > b --><s:A x='>' y=\"<\">t &amp; u<b/></s:A>") == [
        "<A>", "t &amp; u", "<b/>", "</A>", ".",
      ])
    #expect(tokens("<a><![CDATA[<b>]]]></a >") == ["<a>", "<b>]", "</a>", "."])
    #expect(tokens("") == ["."] && tokens(" \n") == [" \n", "."])
  }

  @Test(arguments: [
    "<", "<a", "<a x='", "<a><b></a", "</a>", "<a>", "<!DOCTYPE a>", "<!ENTITY>", "<![CDATA[x]]>", "<a><![CDATA[x",
    "<a><![CDAT[x]]></a>", "<>", "< a>", "<a <b>", "<!-- x", "<? x", "<:>",
  ])
  func whatIsNoDocumentEnds(text: String) {
    #expect(tokens(text).last == "!")
  }

  @Test func depthHasABound() {
    let deepest = Limits.xmlDepth
    #expect(tokens(String(repeating: "<a>", count: deepest) + String(repeating: "</a>", count: deepest)).last == ".")
    #expect(tokens(String(repeating: "<a>", count: deepest + 1)).last == "!")
  }

  @Test func damagedDocumentsEnd() {
    var mutation = Mutation(seed: 2)
    let seed = Array("<?xml?><s:E a='1'><s:B><P>x</P><![CDATA[y]]><q/></s:B></s:E><!-- z -->".utf8)
    for _ in 0..<3_000 { #expect([".", "!"].contains(tokens(mutation.damage(seed)).last)) }
  }
}
