import Primitives
import Testing
import Text

@Suite struct RFC3339Tests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-20T07:00:00+07:00", 1_795_132_800_000_000_000),
      ("2026-11-20t00:00:00.5z", 1_795_132_800_500_000_000), ("2026-11-20 07:00:00 07:00", 1_795_132_800_000_000_000),
      ("2026-11-19T17:30:00.000000001-06:30", 1_795_132_800_000_000_001),
      ("1969-12-31T23:59:59.999Z", -1_000_000), ("2026-11-20T00:00:00-00:00", 1_795_132_800_000_000_000),
      ("2026-11-20T23:59:00+23:59", 1_795_132_800_000_000_000),
      // Leap seconds are the next second; whether there was one is not asked.
      ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000), ("2017-01-01T06:59:60+07:00", 1_483_228_800_000_000_000),
      ("2016-12-31T23:59:60.5Z", 1_483_228_800_500_000_000),
      // Digits beyond nanoseconds are dropped.
      ("2026-11-20T00:00:00.1234567899Z", 1_795_132_800_123_456_789),
      ("2026-11-20T00:00:00.99999999999999999999999999999Z", 1_795_132_800_999_999_999),
      ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
      ("1678-01-01T00:00:00Z", -9_214_560_000_000_000_000), ("2261-12-31T23:59:59Z", 9_214_646_399_000_000_000),
    ] as [(String, UnixNanos)])
  func timesAreRead(text: String, time: UnixNanos) {
    #expect(RFC3339.parse(text) == time)
  }

  @Test(arguments: [
    "", "now", "2026-11-20", "2026-11-20T00:00:00", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
    "2026-11-20T00:60:00Z", "2026-11-20T00:00:61Z", "2026-11-20T00:00:00.Z", "2026-11-20T00:00:00+7:00",
    "2026-11-20T00:00:00Zz", "1500-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "2026-11-20T00:00:00+0700", "1795132800",
    "1677-12-31T23:59:59Z", "2262-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "99999-01-01T00:00:00Z",
    "-2026-11-20T00:00:00Z", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "2026-11-20T00:00:00+24:00", "2026-11-20T00:00:00+00:60", "2026-11-20T00:00:00 ", "2026-11-20T00:00:00,5Z",
    "2026-11-20T+0:00:00Z", "２026-11-20T00:00:00Z", "2026-11-20T00:00:00Z\u{0}", "2026-11-20T00:00", "2026-11-20T00Z",
  ])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(RFC3339.parse(text) == nil)
  }

  @Test func aTimeThatEndsEarlyIsRefused() {
    let whole = "2026-11-20T07:00:00.25+07:00"
    for length in 0..<whole.count { #expect(RFC3339.parse(String(whole.prefix(length))) == nil, "\(length)") }
  }

  @Test(arguments: [0, -1, 1_795_132_800_123_000_000, 1_795_132_800_123_456_000, 1_795_132_800_000_000_007] as [Int64])
  func timesComeBack(time: UnixNanos) {
    #expect(RFC3339.parse(RFC3339.text(time)) == time)
    #expect(RFC3339.parse(RFC3339.text(time, offsetSeconds: 25_200)) == time)
    #expect(RFC3339.parse(RFC3339.text(time, offsetSeconds: -12_600)) == time)
    var bytes: [UInt8] = []
    RFC3339.appendDate(time, to: &bytes)
    RFC3339.appendClock(time, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == RFC3339.text(time))
  }

  @Test func timesHaveTheDigitsThatTheyNeed() {
    #expect(RFC3339.text(0) == "1970-01-01T00:00:00Z")
    #expect(RFC3339.text(1_050_000_000) == "1970-01-01T00:00:01.050Z")
    #expect(RFC3339.text(1_000_050_000) == "1970-01-01T00:00:01.000050Z")
    #expect(RFC3339.text(-1) == "1969-12-31T23:59:59.999999999Z")
    #expect(RFC3339.text(0, .milliseconds) == "1970-01-01T00:00:00.000Z")
    #expect(RFC3339.text(-1, .milliseconds, offsetSeconds: 25_200) == "1970-01-01T06:59:59.999+07:00")
    #expect(RFC3339.text(.min) == "1677-09-21T00:12:43.145224192Z")
    var bytes: [UInt8] = []
    RFC3339.appendClock(.min, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "T00:12:43.145224192Z")
    #expect(RFC3339.text(.max, offsetSeconds: -12_600) == "2262-04-11T20:17:16.854775807-03:30")
  }

  /// Years that four digits cannot say.
  @Test(
    arguments: [
      (253_402_300_799, "9999-12-31T23:59:59Z"), (253_402_300_800, "9999-12-31T23:59:59Z"),
      (Int64.max, "9999-12-31T23:59:59Z"), (-62_167_219_200, "0000-01-01T00:00:00Z"),
      (-62_167_219_201, "0000-01-01T00:00:00Z"), (Int64.min, "0000-01-01T00:00:00Z"),
    ] as [(Int64, String)])
  func yearsOutsideAreTheNearest(seconds: Int64, text: String) {
    #expect(RFC3339.octets(seconds: seconds, nanos: 0).text == text)
    #expect(RFC3339.octets(seconds: seconds, nanos: 0, offsetSeconds: 86_340).text.count == 25)
  }
}
