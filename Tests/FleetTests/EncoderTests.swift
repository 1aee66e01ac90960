import Primitives
import Testing

@testable import Fleet

/// The one datagram that `body` writes.
func encoded(_ body: (inout DatagramBuffer) -> Void) -> [UInt8] {
  var buffer = DatagramBuffer(byteCount: 4_096, datagrams: 1)
  body(&buffer)
  let fitted = buffer.close()
  #expect(fitted)
  return buffer.datagram(0)
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func hex(_ digits: String) -> [UInt8] {
  let nibbles = digits.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
  return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
}

struct LineEncoderTests {
  @Test func escapesEachPlaceByItsOwnRules() throws {
    #expect(LineEncoder.measurement("a b,c=d").map(text) == "a\\ b\\,c=d")
    #expect(LineEncoder.key("a b,c=d").map(text) == "a\\ b\\,c\\=d")
    #expect(LineEncoder.key("PM2.5").map(text) == "PM2.5")
    #expect(LineEncoder.key("Trạm\\1").map(text) == "Trạm\\1")
    let head = LineEncoder.head(measurement: "thời tiết", tags: [("device", "a=1"), ("xã", "Nhơn Lý")])
    #expect(head.map(text) == "thời\\ tiết,device=a\\=1,xã=Nhơn\\ Lý ")
  }

  @Test(arguments: ["", "a\nb", "a\rb", "ends\\", "a\\,b", "a\\\\b", "#comment"])
  func refusesWhatTheProtocolCannotSay(name: String) {
    #expect(LineEncoder.key(name) == nil)
  }

  @Test func writesEveryKindOfValue() {
    let line = encoded { buffer in
      buffer.append("m ")
      LineEncoder.appendKey(Array("a".utf8), isFirst: true, to: &buffer)
      LineEncoder.appendDecimal(units: -5, scale: 2, to: &buffer)
      LineEncoder.appendKey(Array("b".utf8), isFirst: false, to: &buffer)
      LineEncoder.appendInteger(.min, to: &buffer)
      LineEncoder.appendKey(Array("c".utf8), isFirst: false, to: &buffer)
      LineEncoder.appendBoolean(false, to: &buffer)
      LineEncoder.appendKey(Array("d".utf8), isFirst: false, to: &buffer)
      LineEncoder.appendString("say \"hi\" \\ bye".utf8, to: &buffer)
      LineEncoder.appendTime(1_795_176_000_123_000_000, to: &buffer)
    }
    #expect(
      text(line)
        == "m a=-0.05,b=-9223372036854775808i,c=false,d=\"say \\\"hi\\\" \\\\ bye\" 1795176000123000000\n")
  }

  @Test(arguments: [
    (253, 1, "25.3"), (0, 1, "0.0"), (-10, 1, "-1.0"), (7, 3, "0.007"), (12, 0, "12"), (1_005, 2, "10.05"),
  ])
  func writesDecimals(units: Int64, scale: Int, expected: String) {
    #expect(text(encoded { $0.append(units: units, scale: scale) }) == expected)
  }

  @Test func writesTheLargestNumbers() {
    #expect(text(encoded { $0.append(decimal: .max) }) == "18446744073709551615")
    #expect(text(encoded { $0.append(decimal: 10_000_000_000_000_000_000) }) == "10000000000000000000")
    #expect(text(encoded { $0.append(decimal: 7, width: 4) }) == "0007")
  }
}

struct SenMLCBOREncoderTests {
  /// RFC 8428 section 6, the example pack of a voltage and six currents.
  @Test func writesTheExampleOfTheRFC() {
    let pack = encoded { buffer in
      SenMLCBOREncoder.appendPack(records: 7, to: &buffer)
      SenMLCBOREncoder.appendRecord(entries: 7, to: &buffer)
      SenMLCBOREncoder.append(.baseName, to: &buffer)
      SenMLCBOREncoder.appendText(Array("urn:dev:ow:10e2073a0108006:".utf8), to: &buffer)
      SenMLCBOREncoder.append(.baseTime, to: &buffer)
      SenMLCBOREncoder.appendShortest(1.276020076001e+09, to: &buffer)
      SenMLCBOREncoder.append(.baseUnit, to: &buffer)
      SenMLCBOREncoder.appendText(Array("A".utf8), to: &buffer)
      SenMLCBOREncoder.append(.baseVersion, to: &buffer)
      SenMLCBOREncoder.appendInteger(5, to: &buffer)
      SenMLCBOREncoder.append(.name, to: &buffer)
      SenMLCBOREncoder.appendText(Array("voltage".utf8), to: &buffer)
      SenMLCBOREncoder.append(.unit, to: &buffer)
      SenMLCBOREncoder.appendText(Array("V".utf8), to: &buffer)
      SenMLCBOREncoder.append(.value, to: &buffer)
      SenMLCBOREncoder.appendNumber(units: 1_201, scale: 1, form: .shortestFloat, to: &buffer)
      for (time, tenths) in [(-5, 12), (-4, 13), (-3, 14), (-2, 15), (-1, 16), (0, 17)] as [(Int64, Int64)] {
        SenMLCBOREncoder.appendRecord(entries: 3, to: &buffer)
        SenMLCBOREncoder.append(.name, to: &buffer)
        SenMLCBOREncoder.appendText(Array("current".utf8), to: &buffer)
        SenMLCBOREncoder.append(.time, to: &buffer)
        SenMLCBOREncoder.appendTime(millis: time * 1_000, to: &buffer)
        SenMLCBOREncoder.append(.value, to: &buffer)
        SenMLCBOREncoder.appendNumber(units: tenths, scale: 1, form: .shortestFloat, to: &buffer)
      }
    }
    #expect(
      pack
        == hex(
          """
          87 a7 21 78 1b 75 72 6e 3a 64 65 76 3a 6f 77 3a 31 30 65 32 30 37 33 61 30 31 30 38 30 30 36 3a
          22 fb 41 d3 03 a1 5b 00 10 62 23 61 41 20 05 00 67 76 6f 6c 74 61 67 65 01 61 56 02 fb 40 5e 06
          66 66 66 66 66 a3 00 67 63 75 72 72 65 6e 74 06 24 02 fb 3f f3 33 33 33 33 33 33 a3 00 67 63 75
          72 72 65 6e 74 06 23 02 fb 3f f4 cc cc cc cc cc cd a3 00 67 63 75 72 72 65 6e 74 06 22 02 fb 3f
          f6 66 66 66 66 66 66 a3 00 67 63 75 72 72 65 6e 74 06 21 02 f9 3e 00 a3 00 67 63 75 72 72 65 6e
          74 06 20 02 fb 3f f9 99 99 99 99 99 9a a3 00 67 63 75 72 72 65 6e 74 06 00 02 fb 3f fb 33 33 33
          33 33 33
          """))
  }

  /// Integers and floats of RFC 8949 appendix A.
  @Test(arguments: [
    (0, "00"), (23, "17"), (24, "1818"), (255, "18ff"), (1_000, "1903e8"), (1_000_000, "1a000f4240"),
    (1_000_000_000_000, "1b000000e8d4a51000"), (-1, "20"), (-100, "3863"), (-1_000, "3903e7"),
    (Int64.min, "3b7fffffffffffffff"),
  ])
  func writesIntegersInTheShortestForm(value: Int64, expected: String) {
    #expect(encoded { SenMLCBOREncoder.appendInteger(value, to: &$0) } == hex(expected))
  }

  @Test(arguments: [
    (0.0, "f90000"), (-0.0, "f98000"), (1.0, "f93c00"), (1.5, "f93e00"), (65_504.0, "f97bff"),
    (100_000.0, "fa47c35000"), (3.4028234663852886e+38, "fa7f7fffff"), (1.1, "fb3ff199999999999a"),
    (-4.1, "fbc010666666666666"), (0.00006103515625, "f90400"),
  ])
  func writesTheShortestFloat(value: Double, expected: String) {
    #expect(encoded { SenMLCBOREncoder.appendShortest(value, to: &$0) } == hex(expected))
  }

  /// RFC 8949 section 3.4.4: 273.15 is `c4 82 21 19 6ab3`.
  @Test func writesDecimalFractions() {
    let bytes = encoded { SenMLCBOREncoder.appendNumber(units: 27_315, scale: 2, form: .decimalFraction, to: &$0) }
    #expect(bytes == hex("c482 21 196ab3"))
  }

  @Test func writesTimesExactly() {
    #expect(encoded { SenMLCBOREncoder.appendTime(millis: 1_795_176_000_000, to: &$0) } == hex("1a6b003640"))
    #expect(
      encoded { SenMLCBOREncoder.appendTime(millis: 1_795_176_000_125, to: &$0) } == hex("c48222 1b000001a1f8d3ea7d"))
  }

  @Test func writesBooleansAndText() {
    #expect(encoded { SenMLCBOREncoder.appendBoolean(true, to: &$0) } == [0xF5])
    #expect(encoded { SenMLCBOREncoder.appendText(Array("ü".utf8), to: &$0) } == hex("62c3bc"))
  }
}

struct SyslogEncoderTests {
  /// RFC 5424 section 6.5, example 4.
  @Test func writesTheStructuredExampleOfTheRFC() {
    let bytes = encoded {
      SyslogEncoder.append5424(
        facility: 20, severity: 5, time: 1_065_910_455_003_000_000, host: "mymachine.example.com", app: "evntslog",
        messageID: "ID47",
        elements: [
          SyslogEncoder.Element(
            id: "exampleSDID@32473",
            parameters: [("iut", "3"), ("eventSource", "Application"), ("eventID", "1011")]),
          SyslogEncoder.Element(id: "examplePriority@32473", parameters: [("class", "high")]),
        ], message: "", to: &$0)
    }
    #expect(
      text(bytes) == "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
        + "[exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"]"
        + "[examplePriority@32473 class=\"high\"]")
  }

  /// RFC 5424 section 6.5, example 1, whose message is ASCII.
  @Test func writesNilValuesAndZones() {
    let bytes = encoded {
      SyslogEncoder.append5424(
        facility: 4, severity: 2, time: 1_065_910_455_003_000_000, utcOffsetSeconds: -7 * 3_600, host: "", app: "su",
        message: "'su root' failed", to: &$0)
    }
    #expect(text(bytes) == "<34>1 2003-10-11T15:14:15.003-07:00 - su - - - 'su root' failed")
    let bare = encoded {
      SyslogEncoder.append5424(facility: 0, severity: 0, time: nil, host: "h", app: "", message: "x", to: &$0)
    }
    #expect(text(bare) == "<0>1 - h - - - - x")
  }

  @Test func marksUTF8AndEscapesValues() {
    let bytes = encoded {
      SyslogEncoder.append5424(
        facility: 16, severity: 6, time: nil, host: "h", app: "a",
        elements: [SyslogEncoder.Element(id: "x@32473", parameters: [("k", "a\"b\\c]d")])], message: "Nhơn Lý",
        to: &$0)
    }
    #expect(bytes == Array("<134>1 - h a - - [x@32473 k=\"a\\\"b\\\\c\\]d\"] \u{FEFF}Nhơn Lý".utf8))
  }

  /// RFC 3164 section 5.4, example 1; a day below ten takes a space.
  @Test func writesTheOldFormInLocalTime() {
    func message(_ time: UnixNanos, process: Int?) -> String {
      text(
        encoded {
          SyslogEncoder.append3164(
            facility: 4, severity: 2, time: time, utcOffsetSeconds: 7 * 3_600, host: "mymachine", tag: "su",
            process: process, message: "'su root' failed for lonvick on /dev/pts/8", to: &$0)
        })
    }
    #expect(
      message(1_065_885_255_900_000_000, process: nil)
        == "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8")
    // 2003-10-31T20:00:00Z is already 1 November in Viet Nam.
    #expect(message(1_067_630_400_000_000_000, process: 7).hasPrefix("<34>Nov  1 03:00:00 mymachine su[7]: "))
  }
}
