@testable import API
import Access
import Alerts
import Foundation
import HTTPTypes
import Lagoon
import Primitives
import Registry
import Testing

/// `/v1/availability` as it is sent: JSON, both kinds of CSV, and the page.
@Suite struct AvailabilityRouteTests {
  private static let uri = "/v1/availability?\(RouteTests.range)"

  /// One in which a camera had no power.
  private static var model: FakeModel {
    var alarm = Alarm(
      id: "power", key: AlarmKey(rule: "power", scope: .device, subject: "cam/1"), kind: .event, severity: .error,
      opened: FakeModel.noon - 30 * Nanos.perMinute, message: "power <off> & on")
    alarm.closed = FakeModel.noon - 10 * Nanos.perMinute
    var model = FakeModel()
    model.alarms = FakeAlarms(closed: [alarm])
    return model
  }

  @Test func outagesStandUnderBothNames() async throws {
    let answer = try await RouteTests.ask(Self.uri + "&group_by=device&class=sensor")
    func outage(_ device: String, _ from: String, _ to: String?, _ seconds: Int, _ cause: String = "null") -> String {
      let (from, to) = ("\"2025-11-20T\(from)Z\"", to.map { "\"2025-11-20T\($0)Z\"" } ?? "null")
      return #"{"device":"\#(device)","from":\#(from),"to":\#(to),"begin":\#(from),"end":\#(to),"#
        + #""seconds":\#(seconds),"cause":\#(cause)}"#
    }
    let wanted =
      #"{"from":"2025-11-20T11:00:00Z","to":"2025-11-20T12:00:00Z","groups":["#
      + #"{"by":{"device":"sen-1"},"live":0.1,"devices":1,"live_seconds":360,"outage_seconds":3240,"#
      + #""planned_seconds":0,"unknown_seconds":0,"outages":["#
      + outage("sen-1", "11:00:00", "11:51:00", 3_060) + "," + outage("sen-1", "11:55:00", "11:58:00", 180)
      + #"]},{"by":{"device":"sen-2"},"live":0.05,"devices":1,"live_seconds":180,"outage_seconds":3420,"#
      + #""planned_seconds":0,"unknown_seconds":0,"outages":["#
      + outage("sen-2", "11:00:00", "11:50:00", 3_000) + ","
      + outage("sen-2", "11:53:00", nil, 420, #""52 says \"no\"""#) + "]}]}"
    #expect(answer.status == 200 && answer.text == wanted)
  }

  @Test func groupsPoolTheirDevicesAndPlannedWorkIsLeftOut() async throws {
    var model = FakeModel()
    model.planned = [
      PlannedWork(
        .device("sen-1"), from: FakeModel.noon - 60 * Nanos.perMinute, to: FakeModel.noon - 9 * Nanos.perMinute)
    ]
    let answer = try await RouteTests.ask(Self.uri + "&group_by=class", model: model)
    let groups = try #require(try answer.json["groups"] as? [[String: Any]])
    #expect(groups.map { ($0["by"] as? [String: String])?["class"] } == ["camera", "sensor"])
    let sensors = groups[1]
    #expect(sensors["live"] as? Double == 0.130_434_782_608_695_65 && sensors["planned_seconds"] as? Int == 3_060)
    #expect((sensors["outages"] as? [[String: Any]])?.count == 3 && sensors["devices"] as? Int == 2)
    let all = try await RouteTests.ask(Self.uri, model: model)
    #expect(try (all.json["groups"] as? [[String: Any]])?.map { ($0["by"] as? [String: Any])?.count } == [0])
  }

  @Test func linesAreGroupsOrOutages() async throws {
    let groups = try await RouteTests.ask(Self.uri + "&group_by=device&format=csv")
    #expect(groups.headers[.contentType]?.hasPrefix("text/csv") == true)
    #expect(
      groups.text.split(separator: "\r\n").map(String.init) == [
        "device,live,devices,live_seconds,outage_seconds,planned_seconds,unknown_seconds,outages",
        "cam/1,0.000555556111111111,1,2.000002,3597.999998,0,0,1".replacing(
          "0.000555556111111111", with: "\(2_000_002_000.0 / 3_600_000_000_000.0)"),
        "sen-1,0.1,1,360,3240,0,0,2", "sen-2,0.05,1,180,3420,0,0,2",
      ])
    let outages = try await RouteTests.ask(Self.uri + "&group_by=class&format=csv&list=outages", model: Self.model)
    #expect(
      outages.text.split(separator: "\r\n").map(String.init) == [
        "class,device,from,to,seconds,cause",
        "camera,cam/1,2025-11-20T11:00:00Z,2025-11-20T11:59:57.999998Z,3597.999998,power <off> & on",
        "sensor,sen-1,2025-11-20T11:00:00Z,2025-11-20T11:51:00Z,3060,",
        "sensor,sen-2,2025-11-20T11:00:00Z,2025-11-20T11:50:00Z,3000,",
        #"sensor,sen-2,2025-11-20T11:53:00Z,,420,"52 says ""no""""#,
        "sensor,sen-1,2025-11-20T11:55:00Z,2025-11-20T11:58:00Z,180,",
      ])
    let own = try await RouteTests.ask(Self.uri + "&group_by=device&format=csv&list=outages&device=sen-1")
    #expect(own.text.hasPrefix("device,from,to,seconds,cause\r\nsen-1,2025-11-20T11:00:00Z,"))
    let area = try await RouteTests.ask(Self.uri + "&format=csv")
    #expect(area.text.hasPrefix("live,devices,live_seconds"))
  }

  @Test func thePageHoldsNothingThatRuns() async throws {
    let answer = try await RouteTests.ask(Self.uri + "&group_by=device&format=html", model: Self.model)
    let (text, headers) = (answer.text, answer.headers)
    #expect(headers[.contentType] == "text/html; charset=utf-8")
    let policy = try #require(HTTPField.Name("Content-Security-Policy").flatMap { headers[$0] })
    #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"))
    for word in ["<script", "javascript:", "http:", "https:", "src=", "href=", "onload", "url(", "@import"] {
      #expect(!text.lowercased().contains(word), "\(word)")
    }
    #expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=vi>") && text.hasSuffix("</tbody></table></body></html>\n"))
    // By the clock of the zone.
    #expect(text.contains("từ 20/11/2025 18:00:00 đến 20/11/2025 19:00:00 (giờ UTC+07:00)"))
    #expect(text.contains("<td>Cổng &quot;A&quot; (cam/1)</td><td class=n>1</td><td class=n>0,055 %</td>"))
    #expect(text.contains("<td>power &lt;off&gt; &amp; on</td>") && text.contains("<td>đang gián đoạn</td>"))
    #expect(text.contains("<td>chưa rõ</td>") && text.contains("<td class=n>00:51:00</td>"))
    for tag in ["table", "tr", "td", "th", "thead", "tbody", "p", "h2"] {
      let opened = text.matches(of: try Regex("<\(tag)[ >]")).count
      #expect(opened > 0 && opened == text.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
    }
    let none = try await RouteTests.ask(Self.uri + "&group_by=area&format=html&domain=security&class=sensor")
    #expect(none.text.contains("Không có thiết bị nào") && none.text.hasSuffix("</body></html>\n"))
    #expect(none.text.contains("Phạm vi: loại sensor; lĩnh vực security"))
  }

  @Test func whatIsNoQuestionIsNamed() async throws {
    let faults: [(String, String)] = [
      ("from=2025-11-20T12:00:00Z", "from"), ("from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z", "from"),
      ("from=2020-01-01T00:00:00Z", "from"), ("list=groups", "list"), ("list=rows&format=csv", "list"),
      ("format=pdf", "format"), ("group_by=level", "group_by"), ("level=1", "level"), ("class=zeppelin", "class"),
    ]
    for (query, parameter) in faults {
      let problem = try await RouteTests.problem("/v1/availability?\(query)", 400)
      #expect(problem["parameter"] as? String == parameter, "\(query)")
    }
    _ = try await RouteTests.problem("/v1/availability?device=nobody", 404)
    // Without a range it is the last 30 days; what comes is cut off.
    let json = try await RouteTests.ask("/v1/availability?to=2030-01-01T00:00:00Z").json
    #expect(json["from"] as? String == "2025-10-21T12:00:00Z" && json["to"] as? String == "2025-11-20T12:00:00Z")
  }

  @Test func aScopeSeesItsOwnDevicesAlone() async throws {
    let token = AccessToken.make()
    let grant = Grant(
      name: "police", permissions: [.read], scope: DeviceScope(agencies: ["police"]), expires: nil)
    let control = AccessControl(tokens: try TokenBook([(digest: AccessToken.digest(token), grant: grant)]))
    let client = RouterClient(FakeModel(), control: control)
    for format in ["json", "csv", "html"] {
      let answer = try await client.ask(
        Self.uri + "&group_by=device&format=\(format)", headers: [.authorization: "Bearer \(token)"])
      #expect(answer.status == .ok && answer.text.contains("cam/1") && !answer.text.contains("sen-"), "\(format)")
    }
    let other = try await client.ask(Self.uri + "&device=sen-1", headers: [.authorization: "Bearer \(token)"])
    #expect(other.status == .notFound)
  }
}
