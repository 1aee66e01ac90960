import Mutation
import Primitives
import Telemetry
import Testing

@testable import Protocols

@Suite struct CBORReaderTests {
  private static func skips(_ bytes: [UInt8]) -> (isWhole: Bool, failure: RejectReason) {
    var reader = CBORReader()
    let isRead = reader.skip(bytes.span.bytes, depth: 0)
    return (isRead && reader.position == bytes.count, reader.failure)
  }

  /// RFC 8949 appendix A: each is read whole, and none of its beginnings is.
  @Test(arguments: [
    "00", "17", "1818", "1bffffffffffffffff", "3bffffffffffffffff", "f90000", "fb7e37e43c8800759c", "f4", "f7", "f0",
    "f8ff", "c074323031332d30332d32315432303a30343a30305a", "4401020304", "60", "6449455446", "80", "83010203",
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "a0", "a201020304", "826161a161626163",
    "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff", "9f018202039f0405ffff", "bf61610161629f0203ffff",
  ])
  func wholeItems(text: String) {
    let bytes = octets(text)
    #expect(Self.skips(bytes).isWhole)
    for length in 0..<bytes.count {
      var reader = CBORReader()
      let cut = Array(bytes[..<length])
      let isRead = reader.skip(cut.span.bytes, depth: 0)
      #expect(!isRead && reader.failure == .senmlBadCBOR, "cut to \(length)")
    }
  }

  @Test(arguments: [
    "1c", "1d", "1e", "1f", "3f", "df", "fc", "fd", "fe", "ff", "f800", "f81f", "5f00ff", "5f5f4101ffff", "5f6161ff",
    "7f4161ff", "bf01ff", "bf", "9f", "9bffffffffffffffff", "bb7fffffffffffffff", "bbffffffffffffffff",
    "5bffffffffffffffff", "5b7fffffffffffffff00", "81", "a101", "a1",
  ])
  func malformedItems(text: String) {
    let found = Self.skips(octets(text))
    #expect(!found.isWhole && found.failure == .senmlBadCBOR)
  }

  @Test func depthIsBoundedWhateverNests() {
    for head: [UInt8] in [[0x81], [0xA1, 0x00], [0xC1], [0x9F]] {
      func nested(_ depth: Int) -> [UInt8] {
        let ends = head[0] == 0x9F ? [UInt8](repeating: 0xFF, count: depth) : []
        return Array(repeatElement(head, count: depth).joined()) + [0] + ends
      }
      #expect(Self.skips(nested(Limits.senmlDepth)).isWhole, "\(head)")
      let tooDeep = Self.skips(nested(Limits.senmlDepth + 1))
      #expect(!tooDeep.isWhole && tooDeep.failure == .senmlTooDeep)
      #expect(Self.skips(nested(100_000)).failure == .senmlTooDeep)
    }
  }

  private static func text(_ bytes: [UInt8], arenaBytes: Int = 100) -> (text: String?, failure: RejectReason) {
    var reader = CBORReader()
    var arena = Slab<UInt8>(capacity: arenaBytes)
    guard let head = reader.head(bytes.span.bytes), let range = reader.text(bytes.span.bytes, head: head, arena: &arena)
    else { return (nil, reader.failure) }
    let places = range.offset..<range.offset + Int(range.length)
    let octets = range.isInArena ? places.map { arena[$0] } : Array(bytes[places])
    return (String(decoding: octets, as: UTF8.self), reader.failure)
  }

  @Test func textInChunksIsPutTogetherWhereItFits() {
    #expect(Self.text(octets("7f6161606162ff")).text == "ab")
    #expect(Self.text(octets("7fff")).text == "")
    #expect(Self.text(octets("6162")).text == "b")
    // Each chunk is UTF-8 by itself (RFC 8949 section 3.2.3).
    #expect(Self.text(octets("7f61c361a9ff")).text == nil && Self.text(octets("62c3a9")).text == "é")
    #expect(Self.text(octets("61c3")).failure == .senmlBadCBOR)
    let tooLong = Self.text(octets("7f6161616261636164ff"), arenaBytes: 3)
    #expect(tooLong.text == nil && tooLong.failure == .textTooLong)
  }

  @Test func halvesAreWhatTheRFCSays() {
    for (bits, value) in [
      (0x0000, 0.0), (0x3C00, 1), (0x3E00, 1.5), (0x7BFF, 65_504), (0x0001, 5.960464477539063e-8),
      (0x0400, 0.00006103515625), (0xC400, -4), (0x7C00, .infinity), (0xFC00, -.infinity), (0x03FF, 0x3FFp-24),
    ] as [(UInt16, Double)] {
      #expect(CBORReader.double(half: bits) == value, "\(bits)")
    }
    #expect(CBORReader.double(half: 0x7E00).isNaN && CBORReader.double(half: 0x8000).sign == .minus)
  }

  /// Whatever is read, nothing beyond is, and the position never runs back or beyond.
  @Test func damagedItemsAreReadOrRefused() {
    var mutation = Mutation(seed: 9)
    let whole = octets("bf61619f0102ff61625f420102ff6163a1c2430102030405ff")
    var refused = 0
    for _ in 0..<20_000 {
      let bytes = mutation.damage(whole)
      var reader = CBORReader()
      if !reader.skip(bytes.span.bytes, depth: 0) { refused += 1 }
      #expect(reader.position >= 0 && reader.position <= bytes.count)
    }
    #expect(refused > 5_000 && refused < 20_000)
  }
}

@Suite struct JSONScannerTests {
  private struct Read {
    var text: String?
    var end: Int
    var failure: RejectReason
    var arenaCount: Int
  }

  private static func string(_ json: String, arenaBytes: Int = 200) -> Read {
    string(Array(json.utf8), arenaBytes: arenaBytes)
  }

  private static func string(_ bytes: [UInt8], arenaBytes: Int = 200) -> Read {
    var scanner = JSONScanner()
    var arena = Slab<UInt8>(capacity: arenaBytes)
    var text: String?
    if let range = scanner.string(bytes.span.bytes, arena: &arena) {
      let places = range.offset..<range.offset + Int(range.length)
      text = String(decoding: range.isInArena ? places.map { arena[$0] } : Array(bytes[places]), as: UTF8.self)
    }
    return Read(text: text, end: scanner.position, failure: scanner.failure, arenaCount: arena.count)
  }

  /// A quote at every place of the eight octets that are looked at together.
  @Test func stringsOfEveryLength() {
    for length in 0...20 {
      let plain = String(repeating: "a", count: length)
      let read = Self.string("\"\(plain)\"\"b")
      #expect(read.text == plain && read.end == length + 2 && read.arenaCount == 0)
      let escaped = Self.string("\"\(plain)\\n\(plain)\"")
      #expect(escaped.text == plain + "\n" + plain && escaped.end == 2 * length + 4)
      let wide = Self.string("\"\(plain)đ€😀\(plain)\"")
      #expect(wide.text == plain + "đ€😀" + plain)
      #expect(Self.string("\"\(plain)").text == nil, "no quote ends it")
      #expect(Self.string("\"\(plain)\u{1}\"").text == nil, "a control character")
      #expect(Self.string(Array("\"\(plain)".utf8) + [0xC3, 0x28, 0x22]).text == nil, "no UTF-8")
    }
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"),
    (#""\u0000""#, "\0"), (#""\uD800\uDC00\uDBFF\uDFFF""#, "\u{10000}\u{10FFFF}"),
  ])
  func escapes(json: String, text: String) {
    let read = Self.string(json)
    #expect(read.text == text && read.end == json.utf8.count)
    for cut in 0..<json.utf8.count {
      #expect(Self.string(Array(json.utf8.prefix(cut))).text == nil, "cut to \(cut)")
    }
  }

  @Test(arguments: [
    #""\x""#, #""\u12g4""#, #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800\ud800""#, #""\ud800x\udc00""#,
    #"a""#, "", #""\U0041""#,
  ])
  func noStrings(json: String) {
    let read = Self.string(json)
    #expect(read.text == nil && read.failure == .senmlBadJSON)
  }

  @Test func anArenaThatIsFullIsNoBadJSON() {
    #expect(Self.string(#""abc\n""#, arenaBytes: 3).failure == .textTooLong)
    #expect(Self.string(#""abc\n""#, arenaBytes: 4).text == "abc\n")
    #expect(Self.string(#""\ud83d\ude00""#, arenaBytes: 3).failure == .textTooLong)
    #expect(Self.string(#""abc""#, arenaBytes: 0).text == "abc", "what needs no change needs no room")
  }

  private static func seconds(_ json: String) -> Int64? {
    var scanner = JSONScanner()
    let bytes = Array(json.utf8)
    return scanner.seconds(bytes.span.bytes)
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("1", 1_000_000_000), ("1.5", 1_500_000_000),
      ("1795176000.123456789", 1_795_176_000_123_456_789),
      ("1795176000.1234567899999", 1_795_176_000_123_456_789), ("-0.000000001", -1), ("0.0000000009", 0),
      ("9223372036.854775807", Int64.max), ("9223372036.854775808", Int64.max), ("9223372037", Int64.max),
      ("-9223372037", Int64.min), ("1e300", Int64.max), ("-1e300", Int64.min), ("1e2", 100_000_000_000),
      ("99999999999999999999999999", Int64.max),
    ] as [(String, Int64)])
  func secondsToTheNanosecond(json: String, nanos: Int64) {
    #expect(Self.seconds(json) == nanos)
  }

  @Test func valuesAreReadOverWholeOrNot() {
    func skip(_ json: String) -> (isWhole: Bool, failure: RejectReason) {
      var scanner = JSONScanner()
      var arena = Slab<UInt8>(capacity: 64)
      let bytes = Array(json.utf8)
      let isRead = scanner.skipValue(bytes.span.bytes, depth: 0, arena: &arena)
      #expect(!isRead || arena.count == 0, "what was read over takes no room")
      return (isRead && scanner.position == bytes.count, scanner.failure)
    }
    for json in [
      "1e999", "-0.5E+3", "true", "false", "null", "[]", "{}", #"{"a":[1,{"b":"\n"}],"c":null}"#, " [ 1 , 2 ]",
    ] { #expect(skip(json).isWhole, "\(json)") }
    for json in [
      "", "01", "1.", ".5", "+1", "tru", "nul", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[1}",
      "NaN",
    ] { #expect(!skip(json).isWhole, "\(json)") }
    let deepest = String(repeating: "[", count: Limits.senmlDepth) + String(repeating: "]", count: Limits.senmlDepth)
    #expect(skip(deepest).isWhole)
    #expect(skip("[" + deepest + "]").failure == .senmlTooDeep)
    #expect(skip(String(repeating: "[", count: 100_000)).failure == .senmlTooDeep)
  }
}

/// Eight octets at once, against one by one.
@Suite struct EightBytesTests {
  @Test func masksMarkTheFirstThatMatches() {
    var random = SeededRandom(4)
    for _ in 0..<20_000 {
      let octets = (0..<8).map { _ in
        UInt8.random(in: 0...255, using: &random) & 0x3F | (random.next() & 3 == 0 ? 0x80 : 0x20)
      }
      let word = octets.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      let wanted = octets.randomElement(using: &random) ?? 0
      #expect(EightBytes.first(EightBytes.equal(word, wanted)) == octets.firstIndex(of: wanted))
      let bound = UInt8.random(in: 1...128, using: &random)
      #expect(EightBytes.first(EightBytes.below(word, bound)) == octets.firstIndex { $0 < bound } ?? 8)
      let others = EightBytes.nonDigits(word ^ EightBytes.zeros)
      for (index, octet) in octets.enumerated() {
        #expect((others >> UInt64(index * 8) & 0x80 != 0) == !(48...57).contains(octet), "exact in every octet")
      }
    }
    #expect(EightBytes.first(EightBytes.equal(0x0101_0101_0101_0101, 2)) == 8)
  }

  @Test(arguments: [0, 1, 9, 10, 12_345_678, 99_999_999, 10_000_000] as [UInt64])
  func eightDigitsAreANumber(number: UInt64) {
    let digits = Array(String(number + 100_000_000).utf8.dropFirst())
    let word = digits.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    #expect(EightBytes.number(word ^ EightBytes.zeros) == number)
  }
}
