import Primitives
import Testing

@Suite struct HexadecimalTests {
  @Test func octetsComeBack() {
    let all = (0...255).map { UInt8($0) }
    let text = Hexadecimal.text(all)
    #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
    #expect(Hexadecimal.octets(text) == all)
    #expect(Hexadecimal.octets(text.uppercased()) == all)
    #expect(Hexadecimal.octets("0x" + text) == all)
  }

  @Test(arguments: ["0", "0x0", "0g", "g0", "  ", "0x", "00 00", "é", "0x0x00", "+1", "-1"])
  func whatIsNoPairOfDigits(text: String) {
    #expect(Hexadecimal.octets(text) == (text == "0x" ? [] : nil))
  }

  @Test func wordsHaveEightDigits() {
    #expect(Hexadecimal.text(0 as UInt32) == "00000000")
    #expect(Hexadecimal.text(0x0123_ABCD as UInt32) == "0123abcd")
    #expect(Hexadecimal.text(UInt32.max) == "ffffffff")
  }
}
