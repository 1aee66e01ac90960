@testable import API
import HTTPTypes
import Lagoon
import Primitives
import Testing

/// Names that nothing knows are refused and named; those without data are empty answers.
@Suite struct NameTests {
  @Test(arguments: [
    ("/v1/latest?area=99999", "area", "99999"), ("/v1/devices?area=99999", "area", "99999"),
    ("/v1/quality?area=99999", "area", "99999"), ("/v1/events?area=99999", "area", "99999"),
    ("/v1/stream?area=99999", "area", "99999"), ("/v1/devices?class=zeppelin", "class", "zeppelin"),
    ("/v1/devices?domain=fire", "domain", "fire"), ("/v1/quality?agency=none", "agency", "none"),
    ("/v1/latest?device=nobody", "device", "nobody"), ("/v1/events?device=nobody", "device", "nobody"),
    ("/v1/rollups?measurement=weather&field=t&step=5m&device=nobody", "device", "nobody"),
    ("/v1/quality?device=nobody", "device", "nobody"), ("/v1/stream?device=nobody", "device", "nobody"),
    ("/v1/devices/nobody/readings?measurement=weather", "device", "nobody"),
    ("/v1/events?severity=loud", "severity", "loud"), ("/v1/events?severity=error,", "severity", "error,"),
    ("/v1/events?kind=devise.silent", "kind", "devise.silent"), ("/v1/events?kind=devise.", "kind", "devise."),
    ("/v1/stream?kind=devise.silent", "kind", "devise.silent"), ("/v1/stream?measurement=none", "measurement", "none"),
    ("/v1/stream?field=none", "field", "none"), ("/v1/latest?devise=sen-1", "devise", "sen-1"),
    ("/v1/changes?since=0&area=52", "area", "52"),
  ])
  func whatNothingKnowsIsRefused(uri: String, parameter: String, value: String) async throws {
    let answer = try await RouteTests.ask(uri)
    #expect(answer.status == 400 || answer.status == 404, "\(uri)")
    #expect(answer.headers[.contentType] == "application/problem+json")
    let problem = try answer.json
    #expect(problem["parameter"] as? String == parameter)
    #expect((problem["detail"] as? String)?.contains(value) == true)
  }

  @Test(arguments: [
    "/v1/latest?area=21550", "/v1/devices?class=bts", "/v1/latest?device=stranger", "/v1/events?device=sen-1",
    "/v1/rollups?measurement=weather&field=t&step=5m&device=cam%2F1", "/v1/events?kind=alert.",
    "/v1/events?kind=device.silent", "/v1/events?kind=camera.", "/v1/events?kind=trap&severity=debug",
    "/v1/quality?device=sen-1", "/v1/devices?domain=security&class=sensor",
    "/v1/devices/sen-2/readings?measurement=weather&from=2030-01-01T00:00:00Z",
  ])
  func whatIsKnownIsAnswered(uri: String) async throws {
    #expect(try await RouteTests.ask(uri).status == 200, "\(uri)")
  }

  @Test func aKindMayBeABeginning() {
    #expect(EventsQuery.takes("alert.rain", asked: "alert.") && !EventsQuery.takes("alerts", asked: "alert."))
    #expect(EventsQuery.takes("snmp", asked: "snmp") && !EventsQuery.takes("snmp.refused", asked: "snmp"))
    #expect(!EventsQuery.takes(nil, asked: "snmp"))
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+84", "'+84"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'\t=1"), ("a-b", "a-b"), ("1", "1"),
    (" =1", " =1"), ("", ""), ("=a,b", "\"'=a,b\""), ("\r\n=1", "\"'\r\n=1\""), ("'=1", "'=1"),
  ])
  func noTextIsAFormula(text: String, cell: String) {
    var csv = CSVWriter()
    csv.cell(text)
    #expect(String(decoding: csv.bytes, as: UTF8.self) == cell)
  }

  @Test func numbersKeepTheirMinus() {
    var csv = CSVWriter()
    csv.cell(-5)
    csv.cell(-0.5)
    csv.cell(ReadingValue.integer(-7))
    csv.cell(ReadingValue.decimal(mantissa: -235, scale: 1))
    csv.cell(ReadingValue.string("-7"))
    csv.cell(ReadingValue.boolean(true))
    csv.cell(ReadingValue?.none)
    #expect(String(decoding: csv.bytes, as: UTF8.self) == "-5,-0.5,-7,-23.5,'-7,true,")
  }

  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ] as [(Int64, String)])
  func datesAreAsHTTPHasThem(seconds: Int64, text: String) {
    #expect(HTTPDate.text(seconds * Nanos.perSecond) == text)
  }
}
