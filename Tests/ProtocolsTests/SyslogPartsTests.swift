import Mutation
import Primitives
import Telemetry
import Testing

@testable import Protocols

/// The parts of a syslog message, each by itself.
@Suite struct SyslogTimePartsTests {
  private static func nanos(
    _ text: String, zone: TimeZoneRules = .utc, arrival: UnixNanos = SyslogReading.arrival,
    _ read: (RawSpan) -> SyslogTime?
  ) -> UnixNanos? {
    let bytes = Array(text.utf8)
    return read(bytes.span.bytes)?.instant(arrivalNanos: arrival, zone: zone)?.nanos
  }

  private static func any(_ text: String, arrival: UnixNanos = SyslogReading.arrival) -> UnixNanos? {
    nanos(text, arrival: arrival) { SyslogTime.any($0, from: 0) }
  }

  @Test(
    arguments: [
      ("2026-11-20T15:00:00Z", utc(2026, 11, 20, 15)), ("2026-11-20 15:00:00+07:00", utc(2026, 11, 20, 8)),
      ("2026/11/20 15:00:00,5 ICT", utc(2026, 11, 20, 8, nanos: 500_000_000)),
      ("2026-11-20T15:00:00.1234567899", utc(2026, 11, 20, 15, nanos: 123_456_789)),
      ("Nov 20 15:00:60", utc(2026, 11, 20, 15, 1)), ("Fri Nov 20 12:00:01 AM 2026", utc(2026, 11, 20, 0, 0, 1)),
      ("2026 Nov  5 1:02:03", utc(2026, 11, 5, 1, 2, 3)), ("nov 5 2024 15:00:00", utc(2024, 11, 5, 15)),
      ("13/11/2026:15:00:00", utc(2026, 11, 13, 15)), ("11/13/2026:15:00:00 GMT", utc(2026, 11, 13, 15)),
      ("Feb 29 2024 00:00:00", utc(2024, 2, 29)), ("0001-01-01T00:00:00Z", .min), ("9999-12-31T23:59:59Z", .max),
    ] as [(String, UnixNanos)])
  func times(text: String, nanos: UnixNanos) {
    #expect(Self.any(text) == nanos)
    // No beginning of it is read beyond its end.
    for length in 0..<text.utf8.count { _ = Self.any(String(text.utf8.prefix(length))!) }
  }

  @Test(arguments: [
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "Nov 31 00:00:00", "Nov 0 00:00:00",
    "Nov 32 00:00:00", "Nov 20 15:00", "Nov 20 15:00:00x", "2026-1120T15:00:00Z", "2026-11/20T15:00:00Z", "Nov", "",
    "13/13/2026:15:00:00",
  ])
  func noTimes(text: String) {
    #expect(Self.any(text) == nil)
  }

  /// A time without year is of the year that brings it nearest.
  @Test func theTurnOfAYear() {
    let newYear = utc(2027, 1, 1, 0, 0, 5)
    #expect(Self.any("Dec 31 23:59:59", arrival: newYear) == utc(2026, 12, 31, 23, 59, 59))
    #expect(Self.any("Jan 1 00:00:01", arrival: utc(2026, 12, 31, 23, 59, 59)) == utc(2027, 1, 1, 0, 0, 1))
    #expect(Self.any("Feb 29 00:00:00", arrival: newYear) == utc(2028, 2, 29), "the nearest year that has one")
    // Day and month that may be the other way round are the nearer to the arrival.
    #expect(Self.any("03/11/2026:00:00:00", arrival: utc(2026, 11, 4)) == utc(2026, 11, 3))
    #expect(Self.any("03/11/2026:00:00:00", arrival: utc(2026, 3, 12)) == utc(2026, 3, 11))
  }

  private static func epoch(_ text: String) -> UnixNanos? { nanos(text) { SyslogTime.epoch($0, from: 0) } }

  @Test(
    arguments: [
      ("1795871655", 1_795_871_655_000_000_000), ("179587165", 179_587_165_000_000_000),
      ("1795871655123", 1_795_871_655_123_000_000), ("1795871655.426960608 x", 1_795_871_655_426_960_608),
      ("1.5", 1_500_000_000), ("9999999999.999999999", Int64.max), ("0.0", 0),
    ] as [(String, UnixNanos)])
  func secondsSince1970(text: String, nanos: UnixNanos) {
    #expect(Self.epoch(text) == nanos)
  }

  @Test(arguments: [
    "", "1", "12345678", "12345678901", "123456789012", "12345678901234", "12345678901.5", "1795871655x", "1.",
  ])
  func otherNumbersAreNoTime(text: String) {
    #expect(Self.epoch(text) == nil)
  }

  @Test func instantsBeyond64BitsAreTheLastInTheirDirection() {
    #expect(SyslogInstant(seconds: 9_223_372_036, fractionNanos: 854_775_807).nanos == .max)
    #expect(SyslogInstant(seconds: 9_223_372_036, fractionNanos: 854_775_808).nanos == .max)
    #expect(SyslogInstant(seconds: -9_223_372_036, fractionNanos: 0).nanos == -9_223_372_036_000_000_000)
    #expect(SyslogInstant(seconds: .min, fractionNanos: 999_999_999).nanos == .min)
    #expect(SyslogInstant(seconds: .max, fractionNanos: 0).distance(from: .min) == .max)
    #expect(SyslogInstant(seconds: .min, fractionNanos: 0).distance(from: .max) == .max)
    #expect(SyslogInstant(seconds: 1, fractionNanos: 5).distance(from: 1_000_000_005) == 0)
  }

  @Test func zonesByTheirLetters() {
    func minutes(_ text: String) -> Int16? {
      let bytes = Array("<\(text)>".utf8)
      return SyslogZone.minutes(of: bytes.span.bytes, 1..<1 + text.utf8.count)
    }
    #expect(minutes("Z") == 0 && minutes("ict") == 420 && minutes("NST") == -210 && minutes("MESZ") == 120)
    #expect(minutes("CST") == SyslogZone.several && minutes("dst") == SyslogZone.several)
    for other in ["", "ICTS", "IC", "ZZZZZZ", "ABCDE"] { #expect(minutes(other) == nil, "\(other)") }
  }

  @Test func wordsForZonesEndATimeOrAreText() throws {
    func end(_ text: String) throws -> (behind: String, offset: Int?) {
      let bytes = Array(text.utf8)
      let time = try require(SyslogTime.bsd(bytes.span.bytes, from: 0))
      return (String(decoding: bytes[time.end...], as: UTF8.self), time.hasOffset ? time.offsetSeconds : nil)
    }
    for (text, behind, offset) in [
      ("Nov 20 15:00:00 GMT +07:00 x", " x", 25_200), ("Nov 20 15:00:00 CST 2026 x", " x", nil),
      ("Nov 20 15:00:00 (UTC-03:30) x", " x", -12_600), ("Nov 20 15:00:00 (note) x", " (note) x", nil),
      ("Nov 20 15:00:00 -1 error", " -1 error", nil), ("Nov 20 15:00:00 -01 error", " error", -3_600),
      ("Nov 20 15:00:00 gateway x", " gateway x", nil), ("Nov 20 15:00:00+08:00 DST x", " x", 28_800),
      ("Nov 20 15:00:00 ABC: %SYS", ": %SYS", nil),
    ] as [(String, String, Int?)] {
      let found = try end(text)
      #expect(found.behind == behind && found.offset == offset, "\(text)")
    }
  }
}

@Suite struct SyslogWordTests {
  private static func isHost(_ text: String) -> Bool {
    let bytes = Array("(\(text) [x]: 1".utf8)
    return SyslogWord.isHost(bytes.span.bytes, 1..<1 + text.utf8.count)
  }

  @Test(arguments: [
    "gw", "gw-1", "a.example.org", "10.0.0.7", "2001:db8::7", "fe80::1", "00:1a:2b:3c:4d:5e", "7switch", "máy-chủ",
    "C9300",
    "informational-1", "debug.local",
  ])
  func hosts(text: String) { #expect(Self.isHost(text)) }

  @Test(arguments: [
    "123", "3w2d", "1d02h", "00:12:34", "00:12:34.567", "UTC", "ict", "AM", "pm", "error", "WARNING", "informational",
    "a=b", "x,", "10.0.0.256", "1:2", "00:1a:2b:3c:4d:5g", "(x",
  ])
  func noHosts(text: String) { #expect(!Self.isHost(text)) }

  @Test(arguments: [
    ("3w2d", true), ("1y", true), ("00:12:34", true), ("00:12:34.5", true), ("00:12", false), ("00:12:34:56", false),
    ("3", false), ("d", false), ("3w2", false), ("3x", false), ("", false), ("1:2:3h", false), ("0.5d", false),
  ])
  func uptimes(text: String, isUptime: Bool) {
    let bytes = Array(text.utf8)
    #expect(SyslogWord.isUptime(bytes.span.bytes, 0..<bytes.count) == isUptime)
  }

  @Test(arguments: [
    ("sshd[12]: x", true), ("sshd: x", true), ("%SYS-5: x", true), ("sshd[]: x", true), ("sshd[] x", false),
    ("12: x", false), (": x", false),
    ("sshd x", false), ("[12]: x", false), ("sshd[12]x: y", true), ("", false), ("é: x", true),
  ])
  func tags(text: String, isTag: Bool) {
    let bytes = Array(text.utf8)
    #expect(SyslogWord.isTag(bytes.span.bytes, from: 0) == isTag)
  }

  @Test func nodesAreBounded() {
    func end(_ text: String) -> Int? {
      let bytes = Array(text.utf8)
      return SyslogWord.nodeEnd(bytes.span.bytes, from: 0)
    }
    #expect(end("RP/0/RSP1/CPU0:x") == 15 && end("a/b/c:") == 6 && end("a/b:") == nil && end("a/b/c") == nil)
    let longest = "a/b/" + String(repeating: "c", count: 60)
    #expect(end(longest + ":") == 65 && end(longest + "c:") == nil)
  }
}

@Suite struct LegacyHeadTests {
  private struct Found {
    var origin: String
    var node: String
    var upTime: String
    var hasTime: Bool
    var isBareEpoch: Bool
  }

  private static func read(_ text: String, hasSequence: Bool = false) -> Found {
    let bytes = Array(text.utf8)
    var head = LegacyHead()
    head.readOdd(bytes.span.bytes, from: 0, hasSequence: hasSequence)
    func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    return Found(
      origin: part(head.origin), node: part(head.node), upTime: part(head.upTime), hasTime: head.time != nil,
      isBareEpoch: head.isBareEpoch)
  }

  @Test func nodesOriginsAndUptimes() {
    let node = Self.read("RP/0/RSP1/CPU0:2026 Nov 28 10:00:00: x")
    #expect(node.node == "RP/0/RSP1/CPU0" && node.hasTime && node.origin.isEmpty)
    let hosted = Self.read("pe1: RP/0/RSP1/CPU0:Nov 28 10:00:00: x")
    #expect(hosted.node == "RP/0/RSP1/CPU0" && hosted.origin == "pe1" && hosted.hasTime)
    let origin = Self.read("R1: *Nov 28 10:00:00: %SYS", hasSequence: true)
    #expect(origin.origin == "R1" && origin.hasTime)
    #expect(Self.read("R1: *Nov 28 10:00:00: %SYS").origin.isEmpty, "only behind a sequence number")
    #expect(Self.read("*3w2d: %SYS").upTime == "3w2d" && Self.read("00:12:34: %SYS").upTime == "00:12:34")
    let epoch = Self.read("1795871655 gw x")
    #expect(epoch.hasTime && epoch.isBareEpoch)
    for other in ["", " ", ":", "*", "x", "error: y", "/ / :", "1", "1 "] {
      let none = Self.read(other, hasSequence: true)
      #expect(!none.hasTime && none.node.isEmpty && none.upTime.isEmpty, "\(other)")
    }
  }

  @Test func aMarkIsNoPartOfTheTime() {
    let bytes = Array(".Nov 28 10:00:00".utf8)
    var head = LegacyHead()
    let isRead = head.readTime(bytes.span.bytes, from: 0)
    #expect(isRead && head.isMarked && head.time?.day == 28)
    var unmarked = LegacyHead()
    let isAlsoRead = unmarked.readTime(bytes.span.bytes, from: 1)
    #expect(isAlsoRead && !unmarked.isMarked)
  }
}

@Suite struct SyslogStructuredDataTests {
  private static func end(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    return SyslogStructuredData.end(bytes.span.bytes, from: 0)
  }

  @Test(arguments: [
    ("[a]", 3), ("[a][b] x", 6), (#"[a b="c"]"#, 9), (#"[a b="\]\"c" d=""] t"#, 18), ("[a ]", 4), ("", 0), (" x", 0),
  ])
  func ends(text: String, end: Int) { #expect(Self.end(text) == end) }

  @Test(arguments: [
    "[", "[]", "[a", "[a][a]", "[a b]", "[a b=]", "[a b=c]", #"[a b="c]"#, #"[a b="c"x]"#, "[a]x", #"[a b="c"d="e"]"#,
    #"[a b="\"#, "[a=b]", "[\u{1}]",
  ])
  func malformed(text: String) { #expect(Self.end(text) == nil) }

  /// As many elements, parameters and octets of a name as are taken, and one more.
  @Test func bounds() {
    func elements(_ count: Int) -> String { (0..<count).map { "[e\($0)]" }.joined() }
    #expect(Self.end(elements(Limits.syslogElements)) != nil && Self.end(elements(Limits.syslogElements + 1)) == nil)
    func parameters(_ count: Int) -> String { "[a" + (0..<count).map { " p\($0)=\"\"" }.joined() + "]" }
    #expect(Self.end(parameters(Limits.syslogParameters)) != nil)
    #expect(Self.end(parameters(Limits.syslogParameters + 1)) == nil)
    func named(_ count: Int) -> String { "[" + String(repeating: "n", count: count) + "]" }
    #expect(Self.end(named(Limits.syslogNameBytes)) != nil && Self.end(named(Limits.syslogNameBytes + 1)) == nil)
    let largest = #"[a b=""# + String(repeating: "x", count: 65_535 - 8) + #""]"#
    #expect(Self.end(largest) == 65_535 && Self.end(largest + " ") == nil, "places have 16 bits")
  }

  /// Parameters are found where they stand, up to the last octet that 16 bits say; namesakes in order.
  @Test func parametersAndTheirNamesakes() {
    let filler = String(repeating: "x", count: 65_000)
    let bytes = Array((#" a="1" b="\"" a="" c=""# + filler + #"" a="9"]"#).utf8)
    let text = bytes.span.bytes
    let parameters = SyslogParameters(text, from: 0)
    func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    #expect(parameters.count == 5 && parameters.end == bytes.count - 1)
    #expect((0..<5).map { part(parameters.name($0)) } == ["a", "b", "a", "c", "a"])
    #expect((0..<5).map { part(parameters.value($0)) } == ["1", #"\""#, "", filler, "9"])
    #expect(parameters.namesake(of: 0, from: 1, text) == 2 && parameters.namesake(of: 0, from: 3, text) == 4)
    #expect(parameters.namesake(of: 1, from: 2, text) == nil && parameters.namesake(of: 4, from: 5, text) == nil)
    let none = SyslogParameters(text, from: bytes.count)
    #expect(none.count == 0 && none.end == bytes.count)
  }

  @Test func noMoreParametersAreKeptThanFit() {
    let bytes = Array((0..<Limits.syslogParameters + 10).map { " p\($0)=\"\"" }.joined().utf8)
    let parameters = SyslogParameters(bytes.span.bytes, from: 0)
    #expect(parameters.count == Limits.syslogParameters)
    let last = parameters.name(Limits.syslogParameters - 1)
    #expect(String(decoding: bytes[last], as: UTF8.self) == "p\(Limits.syslogParameters - 1)")
  }
}

@Suite struct SyslogMessageTests {
  private static func taken(
    _ text: String, clock: ClockBounds, arrival: UnixNanos = SyslogReading.arrival
  ) -> (isTaken: Bool, message: SyslogMessage)? {
    let bytes = Array(text.utf8)
    guard let time = SyslogTime.any(bytes.span.bytes, from: 0) else { return nil }
    var message = SyslogMessage()
    let isTaken = message.take(time, arrivalNanos: arrival, zone: TimeZoneRules.utc, clock: clock)
    return (isTaken, message)
  }

  @Test func aTimeThatIsNotBelievedIsKeptBesideTheEndOfTime() throws {
    let clock = ClockBounds(oldestNanos: utc(2020, 1, 1), newestNanos: SyslogReading.arrival)
    let early = try require(Self.taken("2019-12-31T23:59:59Z", clock: clock))
    #expect(early.message.time == .min && early.message.doubted?.nanos == utc(2019, 12, 31, 23, 59, 59))
    let first = try require(Self.taken("2020-01-01T00:00:00Z", clock: clock))
    #expect(first.message.time == utc(2020, 1, 1) && first.message.doubted == nil)
    let ahead = try require(Self.taken("2026-11-20T15:00:01Z", clock: clock))
    #expect(ahead.message.time == .max && ahead.message.doubted != nil)
    let noDay = try require(Self.taken("Nov 31 10:00:00", clock: clock))
    #expect(!noDay.isTaken && noDay.message.time == nil)
  }

  /// Without a year a time is believed within a week of its arrival, unless everything is.
  @Test func aTimeWithoutYearIsBelievedForAWeek() throws {
    let clock = ClockBounds(oldestNanos: utc(2020, 1, 1), newestNanos: .max - 1)
    let within = try require(Self.taken("Nov 13 15:00:00", clock: clock))
    let beyond = try require(Self.taken("Nov 13 14:59:59", clock: clock))
    let ahead = try require(Self.taken("Nov 27 15:00:01", clock: clock))
    #expect(within.message.time == utc(2026, 11, 13, 15) && within.message.doubted == nil)
    #expect(beyond.message.time == .min && ahead.message.time == .max)
    let all = try require(Self.taken("Nov 13 14:59:59", clock: ClockBounds()))
    #expect(all.message.time == utc(2026, 11, 13, 14, 59, 59))
  }
}
