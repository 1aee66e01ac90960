import Mutation
import Primitives
import Telemetry
import Testing
@testable import Protocols

@Suite struct SyslogTextTests {
  @Test func nothingIsEmpty() {
    for text in ["", "\n", "\0\0", "\r\n\0", "   ", "  \r\n"] {
      let reading = SyslogReading(text)
      #expect(reading.verdict == .rejected(.empty) && reading.isSound)
    }
    #expect(SyslogReading("<13>").message == "")
    #expect(SyslogReading("X").message == "X")
  }

  @Test func trailersGoAndTheRestStays() {
    #expect(SyslogReading("<13>a: one\ntwo \r\n\0").message == "one\ntwo ")
    #expect(SyslogReading("<13>1 - - - - - - \u{FEFF}").message == "")
    #expect(SyslogReading("<13>\u{FEFF}Thị Nại").message == "Thị Nại")
  }

  @Test func whatIsNotUTF8IsRepaired() {
    for (bytes, text) in [
      (Array("caf".utf8) + [0xE9], "café"), ([0x80, 0x41], "\u{FFFD}A"),
      (Array("Việt ".utf8) + [0xE1, 0xBB], "Việt á»"),
      ([0xC0, 0xAF], "À¯"), ([0xED, 0xA0, 0x80], "í\u{A0}\u{FFFD}"), (Array("đúng".utf8), "đúng"),
      (Array("0123456789abcdef".utf8) + [0xFF], "0123456789abcdefÿ"),
    ] {
      let reading = SyslogReading(bytes: Array("<13>".utf8) + bytes)
      #expect(reading.isSound && reading.message == text, "\(text)")
    }
    let host = SyslogReading(bytes: Array("<13>1 - m".utf8) + [0xE9, 0x20] + Array("app - - - x".utf8))
    #expect(host.attributes.contains(#""hostname":"mé""#) && host.isSound)
  }

  @Test func attributesAreEscaped() {
    let reading = SyslogReading("<13>1 - h\"o\\s\u{1}t a\tp\u{7F}p - - [i p=\"l1\nl2\u{1F}\"] x")
    #expect(
      reading.attributes
        == #"{"facility":"user","hostname":"h\"o\\s\u0001t","app":"a\tp\u007fp","version":1,"structured_data":{"i":{"p":"l1\nl2\u001f"}}}"#
    )
    #expect(JSONCheck.isValid(reading.attributes))
  }

  @Test func theLargestDatagramFits() {
    var out = DecodedDatagram()
    for filler in [UInt8(ascii: "x"), 1, 0xFF, 0x80, UInt8(ascii: "\"")] {
      let text = Array("<13>Oct 11 22:14:15 h app: ".utf8) + [UInt8](repeating: filler, count: 65_000)
      let reading = SyslogReading(text, into: &out)
      #expect(reading.isSound && reading.message.unicodeScalars.count == 65_000)
      let value = filler == UInt8(ascii: "\"") ? 1 : filler
      let structured =
        Array("<13>1 - h a - - [i p=\"".utf8) + [UInt8](repeating: value, count: 65_000) + Array("\"] m".utf8)
      let other = SyslogReading(structured, into: &out)
      #expect(other.isSound && other.message == "m" && JSONCheck.isValid(other.attributes))
    }
  }

  @Test func mutationsAreAlwaysOneEvent() {
    let seeds = [
      "<165>1 2003-10-11T22:14:15.003Z host app 87 ID47 [exampleSDID@32473 iut=\"3\" e=\"A\\\"p\" iut=\"4\"][x@1 k=\"v\"] \u{FEFF}tiếng Việt",
      "<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed for lonvick on /dev/pts/8\n",
      "<189>000123: *Sep 22 13:34:49.195 UTC: %SYS-5-CONFIG_I: Configured from console",
      "<13>2013-09-12T19:16:34.457849+04:00 localhost root: x\0", "<190>82: R1: [syslog@9 s_sn=\"1\"]: <a>b</a>",
      "<13>Sun Oct 11 2026 22:14:15 GMT+07:00 gate : %ASA-6-1: Built",
    ].map { Array($0.utf8) }
    let alphabet = Array(" <>[]\"=\\:-.*+@%0123456789TZ\n\0".utf8) + [0xEF, 0xBB, 0xBF, 0xC3, 0xFF]
    var numbers = SeededRandom(5)
    var out = DecodedDatagram()
    let decoder = SyslogDecoder()
    let zone = TimeZoneRules(posix: "CET-1CEST,M3.5.0,M10.5.0/3")!
    for index in 0..<200_000 {
      let bytes = mutated(seeds[index % seeds.count], alphabet: alphabet, using: &numbers)
      let arrival = index % 7 == 0 ? Int64.random(in: .min ... .max, using: &numbers) : SyslogReading.arrival
      out.reset()
      let verdict = decoder.decode(bytes.span.bytes, arrivalNanos: arrival, zone: zone, into: &out)
      #expect(verdict == .decoded || verdict == .rejected(.empty))
      if index % 20 == 0 {
        let reading = SyslogReading(bytes, arrival: arrival, zone: zone, into: &out)
        #expect(reading.isSound && (verdict != .decoded || JSONCheck.isValid(reading.attributes)), "\(bytes)")
      }
    }
  }
}
