@testable import API
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@Suite struct RouteTests {
  struct Answer {
    var status: Int
    var headers: HTTPFields
    var text: String

    /// The answer as Foundation reads it: a reader that is not ours.
    var json: [String: Any] {
      get throws {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      }
    }
  }

  static func ask(
    _ uri: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:], model: FakeModel = FakeModel()
  ) async throws -> Answer {
    let answer = try await RouterClient(model).ask(uri, method: method, headers: headers)
    return Answer(status: answer.status.code, headers: answer.headers, text: answer.text)
  }

  static func problem(_ uri: String, _ status: Int, method: HTTPRequest.Method = .get) async throws -> [String: Any] {
    let answer = try await ask(uri, method: method)
    #expect(answer.status == status, "\(uri)")
    #expect(answer.headers[.contentType] == "application/problem+json")
    let json = try answer.json
    #expect(json["status"] as? Int == status && (json["type"] as? String)?.hasPrefix("urn:thinai:problem:") == true)
    #expect((json["title"] as? String)?.isEmpty == false)
    return json
  }

  static let range = "from=2025-11-20T11:00:00Z&to=2025-11-20T19:00:00%2B07:00"

  @Test func rollupsAnswerAsTheDesignHasThem() async throws {
    let answer = try await Self.ask(
      "/v1/rollups?measurement=weather&field=t&step=5m&\(Self.range)&aggregate=count,sum,max,p50&group_by=area")
    let wanted =
      #"{"measurement":"weather","field":"t","step":"5m","from":"2025-11-20T11:00:00Z","to":"2025-11-20T12:00:00Z","#
      + #""watermark":"2025-11-20T11:59:59.999999999Z","version":1763639997999,"groups":["#
      + #"{"by":{"area":""},"buckets":[{"time":"2025-11-20T11:55:00Z","count":1,"sum":4,"max":4,"p50":4,"complete":false}]},"#
      + #"{"by":{"area":"21553"},"buckets":["#
      + #"{"time":"2025-11-20T11:50:00Z","count":3,"sum":1e+300,"max":1e+300,"p50":30.1,"complete":true}]}]}"#
    #expect(answer.status == 200 && answer.text == wanted)
    #expect(answer.headers[.contentType] == "application/json")
  }

  @Test func rollupsHaveDefaults() async throws {
    let answer = try await Self.ask("/v1/rollups?measurement=weather&field=n&step=1d")
    let json = try answer.json
    #expect(json["from"] as? String == "2025-11-19T17:00:00Z" && json["to"] as? String == "2025-11-20T17:00:00Z")
    let groups = try #require(json["groups"] as? [[String: Any]])
    #expect((groups[0]["by"] as? [String: Any])?.isEmpty == true)
    let bucket = try #require((groups[0]["buckets"] as? [[String: Any]])?.first)
    #expect(Set(bucket.keys) == ["time", "avg", "min", "max", "count", "complete"])
    #expect(bucket["avg"] as? Int == 7 && bucket["time"] as? String == "2025-11-19T17:00:00Z")
  }

  @Test func rollupsAreCSVIfAskedTo() async throws {
    let answer = try await Self.ask(
      "/v1/rollups?measurement=weather&field=t&step=1h&\(Self.range)&aggregate=count,min&group_by=device&format=csv")
    let wanted = [
      "device,time,count,min,complete", "sen-1,2025-11-20T11:00:00Z,2,-0.05,false",
      "sen-2,2025-11-20T11:00:00Z,1,30.1,false",
      "stranger,2025-11-20T11:00:00Z,1,4,false", "",
    ]
    #expect(answer.text == wanted.joined(separator: "\r\n"))
    #expect(answer.headers[.contentType]?.hasPrefix("text/csv") == true)
  }

  @Test func valuesAreWhatWasSent() async throws {
    let answer = try await Self.ask("/v1/devices/sen-1/readings?measurement=weather")
    let wanted =
      #"{"device":"sen-1","measurement":"weather","rows":["#
      + #"{"time":"2025-11-20T11:51:00Z","fields":{"t":-0.05,"n":7}},"#
      + #"{"time":"2025-11-20T11:52:00Z","fields":{"t":1e+300,"open":true}},"#
      + #"{"time":"2025-11-20T11:58:00Z","fields":{"t":null}}],"next":null}"#
    #expect(answer.text == wanted)
    let csv = try await Self.ask("/v1/devices/sen-1/readings?measurement=weather&format=csv&limit=2")
    #expect(csv.text == "time,n,open,t\r\n2025-11-20T11:51:00Z,7,,-0.05\r\n2025-11-20T11:52:00Z,,true,1e+300\r\n")
    let next = try #require(csv.headers[HTTPField.Name("Next-Cursor")!])
    let rest = try await Self.ask("/v1/devices/sen-1/readings?measurement=weather&cursor=\(next)")
    #expect((try rest.json["rows"] as? [Any])?.count == 1)
  }

  @Test func latestPages() async throws {
    let first = try await Self.ask("/v1/latest?limit=2").json
    let rows = try #require(first["rows"] as? [[String: Any]])
    #expect(rows.map { $0["device"] as? String } == ["sen-1", "sen-2"])
    #expect((rows[1]["fields"] as? [String: Any])?["t"] as? Double == 30.1)
    let next = try #require(first["next"] as? String)
    let second = try await Self.ask("/v1/latest?limit=2&cursor=\(next)").json
    #expect((second["rows"] as? [[String: Any]])?.map { $0["device"] as? String } == ["stranger"])
    #expect(second["next"] is NSNull)
  }

  @Test func devicesSayWhetherTheyAreHeard() async throws {
    let answer = try await Self.ask("/v1/devices").json
    let devices = try #require(answer["devices"] as? [[String: Any]])
    #expect(devices.map { $0["id"] as? String } == ["cam/1", "sen-1", "sen-2", "stranger"])
    #expect(devices.map { $0["status"] as? String } == ["live", "live", "silent", "unknown"])
    #expect(devices[0]["name"] as? String == "Cổng \"A\"" && devices[0]["latitude"] as? Double == 13.77)
    #expect(devices[3]["class"] is NSNull && devices[1]["last_seen"] as? String == "2025-11-20T11:58:00Z")
    let one = try await Self.ask("/v1/devices/cam%2F1").json
    #expect((one["devices"] as? [[String: Any]])?.map { $0["id"] as? String } == ["cam/1"])
    let area = try await Self.ask("/v1/devices?area=52&class=sensor").json
    #expect((area["devices"] as? [[String: Any]])?.count == 2)
    let page = try await Self.ask("/v1/devices?limit=3").json
    let next = try #require(page["next"] as? String)
    let rest = try await Self.ask("/v1/devices?limit=3&cursor=\(next)").json
    #expect((rest["devices"] as? [[String: Any]])?.count == 1)
  }

  @Test func devicesAreCounted() async throws {
    func counted(_ question: String) async throws -> String { try await Self.ask("/v1/counts" + question).text }
    func count(_ live: Int, _ silent: Int, _ never: Int, _ unknown: Int, late: Int = 0) -> String {
      #""devices":\#(live + silent + unknown),"live":\#(live),"late":\#(late),"silent":\#(silent),"never":\#(never),"#
        + #""unknown":\#(unknown)}"#
    }
    let one = try await counted("?class=camera")
    let camera = count(1, 0, 0, 0)
    #expect(
      one == #"{"total":{\#(camera),"classes":[{"class":"camera",\#(camera)],"#
        + #""areas":[{"area":"21550",\#(camera)],"area_count":1}"#)
    let all = try await counted("?limit=1")
    #expect(all.hasPrefix(#"{"total":{"# + count(2, 1, 0, 1)) && all.contains(#"{"class":null,"# + count(0, 0, 0, 1)))
    #expect(all.contains(#""areas":[{"area":"21553","# + count(1, 1, 0, 0) + #"],"area_count":2}"#), "\(all)")
    #expect(try await Self.ask("/v1/counts?limit=0").status == 400)
    #expect(try await Self.ask("/v1/counts?class=nothing").status == 400)
    #expect(try await Self.ask("/v1/counts?area=nowhere").status == 404)
  }

  @Test func eventsCarryTheirAttributes() async throws {
    let answer = try await Self.ask("/v1/events")
    let events = try #require(try answer.json["events"] as? [[String: Any]])
    #expect(events.map { $0["severity"] as? String } == ["error", "info", "warning"])
    #expect(events[0]["message"] as? String == "door\nopen \u{1}")
    #expect(((events[0]["attributes"] as? [String: Any])?["a"] as? [String: Any])?["b"] as? String == "c")
    #expect((events[1]["attributes"] as? [String: Any])?.isEmpty == true)
    #expect((events[2]["attributes"] as? [String: Any])?["text"] as? String == "not json")
    #expect(events[1]["time"] as? String == "2025-11-20T11:59:58.999999Z")
    let some = try await Self.ask("/v1/events?severity=error,warning&kind=trap&class=camera").json
    #expect((some["events"] as? [[String: Any]])?.count == 1)
  }

  @Test func theNodeTellsOfItself() async throws {
    let ledger = try await Self.ask("/v1/ledger").json
    let line = try #require((ledger["listeners"] as? [String: Any])?["se\"ns"] as? [String: Any])
    #expect(ledger["balanced"] as? Bool == true && line["protocol"] as? String == "line")
    #expect((line["rejected"] as? [String: Int]) == ["line_bad_value": 1] && line["stored"] as? Int == 5)
    #expect((ledger["total"] as? [String: Any])?["received"] as? Int == 5)
    let metrics = try await Self.ask("/metrics").text
    #expect(metrics.contains("# TYPE thinai_datagrams_received_total counter\n"))
    #expect(metrics.contains("thinai_datagrams_received_total{listener=\"se\\\"ns\",protocol=\"line\"} 5\n"))
    #expect(
      metrics.contains(
        "thinai_datagrams_rejected_total{listener=\"se\\\"ns\",protocol=\"line\",reason=\"line_bad_value\"} 1\n"))
    #expect(metrics.contains("\nthinai_rows_unsealed 4\n"))
    let areas = try #require(try await Self.ask("/v1/areas").json["areas"] as? [[String: Any]])
    #expect(areas.map { $0["code"] as? String } == ["52", "21550", "21553"])
    #expect(areas[2]["valid_from"] as? String == "2025-07-01" && areas[0]["parent"] is NSNull)
    let measurements = try #require(try await Self.ask("/v1/measurements").json["measurements"] as? [[String: Any]])
    #expect(measurements.count == 1 && measurements[0]["rows"] as? Int == 5)
    #expect(try await Self.ask("/healthz").status == 200)
    #expect(try await Self.ask("/readyz").status == 200)
    let busy = try await Self.ask("/readyz", model: FakeModel(complaints: ["recovering"]))
    let complaint = try busy.json["detail"] as? String
    #expect(busy.status == 503 && complaint == "recovering")
  }

  @Test(arguments: [
    "/v1/rollups?field=t&step=5m", "/v1/rollups?measurement=weather&field=t", "/v1/latest?limit=0",
    "/v1/latest?limit=10001", "/v1/latest?limit=x", "/v1/latest?cursor=zz", "/v1/latest?colour=red",
    "/v1/latest?area=", "/v1/latest?area=1&area=2", "/v1/latest?area=%zz", "/v1/events?from=yesterday",
    "/v1/events?cursor=1", "/v1/devices?status=asleep", "/v1/devices?cursor=abc",
    "/v1/rollups?measurement=weather&field=t&step=5s", "/v1/rollups?measurement=weather&field=t&step=5m&aggregate=mean",
    "/v1/rollups?measurement=weather&field=t&step=5m&group_by=colour",
    "/v1/rollups?measurement=weather&field=t&step=5m&format=xml",
    "/v1/rollups?measurement=weather&field=t&step=5m&from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z",
    "/v1/devices/sen-1/readings", "/metrics?x=1",
  ])
  func badParametersAreNamed(uri: String) async throws {
    let problem = try await Self.problem(uri, 400)
    let parameter = try #require(problem["parameter"] as? String)
    #expect((problem["detail"] as? String)?.contains(parameter) == true)
  }

  @Test(arguments: [
    "/", "/v1", "/v1/nothing", "/v1/qualities", "/v1/devices/a/b/c",
    "/v1/devices/nobody", "/v1/rollups?measurement=none&field=t&step=5m",
    "/v1/rollups?measurement=weather&field=none&step=5m", "/v1/latest?measurement=none",
    "/v1/devices/sen-1/readings?measurement=none",
  ])
  func whatIsNotThereIs404(uri: String) async throws {
    _ = try await Self.problem(uri, 404)
  }

  @Test func otherMethodsAreRefused() async throws {
    for path in ["/v1/latest", "/v1/devices/x", "/healthz"] {
      for method in [HTTPRequest.Method.post, .put, .delete, .patch, .options] {
        _ = try await Self.problem(path, 405, method: method)
      }
    }
    #expect(try await Self.ask("/v1/latest", method: .post).headers[.allow] == "GET, HEAD")
    let head = try await Self.ask("/v1/latest", method: .head)
    #expect(head.status == 200 && head.text.isEmpty)
  }

  @Test func faultsOfTheServerSayNothingOfItsInside() async throws {
    let answer = try await Self.ask("/v1/latest", model: FakeModel(isBroken: true))
    #expect(answer.status == 500 && !answer.text.contains("Unreadable"))
    #expect(try answer.json["type"] as? String == "urn:thinai:problem:internal")
  }

  @Test func tooManyBucketsAreRefused() async throws {
    let problem = try await Self.problem(
      "/v1/rollups?measurement=weather&field=t&step=1m&from=1900-01-01T00:00:00Z&to=2025-01-01T00:00:00Z", 400)
    #expect(problem["type"] as? String == "urn:thinai:problem:too-large")
  }
}
