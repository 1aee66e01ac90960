import Primitives
import Telemetry
import Testing
@testable import Protocols

/// What firmware sends that has not read the RFCs. The zone is +07:00, the arrival 2026-11-20T15:00Z.
@Suite struct SyslogFieldTests {
  private static let time = utc(2026, 11, 20, 14, 59, 30)

  @Test func wordsBehindATimeThatAreNoHost() {
    for (text, message) in [
      ("Nov 20 09:59:30 PM gate app: x", "x"), ("Nov 20 2026 9:59:30 p.m. gate app: x", "x"),
      ("Nov 20 21:59:30 PM gate app: x", "x"), ("Nov 20 23:59:30 KST gate app: x", "x"),
      ("Nov 20 21:59:30 CST gate app: x", "x"), ("Nov 20 21:59:30 (ICT) gate app: x", "x"),
      ("Nov 20 2026 21:59:30+07:00 DST gate app: x", "x"), ("Nov 20 14:59:30 GMT +00:00 gate app: x", "x"),
      ("2026-11-20 21:59:30 ICT gate app: x", "x"), ("2026/11/20 21:59:30 gate app: x", "x"),
      ("20/11/2026:14:59:30 GMT gate app: x", "x"),
    ] {
      let reading = SyslogReading("<14>\(text)")
      #expect(reading.isSound && reading.host == "gate" && reading.message == message, "\(text)")
      #expect(reading.time == Self.time, "\(text)")
    }
    for word in ["31337", "3w2d", "1d02h", "10:59:01", "ict", "AM", "WARN", "a/b"] {
      let reading = SyslogReading("<14>Nov 20 21:59:30 \(word) app: x")
      #expect(reading.host == "" && reading.doubtfulHost == "" && reading.time == Self.time, "\(word)")
      #expect(reading.message.hasSuffix("x"), "\(word)")
    }
  }

  @Test func aWordWithoutATagNamesNobodyNew() {
    let doubtful = SyslogReading("<14>Nov 20 21:59:30 Scene four begins")
    #expect(doubtful.host == "" && doubtful.doubtfulHost == "Scene" && doubtful.message == "Scene four begins")
    let address = SyslogReading("<14>Nov 20 21:59:30 192.0.2.9 begins")
    #expect(address.host == "192.0.2.9" && address.message == "begins")
    let dated = SyslogReading("<14>Nov 20 2026 21:59:30 gate begins")
    #expect(dated.host == "gate" && dated.message == "begins")
    let hardware = SyslogReading("<14>Nov 20 21:59:30 02:aa:00:00:00:01 app: x")
    #expect(hardware.host == "02:aa:00:00:00:01" && hardware.message == "x")
  }

  @Test func countersUptimesAndNodes() {
    let counters = SyslogReading("<189>7: 000042: *Nov 20 21:59:30.000: %SYS-5-A: x")
    #expect(counters.host == "" && counters.time == Self.time && counters.message == "%SYS-5-A: x")
    #expect(counters.attributes.contains(#""sequence":"000042","counter":"7""#))
    let upTime = SyslogReading("<189>8: 5w1d: %SYS-5-A: x")
    #expect(upTime.host == "" && upTime.time == nil && upTime.message == "%SYS-5-A: x")
    #expect(upTime.attributes.contains(#""uptime":"5w1d""#))
    let node = SyslogReading("<189>9: core-2 LC/0/3/CPU0:Nov 20 21:59:30.000 ICT: ifmgr[12]: %PKT-3-A : x")
    #expect(node.host == "core-2" && node.time == Self.time && node.message == "%PKT-3-A : x")
    #expect(node.attributes.contains(#""node":"LC/0/3/CPU0""#))
    let epoch = SyslogReading("<134>1 1795186770.5 MX_1 flows x")
    #expect(epoch.host == "MX_1" && epoch.message == "flows x" && epoch.time == Self.time + 500_000_000)
  }

  @Test func framesAndMarks() {
    let message = "<131>1 2026-11-20T14:59:30Z gate app - - - Mất điện"
    let count = message.utf8.count
    for text in [
      "\u{FEFF}\(message)", "<131>\u{FEFF}\(message.dropFirst(5))", "\(count) \(message)",
      "\(count + 1) \(message)\n",
    ] {
      let reading = SyslogReading(text)
      #expect(reading.host == "gate" && reading.severity == "error" && reading.message == "Mất điện", "\(text)")
    }
    #expect(SyslogReading("\(count - 1) \(message)").severity == "notice")
    let units = [0xFEFF] + Array(message.utf16)
    for isLittle in [true, false] {
      let bytes = units.flatMap { isLittle ? [UInt8($0 & 255), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 255)] }
      let reading = SyslogReading(bytes: bytes)
      #expect(reading.isSound && reading.host == "gate" && reading.message == "Mất điện")
    }
    #expect(SyslogReading(bytes: [0x1F, 0x8B, 8, 0, 0]).verdict == .rejected(.compressed))
  }

  @Test func clocksThatAreNotBelieved() {
    for (text, said, isAhead) in [
      ("<30>1 1970-01-01T00:00:12.5Z h a - - - x", "1970-01-01T00:00:12.500Z", false),
      ("<30>1 9999-12-31T23:59:59Z h a - - - x", "9999-12-31T23:59:59Z", true),
      ("<30>1 1601-01-01T00:00:00Z h a - - - x", "1601-01-01T00:00:00Z", false),
      ("<30>Jan  1 07:00:05 h a: x", "2027-01-01T00:00:05Z", true),
      ("<30>Oct 20 22:00:00 h a: x", "2026-10-20T15:00:00Z", false),
    ] {
      let reading = SyslogReading(judged: text)
      #expect(reading.host == "h" && reading.message == "x" && reading.time == (isAhead ? .max : .min), "\(text)")
      #expect(reading.attributes.contains("\"device_time\":\"\(said)\""), "\(text)")
    }
    let near = SyslogReading(judged: "<30>Nov 14 22:00:00 h a: x")
    #expect(near.time == utc(2026, 11, 14, 15) && !near.attributes.contains("device_time"))
  }

  @Test func octetsOfAnotherCharacterSetAreKept() {
    let reading = SyslogReading(bytes: Array("<13>h: ".utf8) + [0x81, 0x40, 0xB0])
    #expect(reading.isSound && reading.attributes.contains(#""octets":"0x8140b0""#))
  }
}
