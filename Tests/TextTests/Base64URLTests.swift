import Testing
import Text

@Suite struct Base64URLTests {
  @Test func vectors() {
    // RFC 4648 section 10, without padding.
    for (text, letters) in [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
      ("foobar", "Zm9vYmFy"),
    ] {
      #expect(Base64URL.encode(Array(text.utf8)) == letters)
      #expect(Base64URL.decode(letters) == Array(text.utf8))
    }
    #expect(Base64URL.encode([0xFB, 0xFF, 0xBF]) == "-_-_")
  }

  @Test func everyByteAndLengthComesBack() {
    for count in 0...67 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
  }

  @Test func oneTextForEachSequence() {
    for bad in ["Z", "Zg=", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", " Zm9v", "Zm9vY", "Zé9v"] {
      #expect(Base64URL.decode(bad) == nil, "\(bad)")
    }
  }
}
