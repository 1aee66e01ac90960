import Mutation
import Primitives
import Telemetry
import Testing
@testable import Protocols

@Suite struct NumberTextTests {
  func parse(_ text: String) -> (tag: ValueTag, payload: Int64)? {
    let bytes = Array(text.utf8)
    return NumberText.parse(bytes.span.bytes, from: 0, to: bytes.count)
  }

  @Test(arguments: [
    ("0", 0, 0), ("00", 0, 0), ("0.000", 0, 0), ("1", 1, 0), ("1.", 1, 0), (".5", 5, 1), ("+1", 1, 0), ("-1", -1, 0),
    ("23.50", 235, 1), ("23.5", 235, 1), ("2.35e1", 235, 1), ("2350e-2", 235, 1), ("235E-1", 235, 1),
    ("-1.5e-3", -15, 4), ("1E10", 10_000_000_000, 0), ("1e+2", 100, 0), ("0.1000000000000000000000", 1, 1),
    ("1234567", 1_234_567, 0), ("12345678", 12_345_678, 0), ("123456789", 123_456_789, 0), ("123.456", 123_456, 3),
    ("123.4567", 1_234_567, 4), ("100.00", 100, 0), ("0.0001", 1, 4), ("-0.5", -5, 1),
    ("999999999999999999", 999_999_999_999_999_999, 0), ("0.000000000000000001", 1, 18),
    ("0.30000000000000004", 30_000_000_000_000_004, 17), ("1e17", 100_000_000_000_000_000, 0),
    ("123456789012345678e-18", 123_456_789_012_345_678, 18),
  ])
  func exactDecimals(text: String, mantissa: Int64, scale: Int) throws {
    let number = try #require(parse(text))
    #expect(number.tag == .decimal(scale: scale))
    #expect(number.payload == mantissa)
  }

  @Test(arguments: [
    "-0", "-0.0", "-0e5", "1e18", "6.02e23", "1e-19", "1e22", "1e23", "1.7976931348623157e308", "5e-324",
    "2.2250738585072011e-308", "9007199254740993", "1234567890123456789", "123456789012345678901234567890",
    "0.1000000000000000055511151231257827", "-3.14159265358979323846264338327950288", "8.5e-20", "1e-400",
    "179769313486231580793e288", "0.000000000000000000000000000000000000001e39",
  ])
  func whatDecimalsDoNotHoldIsTheNearestDouble(text: String) throws {
    let number = try #require(parse(text))
    let value = try #require(DecimalNumber.double(tag: number.tag, payload: number.payload))
    #expect(value.bitPattern == Double(text)!.bitPattern)
  }

  @Test(arguments: [
    "", "-", "+", ".", "-.", "e5", "1e", "1e+", "1.2.3", "--1", "+-1", "0x10", "NaN", "nan", "inf", "1_000", " 1", "1 ",
    "1e400", "-1e400", "1,5", "1f",
  ])
  func refusesWhatIsNoNumber(text: String) {
    #expect(parse(text) == nil)
  }

  @Test func bothWaysAgreeOnRandomNumbers() throws {
    var numbers = SeededRandom(1)
    for _ in 0..<50_000 {
      var text = Bool.random(using: &numbers) ? "-" : ""
      for _ in 0..<Int.random(in: 1...9, using: &numbers) { text += String(Int.random(in: 0...9, using: &numbers)) }
      if Bool.random(using: &numbers) {
        text += "."
        for _ in 0..<Int.random(in: 0...9, using: &numbers) { text += String(Int.random(in: 0...3, using: &numbers)) }
      }
      if Int.random(in: 0...5, using: &numbers) == 0 { text += "e\(Int.random(in: -30...30, using: &numbers))" }
      // With and without bytes behind it, so that the whole-word loads are both inside and at the end.
      let padded = Array((text + ",xxxxxxxxxxxx").utf8)
      let number = try #require(parse(text))
      let other = NumberText.scan(padded.span.bytes, from: 0)
      let long = NumberText.scanLong(padded.span.bytes, from: 0)
      #expect(other.tag == number.tag && other.payload == number.payload && other.end == text.utf8.count, "\(text)")
      #expect(long.tag == number.tag && long.payload == number.payload && long.end == other.end, "\(text)")
      #expect(long.isWhole == other.isWhole, "\(text)")
      let value = try #require(DecimalNumber.double(tag: number.tag, payload: number.payload))
      if number.tag == .double || number.payload.magnitude <= 1 << 53 { #expect(value == Double(text)!, "\(text)") }
      if number.tag.isDecimal {
        #expect(
          DecimalNumber.normalized(mantissa: number.payload, scale: number.tag.scale) == (
            number.payload, number.tag.scale
          ))
      }
    }
  }

  @Test func jsonGrammarIsStricter() {
    for (text, isJSON) in [
      ("0", true), ("-0", true), ("10.5", true), ("1e5", true), ("1E-5", true), ("0.0e+0", true), ("01", false),
      ("+1", false), ("1.", false), (".5", false), ("-", false), ("1e", false), ("", false), ("1 ", false),
      ("-01", false),
    ] {
      let bytes = Array(text.utf8)
      #expect(NumberText.isJSON(bytes.span.bytes, from: 0, to: bytes.count) == isJSON, "\(text)")
    }
  }
}
