import Testing
import Text

@Suite struct JSONWriterTests {
  private func written(_ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    body(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func membersAndElementsStandApart() {
    let text = written { json in
      json.object { json in
        json.name("a")
        json.array { json in
          json.integer(1)
          json.object { _ in }
          json.array { _ in }
          json.null()
        }
        json.name("b\"" as String)
        json.boolean(true)
        json.name("c")
        json.raw("[]")
        json.name("d")
        json.time(1_795_132_800_500_000_000)
        json.name("e")
        json.time(nil)
        json.name("f")
        json.stringOrNull("")
      }
    }
    #expect(
      text
        == #"{"a":[1,{},[],null],"b\"":true,"c":[],"d":"2026-11-20T00:00:00.500Z","e":null,"f":null}"#)
  }

  @Test(
    arguments: [
      ("", "\"\""), ("a\"b\\c", #""a\"b\\c""#), ("\n", #""\n""#), ("\r\t\u{0}\u{1f}", #""\r\t\u0000\u001f""#),
      ("\u{7f}/é😀", "\"\u{7f}/é😀\""), ("\u{2028}", "\"\u{2028}\""),
    ])
  func textsAreEscaped(text: String, wanted: String) throws {
    #expect(written { $0.string(text) } == wanted)
    #expect(try JSONReader.read(wanted) == .string(text))
  }

  @Test(
    arguments: [
      (25.0, "25"), (0.1, "0.1"), (-0.0, "-0.0"), (1e21, "1e+21"), (2.5e-300, "2.5e-300"), (.nan, "null"),
      (.infinity, "null"), (-.infinity, "null"), (.leastNonzeroMagnitude, "5e-324"),
    ])
  func doublesAreShort(value: Double, text: String) {
    #expect(written { $0.double(value) } == text)
    #expect(JSONValue.number(value).serialized == text)
    if value.isFinite { #expect(NumberFormat.text(value) == text && Double(text) == value) }
  }

  @Test func whatWasMovedIsNotWrittenTwice() {
    var json = JSONWriter()
    var out: [UInt8] = []
    json.beginArray()
    json.integer(1)
    json.move(to: &out)
    json.integer(2)
    json.endArray()
    json.move(to: &out)
    #expect(String(decoding: out, as: UTF8.self) == "[1,2]" && json.bytes.isEmpty)
  }

  @Test func whatIsPassingIsKnown() {
    var json = JSONWriter()
    json.object { json in
      json.name("a")
      json.integer(1)
      json.passing { json in
        json.name("b")
        json.integer(2)
      }
    }
    #expect(json.passingBytes.map { String(decoding: json.bytes[$0], as: UTF8.self) } == #","b":2"#)
  }

  @Test func linesForPeopleAreSorted() {
    let value = JSONValue.members(("b", .array([1, .members([])])), ("a", "x"), ("c", .array([])))
    #expect(
      value.indented == """
        {
          "a": "x",
          "b": [
            1,
            {}
          ],
          "c": []
        }
        """)
  }

  @Test(
    arguments: [
      (-5, 2, "-0.05"), (2_350, 2, "23.50"), (0, 3, "0.000"), (7, 0, "7"), (Int64.min, 18, "-9.223372036854775808"),
      (12, 18, "0.000000000000000012"),
    ] as [(Int64, Int, String)])
  func decimalsKeepTheirDigits(mantissa: Int64, scale: Int, text: String) {
    #expect(NumberFormat.decimal(mantissa: mantissa, scale: scale) == text)
  }
}
