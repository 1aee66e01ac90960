import Primitives
import Telemetry
import Testing
@testable import Protocols

/// RFC 5424.
@Suite struct SyslogModernTests {
  @Test func theExamplesOfSection65() {
    let first = SyslogReading(
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{FEFF}'su root' failed for lonvick on /dev/pts/8"
    )
    #expect(first.isSound && first.verdict == .decoded)
    #expect(first.severity == "critical" && first.kind == "syslog" && first.host == "mymachine.example.com")
    #expect(first.message == "'su root' failed for lonvick on /dev/pts/8")
    #expect(first.time == utc(2003, 10, 11, 22, 14, 15, nanos: 3_000_000))
    #expect(
      first.attributes
        == #"{"facility":"auth","hostname":"mymachine.example.com","app":"su","msgid":"ID47","version":1}"#)

    let second = SyslogReading(
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.")
    #expect(second.severity == "notice" && second.host == "192.0.2.1")
    #expect(second.message == "%% It's time to make the do-nuts.")
    #expect(second.time == utc(2003, 8, 24, 12, 14, 15, nanos: 3_000))
    #expect(
      second.attributes
        == #"{"facility":"local4","hostname":"192.0.2.1","app":"myproc","procid":"8710","version":1}"#)

    let structured = #"[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]"#
    let third = SyslogReading(
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 \(structured) \u{FEFF}An application event log entry..."
    )
    #expect(third.message == "An application event log entry...")
    #expect(
      third.attributes
        == #"{"facility":"local4","hostname":"mymachine.example.com","app":"evntslog","msgid":"ID47","version":1,"structured_data":{"exampleSDID@32473":{"iut":"3","eventSource":"Application","eventID":"1011"}}}"#
    )

    let fourth = SyslogReading(
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 \(structured)[examplePriority@32473 class=\"high\"]"
    )
    #expect(fourth.message == "")
    #expect(fourth.attributes.hasSuffix(#""eventID":"1011"},"examplePriority@32473":{"class":"high"}}}"#))
  }

  @Test func nilMayStandEverywhere() {
    let reading = SyslogReading("<13>1 - - - - - -")
    #expect(reading.isSound && reading.time == nil && reading.host == "" && reading.message == "")
    #expect(reading.attributes == #"{"facility":"user","version":1}"#)
    #expect(SyslogReading("<13>1 - - root - - - hello").message == "hello")
    #expect(SyslogReading("<13>1 - vm root - - - hello").host == "vm")
    #expect(SyslogReading("<13>1 - vm - - - - -").message == "-")
    // A missing part is not NIL, but no reason to refuse.
    #expect(SyslogReading("<13>1 - vm root - -").attributes.contains(#""app":"root""#))
  }

  @Test func loggersForms() {
    let full = SyslogReading(
      #"<13>1 2026-11-21T01:45:41.034179+00:00 vm root - ID47 [timeQuality tzKnown="1" isSynced="0"][zoo@123 tiger="hungry" x="a\"b\]c"][m@1 k="v"] hello tiếng Việt"#
    )
    #expect(full.message == "hello tiếng Việt")
    #expect(full.time == utc(2026, 11, 21, 1, 45, 41, nanos: 34_179_000))
    #expect(
      full.attributes.hasSuffix(
        #""structured_data":{"timeQuality":{"tzKnown":"1","isSynced":"0"},"zoo@123":{"tiger":"hungry","x":"a\"b]c"},"m@1":{"k":"v"}}}"#
      ))
    // An octet count belongs to streams; in a datagram it is text.
    let counted = SyslogReading("96 <131>1 2026-11-21T01:45:41.137056+00:00 vm root - - - hello")
    #expect(counted.message == "96 <131>1 2026-11-21T01:45:41.137056+00:00 vm root - - - hello")
    #expect(counted.severity == "notice" && counted.time == nil)
  }

  @Test func times() {
    for (text, nanos) in [
      ("1985-04-12T23:20:50.52Z", utc(1985, 4, 12, 23, 20, 50, nanos: 520_000_000)),
      ("1985-04-12T19:20:50.52-04:00", utc(1985, 4, 12, 23, 20, 50, nanos: 520_000_000)),
      ("2003-08-24T05:14:15.000000003-07:00", utc(2003, 8, 24, 12, 14, 15, nanos: 3)),
      ("2003-08-24T05:14:15.1234567891Z", utc(2003, 8, 24, 5, 14, 15, nanos: 123_456_789)),
      ("2016-12-31T23:59:60Z", utc(2017, 1, 1)), ("2026-11-20T22:14:15", utc(2026, 11, 20, 15, 14, 15)),
      ("2026-11-20t22:14:15z", utc(2026, 11, 20, 22, 14, 15)),
      ("2026-11-20T22:14:15+0700", utc(2026, 11, 20, 15, 14, 15)),
      ("2024-02-29T00:00:00Z", utc(2024, 2, 29)), ("1969-12-31T23:59:59.9Z", -100_000_000),
    ] {
      let reading = SyslogReading("<13>1 \(text) h a - - - x")
      #expect(reading.time == nanos && reading.message == "x", "\(text)")
    }
    for text in [
      "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T22:60:00Z",
      "2026-11-20T22:14:61Z", "2026-11-20", "2026-11-20T22:14:15Zx", "x",
    ] {
      let reading = SyslogReading("<13>1 \(text) h a - - - x")
      #expect(reading.isSound && reading.message.contains("h a - - - x"), "\(text)")
      #expect(reading.time == nil, "\(text)")
    }
  }

  @Test func structuredDataThatRepeatsBecomesArrays() {
    let reading = SyslogReading(#"<13>1 - h a - - [origin ip="192.0.2.1" x="" ip="192.0.2.129" ip="3"] m"#)
    #expect(reading.attributes.hasSuffix(#"{"origin":{"ip":["192.0.2.1","192.0.2.129","3"],"x":""}}}"#))
    #expect(SyslogReading("<13>1 - h a - - [empty] m").attributes.hasSuffix(#""structured_data":{"empty":{}}}"#))
  }

  @Test func parameterEscapes() {
    let reading = SyslogReading(#"<13>1 - h a - - [i p="\"\\\]" q="\n\x" r="]" s="a b=c"] m"#)
    #expect(reading.attributes.hasSuffix(#"{"i":{"p":"\"\\]","q":"\\n\\x","r":"]","s":"a b=c"}}}"#))
    #expect(JSONCheck.isValid(reading.attributes))
    #expect(reading.message == "m")
  }

  @Test func malformedStructuredDataStayText() {
    for text in [
      "[id", "[id p]", "[id p=]", "[id p=\"x]", "[id p=\"x\"", "[]", "[id p=\"x\"]trailer", "[ id]", "[a][a]",
      "[id p=x]",
      "[id \"x\"]", "no data at all", "-nil", "[\(String(repeating: "n", count: 65))]",
      "[id\((0...128).map { " p\($0)=\"1\"" }.joined())]", (0...64).map { "[id\($0)]" }.joined(),
    ] {
      let reading = SyslogReading("<13>1 - h app - - \(text)")
      #expect(reading.message == text && reading.host == "h", "\(text)")
      #expect(reading.attributes == #"{"facility":"user","hostname":"h","app":"app","version":1}"#)
    }
    let most = "[id\((0..<128).map { " p\($0)=\"1\"" }.joined())]"
    #expect(SyslogReading("<13>1 - h app - - \(most) m").message == "m")
  }

  @Test func headersThatAreNoneStayText() {
    for text in ["1", "1 ", "1 2026-11-20T22:14:15Z", "1 2026-11-20T22:14:15Z host", "01 - - - - - -", "1  - - - - -"] {
      let reading = SyslogReading("<13>\(text)")
      #expect(reading.message == text && !reading.attributes.contains("version"), "\(text)")
    }
  }
}
