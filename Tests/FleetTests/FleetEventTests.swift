import Primitives
import Testing

@testable import Fleet

/// Simulated messages, and the wall clocks that stand in them.
@Suite struct FleetEventTests {
  private static let time = 1_795_186_800 * Nanos.perSecond + 123_456_789

  private static func message(
    _ number: Int, offset: Int = 0, random: inout FleetRandom
  ) -> (text: String, severity: UInt8) {
    var buffer = DatagramBuffer(byteCount: 1_024, datagrams: 1)
    let severity = FleetEvent.append(
      host: "cam-1", number: number, time: time, utcOffsetSeconds: offset, random: &random, to: &buffer)
    let isClosed = buffer.close()
    #expect(isClosed)
    return (String(decoding: buffer.datagram(0), as: UTF8.self), severity)
  }

  @Test func bothFormsComeByTurnsAndNoTwoAreEqual() {
    var random = FleetRandom(seed: 1, stream: 1)
    var texts = Set<String>()
    var severities = Set<UInt8>()
    for number in 0..<2_000 {
      let (text, severity) = Self.message(number, offset: 7 * 3_600, random: &random)
      // local0.
      #expect(text.hasPrefix("<\(16 * 8 + severity)>"), "\(text)")
      if number % 2 == 0 {
        #expect(text.contains(">1 2026-11-2") && text.contains("[event@32473 number=\"\(number)\""), "\(text)")
        // What would end a value early is escaped.
        #expect(text.contains(#"zone="cổng [A\] \"bắc\""]"#), "\(text)")
        #expect(text.contains(number % 4 == 0 ? "T15:00:00.123Z" : "T22:00:00.123+07:00"), "\(text)")
      } else {
        #expect(text.contains(">Nov 20 22:00:00 cam-1 ") && text.hasSuffix(" #\(number)"), "\(text)")
      }
      texts.insert(text)
      severities.insert(severity)
    }
    #expect(texts.count == 2_000 && severities.count >= 5 && severities.allSatisfy { $0 < 8 })
  }

  /// One that does not fit is forgotten as a whole.
  @Test func aMessageWithoutRoomIsNone() {
    var random = FleetRandom(seed: 2, stream: 1)
    for room in 0..<80 {
      var buffer = DatagramBuffer(byteCount: room, datagrams: 1)
      _ = FleetEvent.append(
        host: "cam-1", number: 0, time: Self.time, utcOffsetSeconds: 0, random: &random, to: &buffer)
      let isClosed = buffer.close()
      let (count, open) = (buffer.count, buffer.openByteCount)
      #expect(!isClosed && count == 0 && open == 0, "\(room)")
    }
  }

  @Test(
    arguments: [
      (0, 0, "1970-01-01", 0, 0), (-1, 0, "1969-12-31", 86_399, 999_999_999), (0, -1, "1969-12-31", 86_399, 0),
      (0, 7 * 3_600, "1970-01-01", 25_200, 0), (86_399_999_999_999, 0, "1970-01-01", 86_399, 999_999_999),
      (86_399_999_999_999, 1, "1970-01-02", 0, 999_999_999),
      // A leap day by another zone's calendar.
      (1_709_161_200_000_000_000, 7 * 3_600, "2024-02-29", 21_600, 0),
      // The ends of what can be said at all.
      (.max, 0, "2262-04-11", 85_636, 854_775_807), (.min, 0, "1677-09-21", 763, 145_224_192),
    ] as [(Int64, Int, String, Int, Int64)])
  func aWallClockShowsItsZonesTime(time: UnixNanos, offset: Int, date: String, second: Int, nanos: Int64) {
    let civil = CivilTime(time, utcOffsetSeconds: offset)
    #expect(civil.date == CalendarDate(date) && civil.secondOfDay == second && civil.nanoOfSecond == nanos)
  }
}
