import Access
import Alerts
import Foundation
import HTTPTypes
import Lagoon
import Primitives
import Registry
import Testing

@testable import API

@Suite struct CAPTests {
  private static let noon = FakeModel.noon
  private var directory: RegistryDirectory {
    let model = FakeModel()
    return RegistryDirectory(model.registry.inForce, history: model.registry.history, zone: model.zone)
  }

  private func alarm(_ entries: [(Int64, Alarm.Entry.What)] = [], closed: Int64? = nil) -> Alarm {
    var alarm = Alarm(
      id: "a<1", key: AlarmKey(rule: "r", scope: .device, subject: "cam/1"), kind: .silence, severity: .warning,
      area: "21550", deviceClass: "camera", opened: Self.noon, message: "mất <tín hiệu> & \u{FFFE}\u{1}")
    alarm.history = entries.map { Alarm.Entry(at: Self.noon + $0.0 * Nanos.perSecond, what: $0.1) }
    alarm.closed = closed.map { Self.noon + $0 * Nanos.perSecond }
    return alarm
  }

  private func message(_ alarm: Alarm) -> CAPMessage { CAPMessage(alarm, sender: "n-01", directory) }

  @Test func eachMomentHasItsMessage() {
    let first = message(alarm([(0, .opened)]))
    #expect(first.kind == .alert && first.references.isEmpty && first.identifier == "a-1.\(Self.noon)")
    // A note changes nothing that others see.
    #expect(message(alarm([(0, .opened), (5, .noted), (6, .shelved)])).identifier == first.identifier)
    let update = message(alarm([(0, .opened), (5, .acknowledged), (9, .tookOver), (9, .tookOver)]))
    #expect(update.kind == .update && update.references.map(\.identifier).first == first.identifier)
    #expect(update.references.count == 2)
    let end = message(alarm([(0, .opened), (5, .acknowledged)], closed: 60))
    #expect(end.kind == .cancel && end.references.count == 2 && end.sent == Self.noon + 60 * Nanos.perSecond)
    // A clock that was set back puts the end first: the messages before it are none.
    #expect(message(alarm([(0, .opened)], closed: -5)).references.isEmpty)
    let many = message(alarm((0..<100).map { ($0, .acknowledged) }, closed: 1_000))
    #expect(many.references.count == Limits.capReferences + 1 && many.references.first?.sent == Self.noon)
  }

  @Test(arguments: [(0, "-00:00"), (7 * 3_600, "+07:00"), (-3_600, "-01:00")])
  func timesAreCAPs(offset: Int, ending: String) {
    let zone = TimeZoneRules.fixed(offsetSeconds: offset)
    let text = CAPMessage.time(Self.noon + 5, zone)
    #expect(text.hasSuffix(ending) && text.count == 25 && !text.contains("."))
    for time in [Int64.min, .max] { #expect(CAPMessage.time(time, zone).count == 25) }
  }

  @Test func textsStayTexts() throws {
    var xml = HTMLWriter()
    message(alarm()).write(to: &xml)
    let text = String(decoding: xml.bytes, as: UTF8.self)
    #expect(text.contains("<description>mất &lt;tín hiệu&gt; &amp; ?\u{FFFD}</description>"))
    #expect(text.contains("<areaDesc>Cổng &quot;A&quot;, Quy Nhơn</areaDesc><circle>13.77,109.22 0</circle>"))
    #expect(text.contains("<identifier>a-1.") && text.contains("<category>Infra</category>"))
    let parser = XMLElements()
    #expect(parser.names(of: text).starts(with: ["alert", "identifier", "sender", "sent", "status", "msgType"]))
  }

  @Test func theFeedHasAPageAndAnother() async throws {
    let client = RouterClient(FakeModel())
    let answer = try await client.ask("/v1/alarms.cap?limit=1&severity=error")
    #expect(answer.status == .ok && answer.headers[.contentType] == "application/atom+xml; charset=utf-8")
    let link = try #require(answer.text.firstMatch(of: #/rel="next" type="[^"]*" href="([^"]*)"/#)).output.1
    let next = try await client.ask(String(link).replacing("&amp;", with: "&"))
    #expect(next.status == .ok && next.text.contains("<entry>") && next.text != answer.text)
    // What is over is there as its end; the link leads to it.
    let all = try await client.ask("/v1/alarms.cap").text
    #expect(all.contains("<msgType>Cancel</msgType>") && all.contains("href=\"/v1/alarms/cam%2F1/cap\""))
    #expect(XMLElements().names(of: all).count { $0 == "entry" } == 4)
    let one = try await client.ask("/v1/alarms/cam%2F1/cap")
    #expect(one.status == .ok && one.headers[.contentType] == "application/cap+xml; charset=utf-8")
    #expect(try await client.ask("/v1/alarms/none/cap").status == .notFound)
    #expect(try await client.ask("/v1/alarms.cap?area=none").status == .notFound)
    _ = try await client.ask(
      "/v1/alarms/sen-1/shelve", method: .post, body: Array(#"{"until":"2025-11-20T13:00:00Z"}"#.utf8))
  }

  @Test func whoIsLimitedSeesTheirsAlone() async throws {
    let token = AccessToken.make()
    let grant = Grant(name: "xã", permissions: [.read], scope: DeviceScope(areas: ["21553"]))
    let control = AccessControl(tokens: try TokenBook([(AccessToken.digest(token), grant)]))
    let client = RouterClient(FakeModel(), control: control)
    let bearer: HTTPFields = [.authorization: "Bearer \(token)"]
    let feed = try await client.ask("/v1/alarms.cap", headers: bearer)
    // That there is a cause outside is all that is said of it.
    #expect(feed.status == .ok && !feed.text.contains("cam/1 says") && !feed.text.contains("13.77"))
    #expect(feed.text.contains("<value>sen-1</value>"))
    let masked = try await client.ask("/v1/alarms/cam%2F1/cap", headers: bearer)
    #expect(masked.status == .ok && masked.text.contains("thiết bị im lặng") && !masked.text.contains("Cổng"))
    #expect(try await client.ask("/v1/alarms.cap").status == .unauthorized)
  }

  /// Names of elements, in order; none if it is no XML.
  private final class XMLElements {
    func names(of text: String) -> [String] {
      var open: [String] = []
      var names: [String] = []
      for match in text.matches(of: #/<(/?)([A-Za-z]+)[^<>]*?(/?)>/#) {
        let name = String(match.output.2)
        if !match.output.1.isEmpty {
          if open.popLast() != name { return [] }
        } else {
          names.append(name)
          if match.output.3.isEmpty { open.append(name) }
        }
      }
      return open.isEmpty ? names : []
    }
  }
}
