import Access
import Foundation
import HTTPTypes
import Primitives
import Registry
import Testing

@testable import API

@Suite struct AlarmRouteTests {
  private let alarms = FakeAlarms()

  private func client(_ grant: Grant? = nil, token: String = "") throws -> RouterClient {
    var model = FakeModel()
    model.alarms = alarms
    let control = try grant.map { AccessControl(tokens: try TokenBook([(AccessToken.digest(token), $0)])) }
    return RouterClient(model, control: control ?? AccessControl())
  }

  private func json(_ answer: RouterClient.Answer) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any], "\(answer)")
  }

  private func ids(_ query: String, _ client: RouterClient, _ headers: HTTPFields = [:]) async throws -> [String] {
    let answer = try await client.ask("/v1/alarms" + query, headers: headers)
    return try #require(try json(answer)["alarms"] as? [[String: Any]]).compactMap { $0["id"] as? String }.sorted()
  }

  @Test(arguments: [
    ("", ["52", "cam/1", "old", "sen-1"]), ("?state=active", ["52", "cam/1", "sen-1"]), ("?state=closed", ["old"]),
    ("?state=shelved", []), ("?rule=r-storm", ["52"]), ("?severity=error&class=sensor", ["cam/1", "old", "sen-1"]),
    ("?area=21550", ["cam/1"]), ("?area=52", ["52", "cam/1", "old", "sen-1"]), ("?severity=notice", []),
    ("?from=2025-11-20T12:01:00Z", []), ("?to=2025-11-20T11:59:00Z", []),
    ("?from=2025-11-20T11:59:30Z&to=2025-11-20T13:00:00Z", ["52", "cam/1", "old", "sen-1"]),
  ]) func theyAreChosen(_ query: String, _ wanted: [String]) async throws {
    #expect(try await ids(query, try client()) == wanted)
  }

  @Test(arguments: ["?state=open", "?severity=bad", "?area=none", "?class=none", "?limit=0", "?cursor=x", "?x=1"])
  func whatMakesNoSenseIsRefused(_ query: String) async throws {
    #expect([400, 404].contains(try await client().ask("/v1/alarms" + query).status.code), "\(query)")
  }

  @Test func pagesHoldEachOnce() async throws {
    let client = try client()
    var (found, cursor): ([String], String?) = ([], nil)
    repeat {
      let page = try json(try await client.ask("/v1/alarms?limit=1" + (cursor.map { "&cursor=\($0)" } ?? "")))
      found += try #require(page["alarms"] as? [[String: Any]]).compactMap { $0["id"] as? String }
      cursor = (page["next"] as? String)?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
    } while cursor != nil
    #expect(found.sorted() == ["52", "cam/1", "old", "sen-1"])
  }

  @Test func deedsAreDoneAndShown() async throws {
    let client = try client()
    let done = try await client.ask(
      "/v1/alarms/sen-1/acknowledge", method: .post, body: Array(#"{"note":"đang xử lý"}"#.utf8))
    let alarm = try json(done)
    #expect(done.status == .ok && alarm["state"] as? String == "acknowledged")
    #expect((alarm["acknowledged"] as? [String: Any])?["by"] as? String == "local")
    let shelved = try await client.ask(
      "/v1/alarms/sen-1/shelve", method: .post, body: Array(#"{"until":"2025-11-20T13:00:00Z"}"#.utf8))
    #expect(try json(shelved)["state"] as? String == "shelved")
    #expect(try await client.ask("/v1/alarms/sen-1/unshelve", method: .post).status == .ok)
    let shown = try json(try await client.ask("/v1/alarms/sen-1"))
    let history = try #require(shown["history"] as? [[String: Any]])
    #expect(history.map { $0["what"] as? String } == ["acknowledged", "shelved", "unshelved"])
  }

  @Test(arguments: [
    ("none/acknowledge", "{}", 404), ("sen-1/shelve", "{}", 400), ("sen-1/shelve", #"{"until":"yesterday"}"#, 400),
    ("sen-1/shelve", #"{"until":"2025-11-20T11:00:00Z"}"#, 400), ("sen-1/note", "{}", 400),
    ("sen-1/note", #"{"note": "#, 400), ("sen-1/note", #"{"note":7}"#, 400), ("sen-1/note", #"["x"]"#, 400),
    ("sen-1/note", #"{"note":"x","other":1}"#, 400), ("sen-1/note", #"{"note":"x","note":"y"}"#, 400),
    ("sen-1/unshelve", "", 400), ("old/note", #"{"note":"x"}"#, 409), ("sen-1/nonsense", "{}", 404),
    ("sen-1/note", #"{"note":""# + String(repeating: "x", count: 5_000) + #""}"#, 400),
    ("sen-1/note", String(repeating: " ", count: 70_000), 413),
  ]) func badDeedsAreRefused(_ path: String, _ body: String, _ status: Int) async throws {
    let answer = try await client().ask("/v1/alarms/" + path, method: .post, body: Array(body.utf8))
    #expect(answer.status.code == status, "\(answer)")
    #expect(answer.headers[.contentType] == "application/problem+json")
  }

  @Test func whoIsLimitedSeesTheirDevicesAlone() async throws {
    let token = AccessToken.make()
    let bearer: HTTPFields = [.authorization: "Bearer \(token)"]
    let scope = DeviceScope(areas: ["21553"])
    let client = try client(Grant(name: "xã", permissions: [.read, .operate], scope: scope), token: token)
    #expect(try await ids("", client, bearer) == ["52", "cam/1", "old", "sen-1"])
    let masked = try await client.ask("/v1/alarms/cam%2F1", headers: bearer)
    let alarm = try json(masked)
    #expect(
      alarm["children"] as? [String] == ["sen-1", "sen-2"] && (alarm["subject"] as? [String: Any])?.isEmpty == true)
    #expect(!masked.text.contains("says") && alarm["area"] is NSNull)
    let deed = try await client.ask("/v1/alarms/cam%2F1/acknowledge", method: .post, headers: bearer)
    #expect(deed.status == .forbidden)
    #expect(try await client.ask("/v1/alarms/sen-1/acknowledge", method: .post, headers: bearer).status == .ok)
    let other = try self.client(
      Grant(name: "camera", permissions: [.read], scope: DeviceScope(domains: ["security"])), token: token)
    #expect(try await ids("", other, bearer) == ["cam/1"])
    let own = try json(try await other.ask("/v1/alarms/cam%2F1", headers: bearer))
    #expect(own["children"] as? [String] == [])
    #expect(try await other.ask("/v1/alarms/sen-1", headers: bearer).status == .notFound)
    #expect(try await other.ask("/v1/alarms/cam%2F1/note", method: .post, headers: bearer).status == .forbidden)
  }

  @Test func workIsPlannedAndTakenBack() async throws {
    let client = try client()
    func plan(_ body: String) async throws -> RouterClient.Answer {
      try await client.ask("/v1/maintenance", method: .post, body: Array(body.utf8))
    }
    let times = #""from":"2025-11-20T12:00:00Z","to":"2025-11-20T13:00:00Z""#
    let planned = try await plan(#"{"area":"21553",\#(times),"note":"thay nguồn"}"#)
    let id = try json(planned)["id"] as? String
    #expect(planned.status == .created && id == "w")
    #expect(try await client.ask("/v1/maintenance").text.contains("thay nguồn"))
    for body in [
      #"{"area":"21553"}"#, "{\(times)}", #"{"area":"21553","device":"sen-1",\#(times)}"#, #"{"class":"x",\#(times)}"#,
      #"{"area":"21553","from":"2025-11-20T13:00:00Z","to":"2025-11-20T12:00:00Z"}"#,
      #"{"area":"21553","from":"1900-11-20T13:00:00Z","to":"2025-11-20T12:00:00Z"}"#,
    ] { #expect(try await plan(body).status == .badRequest, "\(body)") }
    for body in [#"{"area":"none",\#(times)}"#, #"{"device":"none",\#(times)}"#] {
      #expect(try await plan(body).status == .notFound, "\(body)")
    }
    #expect(try await client.ask("/v1/maintenance/none", method: .delete).status == .notFound)
    #expect(try await client.ask("/v1/maintenance/w", method: .delete).status == .noContent)
    #expect(try await client.ask("/v1/maintenance/w", method: .delete).status == .notFound)
  }

  @Test func whyNamesWhatIsKnown() async throws {
    let client = try client()
    let why = try json(try await client.ask("/v1/devices/sen-1/why"))
    #expect(why["device"] as? String == "sen-1" && why["status"] as? String != nil)
    #expect((why["alarms"] as? [[String: Any]])?.count == 2)
    #expect((why["causes"] as? [[String: Any]])?.isEmpty == false)
    #expect(try await client.ask("/v1/devices/none/why").status == .notFound)
  }

  @Test func rulesAreShownTriedAndReplaced() async throws {
    let client = try client()
    let shown = try json(try await client.ask("/v1/rules"))
    let rule = try #require((shown["rules"] as? [[String: Any]])?.first)
    #expect(rule["name"] as? String == "heat" && rule["alarms"] as? Int == 0 && rule["above"] as? Double == 40)
    #expect(rule["message"] as? String == "{device}: {value}")
    let trial = try json(
      try await client.ask("/v1/rules?dry_run=1&since=36h&file=a.yaml", method: .post, body: Array("x".utf8)))
    #expect(trial["dry_run"] as? Bool == true && trial["removed"] as? [String] == ["old"])
    #expect(trial["from"] as? String == "2025-11-19T00:00:00Z")
    let entry = try #require((trial["rules"] as? [[String: Any]])?.first)
    #expect((entry["trial"] as? [String: Any])?["firings"] as? Int == 3 && entry["change"] as? String == "added")
    // Nothing but blanks: the files as they are.
    let done = try json(try await client.ask("/v1/rules", method: .post, body: Array(" \n".utf8)))
    #expect(done["dry_run"] as? Bool == false && done["removed"] as? [String] == [])
    for query in ["?dry_run=2", "?since=0m", "?since=x", "?since=9000d", "?file="] {
      #expect(try await client.ask("/v1/rules" + query, method: .post).status == .badRequest, "\(query)")
    }
    #expect(try await client.ask("/v1/rules?dry_run=1").status == .badRequest)
    #expect(try await client.ask("/v1/rules", method: .post, body: Array("bad".utf8)).status == .badRequest)
    #expect(try await client.ask("/v1/rules", method: .post, body: Array("busy".utf8)).status == .serviceUnavailable)
  }
}
