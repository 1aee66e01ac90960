import Testing

@testable import Primitives

@Suite struct TimeZoneRulesTests {
  /// UTC seconds of a civil time.
  static func seconds(
    _ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0, _ second: Int = 0
  ) -> Int64 {
    Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch) * 86_400
      + Int64(hour * 3_600 + minute * 60 + second)
  }

  static let paris = TimeZoneRules(posix: "CET-1CEST,M3.5.0,M10.5.0/3")!

  @Test func fixedAndBuiltIn() {
    let hanoi = TimeZoneRules.builtIn(named: "Asia/Ho_Chi_Minh")!
    #expect(hanoi.offsetSeconds(atUTC: 0) == 25_200)
    #expect(hanoi.utcSeconds(fromLocalSeconds: 25_200) == 0)
    #expect(hanoi.utcNanos(fromLocalSeconds: 25_201) == 1_000_000_000)
    #expect(hanoi.utcNanos(fromLocalSeconds: .max) == nil)
    #expect(TimeZoneRules.builtIn(named: "UTC") == .utc)
    #expect(TimeZoneRules.builtIn(named: "Asia/Atlantis") == nil)
    #expect(TimeZoneRules.fixed(offsetSeconds: -5 * 3_600).utcSeconds(fromLocalSeconds: 0) == 18_000)
  }

  @Test func aRuleHoldsInEveryYear() {
    // 2026: 29 March 01:00Z and 25 October 01:00Z.
    let spring = Self.seconds(2026, 3, 29, 1)
    let autumn = Self.seconds(2026, 10, 25, 1)
    #expect(Self.paris.offsetSeconds(atUTC: spring - 1) == 3_600)
    #expect(Self.paris.offsetSeconds(atUTC: spring) == 7_200)
    #expect(Self.paris.offsetSeconds(atUTC: autumn - 1) == 7_200)
    #expect(Self.paris.offsetSeconds(atUTC: autumn) == 3_600)
    #expect(Self.paris.offsetSeconds(atUTC: Self.seconds(2261, 7, 1)) == 7_200)
    #expect(Self.paris.offsetSeconds(atUTC: Self.seconds(2261, 12, 1)) == 3_600)
  }

  @Test func aTimeThatHappensTwiceIsTheFirst() {
    let first = Self.paris.utcSeconds(fromLocalSeconds: Self.seconds(2026, 10, 25, 2, 30))
    #expect(first == Self.seconds(2026, 10, 25, 0, 30))
    #expect(Self.paris.utcSeconds(fromLocalSeconds: Self.seconds(2026, 10, 25, 3)) == Self.seconds(2026, 10, 25, 2))
    #expect(
      Self.paris.utcSeconds(fromLocalSeconds: Self.seconds(2026, 10, 25, 1, 59, 59))
        == Self.seconds(2026, 10, 24, 23, 59, 59))
  }

  @Test func aTimeThatNeverHappensMovesForward() {
    let missing = Self.paris.utcSeconds(fromLocalSeconds: Self.seconds(2026, 3, 29, 2, 30))
    #expect(missing == Self.seconds(2026, 3, 29, 1, 30))
    // Shown by the clock as 03:30.
    #expect(missing + Int64(Self.paris.offsetSeconds(atUTC: missing)) == Self.seconds(2026, 3, 29, 3, 30))
    #expect(Self.paris.utcSeconds(fromLocalSeconds: Self.seconds(2026, 3, 29, 3)) == Self.seconds(2026, 3, 29, 1))
  }

  @Test func posixFormsOfRules() {
    let newYork = TimeZoneRules(posix: "EST5EDT")!
    #expect(newYork.offsetSeconds(atUTC: Self.seconds(2026, 3, 8, 7)) == -4 * 3_600)
    #expect(newYork.offsetSeconds(atUTC: Self.seconds(2026, 3, 8, 7) - 1) == -5 * 3_600)
    #expect(newYork.offsetSeconds(atUTC: Self.seconds(2026, 11, 1, 6)) == -5 * 3_600)
    #expect(TimeZoneRules(posix: "<+0545>-5:45")!.offsetSeconds(atUTC: 0) == 20_700)
    // The south: the year begins and ends in daylight time.
    let chile = TimeZoneRules(posix: "<-04>4<-03>,M9.1.6/24,M4.1.6/24")!
    #expect(chile.offsetSeconds(atUTC: Self.seconds(2026, 1, 1)) == -3 * 3_600)
    #expect(chile.offsetSeconds(atUTC: Self.seconds(2026, 7, 1)) == -4 * 3_600)
    // Saturday 5 September 24:00 is Sunday 04:00Z.
    #expect(chile.offsetSeconds(atUTC: Self.seconds(2026, 9, 6, 4)) == -3 * 3_600)
    #expect(chile.offsetSeconds(atUTC: Self.seconds(2026, 9, 6, 4) - 1) == -4 * 3_600)
    // Julian days skip 29 February, ordinal days do not; negative times reach into the day before.
    let julian = TimeZoneRules(posix: "AAA0BBB,J60/0,300/-1")!
    #expect(julian.offsetSeconds(atUTC: Self.seconds(2024, 3, 1)) == 3_600)
    #expect(julian.offsetSeconds(atUTC: Self.seconds(2024, 3, 1) - 1) == 0)
    #expect(julian.offsetSeconds(atUTC: Self.seconds(2026, 10, 28) - 2 * 3_600) == 0)
    #expect(julian.offsetSeconds(atUTC: Self.seconds(2026, 10, 28) - 2 * 3_600 - 1) == 3_600)
    // RFC 8536 section 3.3.1: daylight time all year.
    let always = TimeZoneRules(posix: "XXX3EDT4,0/0,J365/23")!
    for month in 1...12 { #expect(always.offsetSeconds(atUTC: Self.seconds(2026, month, 1, 3)) == -4 * 3_600) }
    for bad in [
      "", "A1", "EST", "EST5EDT,", "EST5EDT,M3.2.0", "EST5EDT,M13.1.0,M1.1.0", "EST5EDT,M3.2.0,M11.1.0x", "EST200",
      "EST5EDT,J0,J1", "<+07-7", "EST5EDT,M3.6.0,M11.1.0",
    ] {
      #expect(TimeZoneRules(posix: bad) == nil, "\(bad)")
    }
  }

  /// A TZif file of these transitions.
  static func file(
    version: UInt8, types: [(Int32, Bool)], times: [(Int64, UInt8)], footer: String, leaps: UInt32 = 0
  ) -> [UInt8] {
    func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    func block(_ size: Int, _ times: [(Int64, UInt8)]) -> [UInt8] {
      var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
      for count in [0, 0, leaps, UInt32(times.count), UInt32(types.count), 4] { bytes += big(count) }
      for (time, _) in times { bytes += size == 4 ? big(Int32(truncatingIfNeeded: time)) : big(time) }
      for (_, type) in times { bytes.append(type) }
      for (offset, isDaylight) in types { bytes += big(offset) + [isDaylight ? 1 : 0, 0] }
      return bytes + Array("ABC\0".utf8) + [UInt8](repeating: 0, count: Int(leaps) * (size + 4))
    }
    if version == 0 { return block(4, times) }
    return block(4, []) + block(8, times) + Array("\n\(footer)\n".utf8)
  }

  static func read(_ bytes: [UInt8]) -> TimeZoneRules? {
    TimeZoneRules(tzif: bytes.span.bytes)
  }

  static let moves: [(Int64, UInt8)] = [(-2_000_000_000, 1), (0, 2), (100, 2), (1_000_000_000, 1)]
  static let kinds: [(Int32, Bool)] = [(100, false), (3_600, false), (7_200, true)]

  @Test func filesOfEveryVersion() throws {
    for version in [0, UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4")] {
      let bytes = Self.file(
        version: version, types: Self.kinds, times: Self.moves, footer: "CET-1CEST,M3.5.0,M10.5.0/3")
      let zone = try #require(Self.read(bytes))
      #expect(zone.offsetSeconds(atUTC: -2_000_000_001) == 100)
      #expect(zone.offsetSeconds(atUTC: -1) == 3_600)
      #expect(zone.offsetSeconds(atUTC: 0) == 7_200)
      #expect(zone.offsetSeconds(atUTC: 999_999_999) == 7_200)
      #expect(zone.offsetSeconds(atUTC: 1_000_000_000) == 3_600)
      #expect(zone.offsetSeconds(atUTC: Self.seconds(2026, 7, 1)) == (version == 0 ? 3_600 : 7_200))
    }
    let plain = Self.file(version: UInt8(ascii: "2"), types: [(25_200, false)], times: [], footer: "<+07>-7")
    #expect(Self.read(plain) == .fixed(offsetSeconds: 25_200))
    let unruled = Self.file(version: UInt8(ascii: "2"), types: [(25_200, false)], times: [], footer: "")
    #expect(Self.read(unruled) == .fixed(offsetSeconds: 25_200))
  }

  @Test func damagedFilesAreRefused() {
    let version = UInt8(ascii: "3")
    let good = Self.file(version: version, types: Self.kinds, times: Self.moves, footer: "CET-1CEST,M3.5.0,M10.5.0/3")
    for length in 0..<good.count { #expect(Self.read(Array(good[..<length])) == nil) }
    let unsorted = Self.file(version: version, types: Self.kinds, times: Self.moves.reversed(), footer: "CET-1")
    #expect(Self.read(unsorted) == nil)
    let untyped = Self.file(version: version, types: Self.kinds, times: [(0, 3)], footer: "CET-1")
    #expect(Self.read(untyped) == nil)
    let leaping = Self.file(version: version, types: Self.kinds, times: Self.moves, footer: "CET-1", leaps: 1)
    #expect(Self.read(leaping) == nil)
    let unruly = Self.file(version: version, types: Self.kinds, times: Self.moves, footer: "CET")
    #expect(Self.read(unruly) == nil)
  }

  @Test func localAndBackAgree() {
    for text in ["CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"] {
      let zone = TimeZoneRules(posix: text)!
      var instant = Self.seconds(2020, 1, 1)
      while instant < Self.seconds(2024, 1, 1) {
        let local = instant + Int64(zone.offsetSeconds(atUTC: instant))
        let back = zone.utcSeconds(fromLocalSeconds: local)
        // The second pass of an hour that happens twice comes back as the first.
        #expect(back == instant || (back < instant && back + Int64(zone.offsetSeconds(atUTC: back)) == local))
        instant += 1_777
      }
    }
  }
}
