@testable import API
import Lagoon
import Primitives
import Testing

@Suite struct TextTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-20T07:00:00+07:00", 1_795_132_800_000_000_000),
      ("2026-11-20t00:00:00.5z", 1_795_132_800_500_000_000), ("2026-11-20 07:00:00 07:00", 1_795_132_800_000_000_000),
      ("2026-11-19T17:30:00.000000001-06:30", 1_795_132_800_000_000_001),
      ("1969-12-31T23:59:59.999Z", -1_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
      ("2026-11-20T00:00:00.1234567899Z", 1_795_132_800_123_456_789),
    ] as [(String, UnixNanos)])
  func timesAreRead(text: String, time: UnixNanos) {
    #expect(Timestamp.parse(text) == time)
  }

  @Test(arguments: [
    "", "now", "2026-11-20", "2026-11-20T00:00:00", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
    "2026-11-20T00:60:00Z", "2026-11-20T00:00:61Z", "2026-11-20T00:00:00.Z", "2026-11-20T00:00:00+7:00",
    "2026-11-20T00:00:00Zz", "1500-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "2026-11-20T00:00:00+0700", "1795132800",
  ])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(Timestamp.parse(text) == nil)
  }

  @Test(arguments: [0, -1, 1_795_132_800_123_000_000, 1_795_132_800_123_456_000, 1_795_132_800_000_000_007] as [Int64])
  func timesComeBack(time: UnixNanos) {
    #expect(Timestamp.parse(Timestamp.text(time)) == time)
  }

  @Test func timesHaveTheDigitsThatTheyNeed() {
    #expect(Timestamp.text(0) == "1970-01-01T00:00:00Z")
    #expect(Timestamp.text(1_050_000_000) == "1970-01-01T00:00:01.050Z")
    #expect(Timestamp.text(1_000_050_000) == "1970-01-01T00:00:01.000050Z")
    #expect(Timestamp.text(-1) == "1969-12-31T23:59:59.999999999Z")
  }

  @Test(
    arguments: [
      (-5, 2, "-0.05"), (2_350, 2, "23.50"), (0, 3, "0.000"), (7, 0, "7"), (Int64.min, 18, "-9.223372036854775808"),
      (12, 18, "0.000000000000000012"),
    ] as [(Int64, Int, String)])
  func decimalsKeepTheirDigits(mantissa: Int64, scale: Int, text: String) {
    #expect(NumberText.decimal(mantissa: mantissa, scale: scale) == text)
  }

  @Test(arguments: [(25.0, "25"), (0.1, "0.1"), (-0.0, "-0.0"), (1e21, "1e+21"), (2.5e-300, "2.5e-300")])
  func doublesAreShort(value: Double, text: String) {
    #expect(NumberText.text(value) == text && Double(text) == value)
  }

  @Test(arguments: [#"{}"#, #" {"a":[1,-2.5e3,true,null,"\u00e9\\"],"b":{"c":{}}} "#])
  func objectsAreObjects(text: String) {
    #expect(JSONObjectCheck.isObject(text))
  }

  @Test(arguments: [
    "", "[]", "1", "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, #"{"a":1}{"#, #"{"a":01}"#,
    "{\"a\":\"\n\"}",
    #"{"a":"\x"}"#, #"{"a":tru}"#, #"{"a":"#, String(repeating: #"{"a":"#, count: 100),
  ])
  func whatIsNoObjectIsNone(text: String) {
    #expect(!JSONObjectCheck.isObject(text))
  }

  @Test(arguments: ["", "a", "đá.weather", "x/y"])
  func opaqueTextComesBack(text: String) {
    #expect(OpaqueText.decode(OpaqueText.encode(text)) == text)
  }

  @Test(arguments: ["a", "zz", "+1", "-1", "c3"])
  func foreignOpaqueTextIsRefused(text: String) {
    #expect(OpaqueText.decode(text) == nil)
  }

  @Test func addressesAreRead() {
    #expect(ListenAddress("[::]:8080") == ListenAddress("[::]:8080"))
    #expect(ListenAddress("[::]:8080")?.host == "::" && ListenAddress("[::]:8080")?.text == "[::]:8080")
    #expect(ListenAddress("127.0.0.1:0")?.port == 0 && ListenAddress("localhost:80")?.host == "localhost")
    for text in ["", "8080", ":8080", "::1:80", "[::1]", "[]:1", "a:b", "a:65536", "a:+1"] {
      #expect(ListenAddress(text) == nil, "\(text)")
    }
  }
}
