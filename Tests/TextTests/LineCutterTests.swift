import Testing
import Text

/// Pieces hold whole lines, and together all that came.
@Suite struct LineCutterTests {
  private func pieces(_ text: String, of pieceBytes: Int, step: Int = 1) -> [(text: String, isCut: Bool)] {
    var cutter = LineCutter(pieceBytes: pieceBytes)
    var found: [(String, Bool)] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: step) {
      cutter.add(Array(bytes[start..<min(bytes.count, start + step)]))
      while let piece = cutter.next(isLast: false) {
        found.append((String(decoding: piece.bytes, as: UTF8.self), piece.isCut))
      }
    }
    while let piece = cutter.next(isLast: true) {
      found.append((String(decoding: piece.bytes, as: UTF8.self), piece.isCut))
    }
    return found
  }

  @Test(arguments: [1, 3, 1_000])
  func linesAreCutWhereTheyEnd(step: Int) {
    let found = pieces("a b=1\nc d=2\ne f=3", of: 12, step: step)
    #expect(found.map(\.text) == ["a b=1\nc d=2\n", "e f=3"] && !found.contains(where: \.isCut))
  }

  @Test(arguments: [1, 1_000])
  func aLineEndInATextEndsNoLine(step: Int) {
    let line = "m s=\"one\ntwo\",t=\"\\\"\n\" 7\n"
    let text = "a b=1\n" + line + line + "c d=2\n"
    let found = pieces(text, of: 32, step: step)
    #expect(found.map(\.text) == ["a b=1\n" + line, line + "c d=2\n"])
    // Quotes in a key are letters.
    #expect(pieces("m,t=\" v=1\nn v=2\n", of: 12).map(\.text) == ["m,t=\" v=1\n", "n v=2\n"])
  }

  @Test func aQuoteThatIsNeverClosedCostsItsOwnLine() {
    #expect(pieces("m s=\"a\nb c=1\nd e=2\nf g=3\n", of: 14).map(\.text) == ["m s=\"a\n", "b c=1\nd e=2\n", "f g=3\n"])
  }

  @Test func aLineThatIsTooLongIsToldAndPassedOver() {
    let found = pieces("abcdefghijklmnop\nq r=1\n", of: 8, step: 3)
    #expect(found.map(\.text) == ["abcdefgh", "q r=1\n"] && found.map(\.isCut) == [true, false])
  }
}
