import Primitives
import Testing
import Text

@Suite struct JSONReaderTests {
  @Test func aTextIsItsValue() throws {
    let text = #" {"a" : [1, -2.5e-3, true, false, null, "\u00e9\\\/\b\f\n\r\t\""], "b":{"c":{}}, "d":[ ]} "#
    let value = try JSONReader.read(text)
    #expect(
      value
        == .members(
          ("a", .array([1, .number(-0.0025), true, false, .null, "é\\/\u{8}\u{c}\n\r\t\""])),
          ("b", .members(("c", .members([])))), ("d", .array([]))))
    #expect(JSONReader.isObject(text))
    #expect(try JSONReader.read(value.serialized) == value)
    #expect(try JSONReader.read(value.indented) == value)
  }

  @Test(arguments: [
    "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}",
    "{\"a\":1}{", "{\"a\":1 \"b\":2}", "1 2", "tru", "nul", "True", "\"a", "\"\\", "\"\\u12", "\"\\u12g4\"",
    "\"\\u+123\"", "\"\\x\"", "\"\n\"", "\"\u{0}\"", "\"\u{1f}\"", "'a'", "\u{feff}1", "/**/1", "\u{a0}1", "1;",
  ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: JSONReader.Flaw.self) { try JSONReader.read(text) }
    #expect(!JSONReader.isObject(text))
  }

  /// Every beginning of a text is refused, and none of them is read beyond its end.
  @Test func aTextThatEndsEarlyIsRefused() {
    let whole = Array(#"{"a":[1.5e-3,{"b":"\ud83d\ude00\n"}],"c":[true,false,null]}"#.utf8)
    for length in 0..<whole.count {
      #expect(throws: JSONReader.Flaw.self, "\(length)") { try JSONReader.read(Array(whole[..<length])) }
    }
    #expect(throws: Never.self) { try JSONReader.read(whole) }
  }

  @Test func depthIsBounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      func nested(_ depth: Int) -> String {
        String(repeating: open, count: depth) + (open == "[" ? "" : "1") + String(repeating: close, count: depth)
      }
      #expect(throws: Never.self) { try JSONReader.read(nested(Limits.jsonDepth)) }
      #expect(throws: JSONReader.Flaw.self) { try JSONReader.read(nested(Limits.jsonDepth + 1)) }
      #expect(throws: JSONReader.Flaw.self) { try JSONReader.read(String(repeating: open, count: 1_000_000)) }
    }
    #expect(
      JSONReader.isObject("{\"a\":" + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}"))
    #expect(!JSONReader.isObject(String(repeating: "{\"a\":", count: 1_000_000)))
    // Beside each other there may be any number.
    #expect(throws: Never.self) {
      try JSONReader.read("[" + String(repeating: "[],", count: 10_000) + "[]]")
    }
  }

  @Test(
    arguments: [
      (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00!""#, "😀!"), (#""\u0000""#, "\u{0}"), (#""\uFFFF""#, "\u{FFFF}"),
      (#""\ue000""#, "\u{E000}"), (#""\u00e1\u0301""#, "á\u{301}"),
    ])
  func escapesAreCharacters(text: String, wanted: String) throws {
    #expect(try JSONReader.read(text) == .string(wanted))
  }

  @Test(arguments: [
    #""\ud83d""#, #""\ude00""#, #""\ud83d\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ude00\ud83d""#,
  ])
  func halfASurrogatePairIsNoText(text: String) {
    #expect(throws: JSONReader.Flaw.self) { try JSONReader.read(text) }
    // By its grammar it is JSON: it may stand in an answer as it was sent.
    #expect(JSONReader.isObject("{\"a\":\(text)}"))
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
    ] as [[UInt8]])
  func brokenUTF8IsNoText(bytes: [UInt8]) {
    #expect(throws: JSONReader.Flaw.self) { try JSONReader.read([0x22] + bytes + [0x22]) }
    #expect(throws: JSONReader.Flaw.self) { try JSONReader.read(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) }
  }

  @Test(
    arguments: [
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(0x1p63)), ("-9223372036854775809", .number(-0x1p63)),
      ("0", 0), ("-0", .number(-0.0)), ("1.0", .number(1)), ("1e0", .number(1)), ("1E+2", .number(100)),
      ("0.1e-2", .number(0.001)), ("5e-324", .number(.leastNonzeroMagnitude)), ("1e-400", .number(0)),
      ("1.7976931348623157e308", .number(Double.greatestFiniteMagnitude)),
    ] as [(String, JSONValue)])
  func numbersAreExactOrNearest(text: String, wanted: JSONValue) throws {
    #expect(try JSONReader.read(text) == wanted)
  }

  @Test(arguments: [
    "NaN", "Infinity", "-Infinity", "nan", "inf", "1e400", "-1e400", "01", "-01", "+1", "1.", ".5", "-", "-.5", "1e",
    "1e+", "0x10", "1_000", "1,0", "--1", "1..2", "1e1e1", "٣",
  ])
  func whatIsNoNumberIsRefused(text: String) {
    #expect(throws: JSONReader.Flaw.self) { try JSONReader.read(text) }
  }

  /// All are kept, and the first one is what a name asks for.
  @Test func aNameMayStandTwice() throws {
    let value = try JSONReader.read(#"{"a":1,"b":2,"a":3}"#)
    #expect(value["a"] == 1 && value.members.count == 3)
    #expect(value.serialized == #"{"a":1,"b":2,"a":3}"#)
  }

  @Test func aFlawSaysWhereItIs() {
    let flaw = #expect(throws: JSONReader.Flaw.self) { try JSONReader.read(#"{"a":1,}"#) }
    #expect(flaw?.description == "no text at byte 7")
  }

  @Test(arguments: ["[]", "1", "\"{}\"", "null", "{} {}", #"{"a":tru}"#])
  func whatIsNoObjectIsNone(text: String) {
    #expect(!JSONReader.isObject(text))
  }
}
