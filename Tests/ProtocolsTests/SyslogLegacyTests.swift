import Primitives
import Telemetry
import Testing
@testable import Protocols

/// RFC 3164 and what is sent under its name. The zone is +07:00, the arrival 2026-11-20T15:00Z.
@Suite struct SyslogLegacyTests {
  func expect(
    _ text: String, host: String = "", app: String = "", process: String = "", time: UnixNanos? = nil, message: String,
    attributes: String = "", location: SourceLocation = #_sourceLocation
  ) {
    let reading = SyslogReading(text)
    #expect(reading.isSound && reading.verdict == .decoded, sourceLocation: location)
    #expect(reading.message == message, sourceLocation: location)
    #expect(reading.host == host, sourceLocation: location)
    #expect(reading.time == time, sourceLocation: location)
    let expected =
      (host.isEmpty ? "" : #","hostname":"\#(host)""#) + (app.isEmpty ? "" : #","app":"\#(app)""#)
      + (process.isEmpty ? "" : #","procid":"\#(process)""#) + attributes
    let sent = reading.attributes.drop { $0 != "," }
    #expect(sent == (expected.isEmpty ? "" : expected + "}"), sourceLocation: location)
    #expect(JSONCheck.isValid(reading.attributes), sourceLocation: location)
  }

  @Test func theExamplesOfSection54() {
    expect(
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8", host: "mymachine", app: "su",
      time: utc(2026, 10, 11, 15, 14, 15), message: "'su root' failed for lonvick on /dev/pts/8")
    expect("Use the BFG!", message: "Use the BFG!")
    expect(
      "<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!", host: "10.0.0.99", time: utc(2027, 2, 5, 10, 32, 18),
      message: "Use the BFG!")
    expect(
      "<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time to make the do-nuts.  %%", host: "mymachine",
      app: "myproc", process: "10", time: utc(1987, 8, 23, 22, 34), message: "%% It's time to make the do-nuts.  %%")
    expect(
      "<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!",
      host: "scapegoat.dmz.example.org", time: utc(1990, 10, 22, 16, 52, 1),
      message: "10.1.2.3 sched[0]: That's All Folks!")
  }

  @Test func timesInEveryForm() {
    let time = utc(2026, 10, 11, 15, 14, 15)
    for (text, nanos) in [
      ("Oct 11 22:14:15", time), ("oct 11 22:14:15", time), ("Oct 11 2026 22:14:15", time),
      ("2026 Oct 11 22:14:15", time),
      ("Oct 11 22:14:15 2026", time), ("Sun Oct 11 22:14:15 2026", time), ("Oct 11 22:14:15.123", time + 123_000_000),
      ("Oct 11 22:14:15.123456", time + 123_456_000), ("Oct 11 15:14:15 UTC", time), ("Oct 11 15:14:15 GMT", time),
      ("Oct 11 15:14:15 UTC 2026", time), ("Oct 11 22:14:15 ICT", time), ("Oct 11 15:14:15Z", time),
      ("Oct 11 17:14:15 +02:00", time), ("Oct 11 17:14:15+0200", time), ("Oct 11 10:14:15 -05:00", time),
      ("Oct 11 22:14:15 UTC+7", time), ("Oct 11 22:14:15 GMT+07:00", time), ("2026-10-11T22:14:15+07:00", time),
      ("2026-10-11 22:14:15", time), ("2026-10-11T15:14:15.003Z", time + 3_000_000),
      ("2026-10-11 15:14:15,003Z", time + 3_000_000),
      ("Oct  1 22:14:15", time - 10 * Nanos.perDay), ("Oct 1 22:14:15", time - 10 * Nanos.perDay),
      ("Oct 01 22:14:15", time - 10 * Nanos.perDay), ("Oct 11 22:14:15:", time),
      ("Dec 31 23:59:60", utc(2026, 12, 31, 17)),
    ] {
      expect("<13>\(text) gate app: x", host: "gate", app: "app", time: nanos, message: "x")
    }
  }

  @Test func whatIsNoTimeIsText() {
    for text in [
      "Okt 11 22:14:15 h a: x", "Oct 32 22:14:15 h a: x", "Oct 11 25:14:15 h a: x", "Oct 11 22:14 h a: x",
      "Oct 11 22:14:15x h a: x", "Oct", "Oct ", "Oct 11", "2026-10-11", "854 08/20/2013-19:05:23 CONFIG x",
      "2026-02-30 22:14:15 h a: x",
    ] {
      expect("<13>\(text)", message: text)
    }
    // Not a day in any near year.
    expect("<13>Feb 30 22:14:15 h a: x", message: "Feb 30 22:14:15 h a: x")
  }

  @Test func theYearIsTheNearest() {
    let zone = TimeZoneRules.utc
    for (text, arrival, expected) in [
      ("Dec 31 23:59:58", utc(2027, 1, 1, 0, 0, 1), utc(2026, 12, 31, 23, 59, 58)),
      ("Jan  1 00:00:02", utc(2026, 12, 31, 23, 59, 59), utc(2027, 1, 1, 0, 0, 2)),
      ("Jun 15 12:00:00", utc(2026, 11, 20), utc(2026, 6, 15, 12)),
      ("Mar  1 00:00:00", utc(2026, 11, 20), utc(2027, 3, 1)),
      ("Feb 29 10:00:00", utc(2024, 2, 29, 10), utc(2024, 2, 29, 10)),
      ("Feb 29 10:00:00", utc(2026, 11, 20), utc(2028, 2, 29, 10)),
    ] {
      #expect(SyslogReading("<13>\(text) h a: x", arrival: arrival, zone: zone).time == expected, "\(text)")
    }
  }

  @Test func aZonelessTimeIsReadInTheZone() {
    let paris = TimeZoneRules(posix: "CET-1CEST,M3.5.0,M10.5.0/3")!
    #expect(SyslogReading("<13>Jul 1 12:00:00 h a: x", zone: paris).time == utc(2026, 7, 1, 10))
    #expect(SyslogReading("<13>Dec 1 12:00:00 h a: x", zone: paris).time == utc(2026, 12, 1, 11))
    #expect(SyslogReading("<13>Oct 25 02:30:00 h a: x", zone: paris).time == utc(2026, 10, 25, 0, 30))
  }

  @Test func routersAndFirewalls() {
    let time = utc(2026, 3, 3, 12, 57, 17, nanos: 371_000_000)
    expect(
      "<189>72: Jun  3 19:57:17.371: %LINK-5-CHANGED: Interface GigabitEthernet0/2, changed state",
      time: utc(2026, 6, 3, 12, 57, 17, nanos: 371_000_000),
      message: "%LINK-5-CHANGED: Interface GigabitEthernet0/2, changed state", attributes: #","sequence":"72""#)
    expect(
      "<189>000123: *Sep 22 13:34:49.195: %SYS-5-CONFIG_I: Configured",
      time: utc(2026, 9, 22, 6, 34, 49, nanos: 195_000_000),
      message: "%SYS-5-CONFIG_I: Configured", attributes: #","sequence":"000123","clock":"unsynchronised""#)
    expect(
      "<189>.Sep 22 13:34:49 UTC: %SYS-5-CONFIG_I: Configured", time: utc(2026, 9, 22, 13, 34, 49),
      message: "%SYS-5-CONFIG_I: Configured", attributes: #","clock":"unsynchronised""#)
    expect(
      "<189>12: R1: Sep 22 13:34:49 EST: %SYS-5-CONFIG_I: Configured", host: "R1", time: utc(2026, 9, 22, 6, 34, 49),
      message: "%SYS-5-CONFIG_I: Configured", attributes: #","sequence":"12""#)
    expect(
      "<190>82: R1: [syslog@9 s_sn=\"1\"]: <ios-log-msg><facility>SYS</facility></ios-log-msg>", host: "R1",
      message: "[syslog@9 s_sn=\"1\"]: <ios-log-msg><facility>SYS</facility></ios-log-msg>",
      attributes: #","sequence":"82""#)
    expect(
      "<189>94: <ios-log-msg><time>*Sep 22 13:50:46.777</time></ios-log-msg>",
      message: "<ios-log-msg><time>*Sep 22 13:50:46.777</time></ios-log-msg>", attributes: #","sequence":"94""#)
    expect(
      "<189>: 2026 Mar  3 19:57:17.371 ICT: %ETHPORT-5-IF_UP: Interface up", time: time,
      message: "%ETHPORT-5-IF_UP: Interface up")
    expect(
      "<166>Mar 03 2026 19:57:17.371 gate : %ASA-6-302013: Built inbound", host: "gate", time: time,
      message: "%ASA-6-302013: Built inbound")
    expect(
      "<133>ssg: NetScreen device_id=01  [Root]system(traffic): start_time=\"2019-05-09 14:50:08\"\0", app: "ssg",
      message: "NetScreen device_id=01  [Root]system(traffic): start_time=\"2019-05-09 14:50:08\"")
  }

  @Test func hostsAndTags() {
    let time = utc(2026, 10, 11, 15, 14, 15)
    expect(
      "<30>snmpd[6956]: Connection from UDP: [127.0.0.1]:21311 \n", app: "snmpd", process: "6956",
      message: "Connection from UDP: [127.0.0.1]:21311 ")
    expect("<13>Oct 11 22:14:15 root: hello", app: "root", time: time, message: "hello")
    expect("<13>Oct 11 22:14:15 cron[7]: hello", app: "cron", process: "7", time: time, message: "hello")
    expect("<13>Oct 11 22:14:15 reboot", time: time, message: "reboot")
    expect("<13>Oct 11 22:14:15 last message repeated 3 times", time: time, message: "last message repeated 3 times")
    expect("<13>Oct 11 22:14:15 2001:db8::7 app: x", host: "2001:db8::7", app: "app", time: time, message: "x")
    expect("<13>Oct 11 22:14:15 h kernel: [  1.5] up", host: "h", app: "kernel", time: time, message: "[  1.5] up")
    expect(
      "<13>Oct 11 22:14:15 h a/b.c-d_e@1[x-9]: m", host: "h", app: "a/b.c-d_e@1", process: "x-9", time: time,
      message: "m")
    expect("<13>Oct 11 22:14:15 h app[9]:m", host: "h", app: "app", process: "9", time: time, message: "m")
    expect("<13>Oct 11 22:14:15 h app[9] m", host: "h", app: "app", process: "9", time: time, message: "m")
    expect("<13>Oct 11 22:14:15 h tag:", host: "h", app: "tag", time: time, message: "")
    expect("<13>Oct 11 22:14:15 h tag:   three", host: "h", app: "tag", time: time, message: "  three")
    expect("<13>Oct 11 22:14:15 h http://x/ down", time: time, message: "h http://x/ down")
    expect("<13>Oct 11 22:14:15 h <Event a=\"b\"/>", time: time, message: "h <Event a=\"b\"/>")
    expect("<13>Oct 11 22:14:15 <Event><a/></Event> x", time: time, message: "<Event><a/></Event> x")
    expect("<13>Oct 11 22:14:15 key=value other=1", time: time, message: "key=value other=1")
    expect("<13>Oct 11 22:14:15", time: time, message: "")
    expect("<13>root: hello", app: "root", message: "hello")
    expect(
      "<13>id=firewall sn=00 time=\"2026-10-11 22:14:15\"", message: "id=firewall sn=00 time=\"2026-10-11 22:14:15\"")
    expect("<13>{\"a\": 1}", message: "{\"a\": 1}")
    expect("<13>10:20:30 up", message: "10:20:30 up")
    expect(
      "<134> 2021-04-18 15:12:38+04:00 10.126.20.68 Log,     65934,0/3", host: "10.126.20.68",
      time: utc(2021, 4, 18, 11, 12, 38),
      message: "Log,     65934,0/3")
    expect(
      "<13>2013-09-12T19:16:34.457849+04:00 localhost through rsyslog: test 23", host: "localhost",
      time: utc(2013, 9, 12, 15, 16, 34, nanos: 457_849_000), message: "through rsyslog: test 23")
  }

  @Test func priorities() {
    for (text, severity, facility) in [
      ("<0>x", "emergency", "kern"), ("<1>x", "alert", "kern"), ("<2>x", "critical", "kern"),
      ("<11>x", "error", "user"),
      ("<20>x", "warning", "mail"), ("<191>x", "debug", "local7"), ("<190>x", "informational", "local7"),
      ("<013>x", "notice", "user"), ("x", "notice", "user"), ("<192>x", "notice", "user"), ("<999>x", "notice", "user"),
      ("<>x", "notice", "user"), ("<1x", "notice", "user"), ("<0013>x", "notice", "user"), ("<-1>x", "notice", "user"),
      ("<85>x", "notice", "authpriv"),
    ] {
      let reading = SyslogReading(text)
      #expect(reading.severity == severity && reading.attributes == "{\"facility\":\"\(facility)\"}", "\(text)")
    }
    for text in ["<192>x", "<>x", "<abc>", "<1x", "<0013>x", "<"] { #expect(SyslogReading(text).message == text) }
    // Without PRI the rest is read all the same.
    let reading = SyslogReading("Oct 11 22:14:15 h su: x")
    #expect(reading.host == "h" && reading.message == "x" && reading.severity == "notice")
  }
}
