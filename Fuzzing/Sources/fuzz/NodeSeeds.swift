import Access
import Alerts
import Text

@testable import Node

/// Inputs to begin with for what a node keeps above its tables, what operators write, and what is imported: as our own
/// writers have it, without the checksums, which each input gets anew.
enum NodeSeeds {
  private static let nanos: Int64 = 1_795_186_800_000_000_000

  static func seeds(of target: FuzzTarget) -> [[UInt8]] {
    switch target {
    case .alerts: [content.json.bytes, Array(oldContent.utf8)]
    case .closed: [Array([alarm("a1"), alarm("a2")].map(\.json.bytes).joined(separator: [0x0A])) + [0x0A]]
    case .outbox: [Array(outbox.utf8)]
    // With numbers, too, that no node would have written: chance alone takes long to.
    case .soc: ([sent, "\n"] + ["1,\"line\":-1", "-1,\"line\":1"].map(sent)).map { Array(($0 + outgoing).utf8) }
    case .audit: [audit, Array("x\0x\0{\"gaps\":[[1,\(Int64.max)]]}\n".utf8)]
    case .tokens: [Array(tokens.utf8)]
    case .rules: [Array(rules.utf8)]
    case .lines: [Array("0rain,device=d mm=1.5,ok=true 7\n# no\nrain,device=d s=\"mưa\\\"\" 8".utf8)]
    case .csv: tables.map { Array($0.utf8) }
    default: []
    }
  }

  // MARK: alarms

  private static func alarm(_ id: String) -> Alarm {
    let key = AlarmKey(rule: "r", scope: .device, subject: "d", values: ["port-1"])
    var alarm = Alarm(
      id: id, key: key, kind: .bound, severity: .warning, area: "52", deviceClass: "bts", opened: nanos,
      message: "Mưa lớn")
    (alarm.closed, alarm.cause, alarm.value, alarm.children) = (nanos + 5, "taken over", 61.5, ["e", "f"])
    alarm.acknowledgement = Alarm.Acknowledgement(by: "an", at: nanos + 1, note: "đang đến")
    alarm.shelf = Alarm.Shelf(by: "an", at: nanos + 2, until: nanos + 9, note: "")
    return alarm
  }

  private static var content: AlertStateFile.Content {
    var content = AlertStateFile.Content()
    content.alarms = [alarm("a1")]
    content.unclosed = [alarm("a2")]
    content.conditions = [
      AlarmCondition(
        key: alarm("a1").key, kind: .bound, severity: .warning, since: nanos, fired: nanos, message: "m", value: 1)
    ]
    content.untold = [
      AlertNotice(
        id: "1", time: 5, node: "n", device: "d", severity: "error", message: "m",
        attributes: AlertAttributes(rule: "r", state: "firing", since: "s", value: 4.5), order: "o")
    ]
    return content
  }

  /// As the version before wrote it.
  private static let oldContent =
    #"{"firing":[{"rule":"r","scope":"device","severity":"warning","subject":"d","since":1234}],"untold":[],"#
    + #""windows":[{"id":"w","area":"52","from":1,"to":2,"note":"","by":"an"}],"seen":{"settled":7,"known":{"k":8}}}"#

  // MARK: what is to be told

  private static let outbox =
    #"{"add":{"body":"{\"m\":1}","created":1795186800000000000,"id":"a","order":"o/a"}}"# + "\n"
    + #"{"done":"a"}"# + "\n" + #"{"add":{"body":"x","created":-1,"id":"b","order":""}}"#

  private static let sent = sent("1,\"line\":1")
  private static func sent(_ place: String) -> String { "{\"file\":\(place),\"audit\":4}\n" }
  private static let outgoing =
    #"{"audit":4,"message":"<108>1 2026-11-20T15:00:00Z n thinai - audit - m"}"# + "\n"
    + #"{"audit":null,"message":"<84>1 - n thinai - refused - é"}"# + "\n"

  private static var audit: [UInt8] {
    var chain = AuditChain(node: "n")
    let line = AuditLine(
      time: nanos, name: "trạm", address: "[::1]:9", method: "GET", path: "/v1/x", query: "a=b", status: 403, rows: nil,
      bytes: 7, durationMicros: 12)
    let lines = (0..<2).flatMap { _ in AuditFiles.bytes(chain.append(line)).dropFirst(9) }
    let newest = Array((#"{"sequence":2,"hash":"ab"}"# + String(repeating: " ", count: 220) + "\n").utf8)
    return lines + [0] + newest + [0] + Array("{\"gaps\":[[1,4],[7,9]]}\n".utf8)
  }

  // MARK: what operators write

  private static let tokens =
    "tokens:\n"
    + (0..<2).map { number in
      let digest = String(repeating: "\(number)f", count: 32)
      let entry = "- { name: t\(number), sha256: \"\(digest)\", scopes: [read, operate], areas: [\"52\"], domains: [], "
      return "  \(entry)agencies: [], expires: 2027-06-30, rate: 50/s }\n"
    }.joined()

  private static let rules = """
    rules:
      - { name: hot, severity: warning, measurement: weather, field: t, aggregate: max, over: 1m, above: 50, message: "{device}" }
      - { name: gone, severity: error, silence: { intervals: 3 }, class: camera, for: 1m, message: x, resolved: y }
    """

  // MARK: imports

  /// The first octet says what is known beside the columns.
  private static let tables = [
    "Atime,device,site,v,ok,s\n2026-11-20T15:00:00Z,d,a,1.5,true,x\n1795186801000000000,d,,7,false,\"a\"\"b\nc\"\n",
    "/time;v\n20/11/2026 15:00;1,5\n;\n2026-11-20 15:00:01;x\ntime;v;w\n2026-11-20 15:00:02;2;3\n",
    "A#datatype,string,long,dateTime:RFC3339,double,string,string,string\n#group,false,false,false,false,true,true,true\n"
      + "#default,_result,,,,,,\n,result,table,_time,_value,_field,_measurement,host\n"
      + ",,0,2026-11-20T00:00:00Z,20.5,t,weather,a\n,,0,x,20.5,t,weather,a\n",
  ]
}
