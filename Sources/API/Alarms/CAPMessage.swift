import Alerts
import Lagoon
import Primitives
import Registry
import Text

/// What an alarm says as a message of the Common Alerting Protocol (OASIS CAP 1.2), made of what became of it: so the same
/// moment gives the same message, with the same identifier, however often it is asked for.
struct CAPMessage {
  /// CAP's `msgType`.
  enum Kind: String {
    case alert = "Alert"
    case update = "Update"
    case cancel = "Cancel"
  }

  let alarm: Alarm
  let kind: Kind
  let identifier: String
  let sent: UnixNanos
  /// Earlier messages of the same alarm, the first one and the newest ones.
  let references: [(identifier: String, sent: UnixNanos)]
  private let sender: String
  private let directory: RegistryDirectory

  static let namespace: StaticString = "urn:oasis:names:tc:emergency:cap:1.2"
  private static let headlineLength = 160

  init(_ alarm: Alarm, sender: String, _ directory: RegistryDirectory) {
    self.alarm = alarm
    self.sender = sender
    self.directory = directory
    let times = Self.times(of: alarm)
    sent = times.last ?? alarm.opened
    identifier = Self.identifier(alarm, sent)
    kind = alarm.closed != nil ? .cancel : times.count > 1 ? .update : .alert
    let earlier = times.dropLast()
    let kept = earlier.count > Limits.capReferences ? earlier.prefix(1) + earlier.suffix(Limits.capReferences) : earlier
    references = kept.map { (Self.identifier(alarm, $0), $0) }
  }

  /// When there was something to say of it, oldest first. Notes are for those who look after it.
  private static func times(of alarm: Alarm) -> [UnixNanos] {
    var times: Set<UnixNanos> = [alarm.opened]
    for entry in alarm.history {
      switch entry.what {
      case .acknowledged, .unshelved, .tookOver: times.insert(entry.at)
      case .opened, .closed, .shelved, .noted: break
      }
    }
    // A clock that was set back lets nothing come behind the end.
    if let closed = alarm.closed { times = times.filter { $0 < closed }.union([closed]) }
    return times.sorted()
  }

  /// CAP allows neither blanks nor commas, `<` and `&`.
  private static func identifier(_ alarm: Alarm, _ time: UnixNanos) -> String {
    let id = alarm.id.utf8.map { byte in
      PercentCoding.isUnreserved(byte) ? Character(Unicode.Scalar(byte)) : "-"
    }
    return "\(String(id)).\(time)"
  }

  /// As CAP has times: whole seconds, and UTC as `-00:00`.
  static func time(_ time: UnixNanos, _ zone: TimeZoneRules) -> String {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    let offset = zone.offsetSeconds(atUTC: seconds)
    let (whole, isBeyond) = seconds.multipliedReportingOverflow(by: Nanos.perSecond)
    let text = RFC3339.text(isBeyond ? 0 : whole, offsetSeconds: offset)
    return text.hasSuffix("Z") ? text.dropLast() + "-00:00" : text
  }

  // MARK: what it says

  /// Writes `<alert>`.
  func write(to xml: inout HTMLWriter) {
    xml.markup("<alert xmlns=\"")
    xml.markup(Self.namespace)
    xml.markup("\">")
    xml.element("identifier", identifier)
    xml.element("sender", sender)
    xml.element("sent", Self.time(sent, directory.zone))
    xml.element("status", "Actual")
    xml.element("msgType", kind.rawValue)
    xml.element("source", alarm.key.rule)
    xml.element("scope", "Restricted")
    xml.element("restriction", "Dành cho trung tâm điều hành / for operators")
    if !references.isEmpty {
      let texts = references.map { "\(sender),\($0.identifier),\(Self.time($0.sent, directory.zone))" }
      xml.element("references", texts.joined(separator: " "))
    }
    if let cause = alarm.cause, kind == .cancel { xml.element("incidents", "\"\(cause.filter { $0 != "\"" })\"") }
    xml.markup("<info>")
    writeInfo(to: &xml)
    xml.markup("</info></alert>")
  }

  private func writeInfo(to xml: inout HTMLWriter) {
    xml.element("language", "vi-VN")
    xml.element("category", category)
    xml.element("event", alarm.key.rule)
    xml.element("responseType", kind == .cancel ? "AllClear" : "Assess")
    xml.element("urgency", kind == .cancel ? "Past" : "Immediate")
    xml.element("severity", severity)
    xml.element("certainty", "Observed")
    xml.element("effective", Self.time(sent, directory.zone))
    xml.element("onset", Self.time(alarm.opened, directory.zone))
    xml.element("senderName", sender)
    xml.element("headline", String(message.prefix(Self.headlineLength)))
    xml.element("description", message)
    parameter("alarm", alarm.id, &xml)
    parameter("severity", alarm.severity.name, &xml)
    if let device = alarm.key.device { parameter("device", device, &xml) }
    if !alarm.deviceClass.isEmpty { parameter("class", alarm.deviceClass, &xml) }
    if !alarm.key.values.isEmpty { parameter("key", alarm.key.values.joined(separator: ","), &xml) }
    if let value = alarm.value { parameter("value", AlertMessage.text(of: value), &xml) }
    if let done = alarm.acknowledgement {
      parameter("acknowledged", "\(done.by) \(Self.time(done.at, directory.zone))", &xml)
    }
    writeArea(to: &xml)
  }

  private var message: String { kind == .cancel ? alarm.ending ?? "resolved: \(alarm.message)" : alarm.message }

  private func parameter(_ name: String, _ value: String, _ xml: inout HTMLWriter) {
    xml.markup("<parameter>")
    xml.element("valueName", name)
    xml.element("value", value)
    xml.markup("</parameter>")
  }

  /// What stands in the field is infrastructure; what it measures is the environment.
  private var category: String { alarm.kind == .bound && alarm.deviceClass == "sensor" ? "Env" : "Infra" }

  private var severity: String {
    switch alarm.severity {
    case .emergency, .alert: "Extreme"
    case .critical, .error: "Severe"
    case .warning: "Moderate"
    case .notice, .informational, .debug: "Minor"
    }
  }

  private func writeArea(to xml: inout HTMLWriter) {
    let device = alarm.key.device.flatMap { directory.device($0, at: alarm.opened) }
    let day = directory.day(of: alarm.opened)
    let area = directory.registry.areas.area(code: alarm.area, on: day).map { $0.name.isEmpty ? $0.code : $0.name }
    let names = [device?.name ?? "", area ?? alarm.area].filter { !$0.isEmpty }
    xml.markup("<area>")
    xml.element("areaDesc", names.isEmpty ? alarm.key.device ?? sender : names.joined(separator: ", "))
    if let latitude = device?.latitude, let longitude = device?.longitude {
      // A place without an extent.
      xml.element("circle", "\(latitude),\(longitude) 0")
    }
    if !alarm.area.isEmpty {
      xml.markup("<geocode>")
      xml.element("valueName", "VN-area")
      xml.element("value", alarm.area)
      xml.markup("</geocode>")
    }
    xml.markup("</area>")
  }

  // MARK: an entry

  /// Writes an `<entry>` of Atom (RFC 4287) that holds the message and leads to it.
  func writeEntry(to xml: inout HTMLWriter) {
    xml.markup("<entry>")
    xml.element("id", "urn:thinai:\(sender):\(identifier)")
    xml.element("title", String(message.prefix(Self.headlineLength)))
    xml.element("updated", RFC3339.text(sent, .milliseconds))
    xml.element("published", RFC3339.text(alarm.opened, .milliseconds))
    xml.markup("<category term=\"")
    xml.text(alarm.key.rule)
    xml.markup("\"/><link rel=\"alternate\" type=\"application/cap+xml\" href=\"")
    xml.text("/v1/alarms/\(PercentCoding.encode(alarm.id))/cap")
    xml.markup("\"/>")
    xml.element("summary", message)
    xml.markup("<content type=\"application/cap+xml\">")
    write(to: &xml)
    xml.markup("</content></entry>\n")
  }
}

extension HTMLWriter {
  /// An element that holds a text. What XML has no place for is a question mark.
  mutating func element(_ name: StaticString, _ text: String) {
    markup("<")
    markup(name)
    markup(">")
    let isWhole = !text.unicodeScalars.contains { $0.value == 0xFFFE || $0.value == 0xFFFF }
    self.text(isWhole ? text : String(text.map { $0 == "\u{FFFE}" || $0 == "\u{FFFF}" ? "?" : $0 }))
    markup("</")
    markup(name)
    markup(">")
  }
}
