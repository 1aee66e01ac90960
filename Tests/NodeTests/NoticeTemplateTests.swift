import Alerts
import Foundation
import Testing
import Text

@testable import Node

@Suite struct NoticeTemplateTests {
  /// As it waits in an outbox.
  static func notice(
    _ id: String = "n1", message: String = "Mưa \"lớn\"\n<52>", severity: String = "warning", state: String = "firing",
    device: String = "sen-1", value: Double? = 61.2, time: String = "2026-11-20T07:12:30.120Z",
    rule: String = "mua-lon",
    alarm: String = "a1", children: [String] = []
  ) -> JSONValue {
    let attributes = AlertAttributes(
      rule: rule, state: state, since: "2026-11-20T07:07:30.118Z", value: value, threshold: 50, alarm: alarm,
      children: children)
    let notice = AlertNotice(
      id: id, time: 0, node: "n-01", device: device, severity: severity, message: message, attributes: attributes,
      order: "o/" + device,
      subject: NoticeSubject(name: "Cầu A", areaCode: "21553", areaName: "Quy Nhơn", deviceClass: "sensor"))
    var members = ((try? JSONReader.read(notice.body)) ?? .null).members
    for place in members.indices where members[place].name == "time" { members[place].value = .string(time) }
    return .object(members)
  }

  private func filled(
    _ text: String, form: NoticeTemplate.Form? = nil, _ notices: [JSONValue] = [notice()]
  ) throws -> String {
    try NoticeTemplate(text, form: form).line(NoticeFields(id: "g1", notices: notices))
  }

  @Test func valuesOfJSONStayValues() throws {
    let text = try filled(
      #"{"text": "{severity}: {message}", "value": {value}, "rule": {rule}, "n": {count}, "none": {cause}, "q": "\"{name}"}"#
    )
    let json = try JSONReader.read(Array(text.utf8))
    #expect(json["text"]?.text == "warning: Mưa \"lớn\"\n<52>")
    #expect(json["value"] == .number(61.2) && json["rule"] == "mua-lon" && json["n"] == 1)
    #expect(json["none"] == .null && json["q"]?.text == "\"Cầu A")
  }

  @Test func otherFormsAreEscapedTheirWay() throws {
    #expect(try filled("[{rule}] {message}") == "[mua-lon] Mưa \"lớn\"\n<52>")
    #expect(try filled("<m>{message}</m>", form: .xml) == "<m>Mưa &quot;lớn&quot;\n&lt;52&gt;</m>")
    #expect(try filled("text={area}&v={value}", form: .form) == "text=Quy%20Nh%C6%A1n&v=61.2")
    #expect(
      try filled("{area_code} {area_name} {class} {key}|{device} {threshold} {node} {kind} {alarm} {id}")
        == "21553 Quy Nhơn sensor |sen-1 50 n-01 alert.mua-lon a1 g1")
    #expect(try NoticeTemplate("[1, {value}]", form: nil).form == .json)
    #expect(try NoticeTemplate("[{rule}] x", form: nil).form == .text)
    for (type, form) in [
      ("application/json", NoticeTemplate.Form.json), ("application/cloudevents+json; charset=utf-8", .json),
      ("text/html", .xml), ("Application/XML", .xml), ("text/plain", .text),
      ("application/x-www-form-urlencoded", .form),
    ] { #expect(NoticeTemplate.Form(contentType: type) == form) }
  }

  @Test(arguments: [
    ("{mesage}", "{mesage} is none of {aggregate}, {alarm}, {alerts}"), (#"{"a": {b}}"#, "{b} is none of"),
    (#"{"a": "#, "it is no JSON"), (#"{"a": "{message}""#, "it is no JSON"),
    (String(repeating: "x", count: 65_537), "has more than 65536 octets"),
    (String(repeating: "{rule}", count: 65), "has more than 64 places"),
  ]) func whatIsNoTemplateIsNamed(text: String, cause: String) {
    #expect { _ = try NoticeTemplate(text, form: nil) } throws: { "\($0)".contains(cause) }
  }

  @Test func manyAreSaidAsOne() throws {
    let many = [
      Self.notice("n1", message: "một", severity: "warning", state: "resolved", time: "2026-11-20T07:12:30.120Z"),
      Self.notice(
        "n2", message: "hai", severity: "critical", device: "sen-2", value: 2, time: "2026-11-20T07:13:00.000Z",
        children: ["a", "b"]),
      Self.notice("n3", message: "ba", severity: "notice", device: "sen-1", time: "2026-11-20T07:12:00.000Z"),
    ]
    let text = try filled("{count} {severity} {state} {time} {device} {value} {rule} {children}\n{message}", many)
    #expect(
      text
        == "3 critical firing 2026-11-20T07:13:00.000Z sen-1, sen-2 61.2, 2 mua-lon a, b\nmột\nhai\nba")
    let json = try JSONReader.read(Array(try filled(#"{"alerts": {alerts}, "list": "{alerts}"}"#, many).utf8))
    #expect(json["alerts"]?.elements.count == 3 && json["alerts"]?.elements[1]["id"] == "n2")
    #expect(json["list"] == "một\nhai\nba")
    let all = NoticeFields(id: "g", notices: (0..<30).map { Self.notice(device: "d\($0)") })
    #expect(all.value(.device).text?.hasSuffix("d19, …") == true && all.gravest == .warning && all.isFiring)
    #expect(NoticeFields(id: "g", notices: []).value(.message) == "")
  }

  /// By `YAMLText`.
  @Test func yamlIsWrittenAsJSON() throws {
    let text =
      "node: n\nwebhooks:\n  - { name: a, url: \"http://a.vn/\", body: { chat: -100, text: \"{message}\", on: true,"
      + " list: [1.5, null, \"2\", x], \"{\": 1 } }"
    let read = try ConfigurationReader.read(text, file: "c.yaml")
    let template = try #require(read.alerts.webhooks.first?.body)
    let line = template.line(NoticeFields(id: "g", notices: [Self.notice(message: "a\"b")]))
    #expect(line == #"{"chat":-100,"text":"a\"b","on":true,"list":[1.5,null,"2","x"],"{":1}"#)
  }
}
