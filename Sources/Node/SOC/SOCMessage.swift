import Access
import Alerts
import Primitives
import Text

/// What the security operations centre is told: a message of RFC 5424.
struct SOCMessage: Hashable, Sendable {
  var text: String
  /// The place in the audit's chain of what it tells; nil of others.
  var auditSequence: Int64?

  /// With the number of its octets before it (RFC 5425 section 4.3, RFC 6587 section 3.4.1).
  var frame: [UInt8] { Array("\(text.utf8.count) ".utf8) + text.utf8 }

  // MARK: what is told

  /// RFC 5424 section 6.2.1: log audit, security, local use 0.
  private enum Facility {
    static let audit = 13
    static let security = 10
    static let alert = 16
  }

  private enum Severity {
    static let error = 3
    static let warning = 4
    static let notice = 5
    static let information = 6
  }

  /// The structured data's name. The number is the one for examples (RFC 5612): the project has none of its own.
  private static let enterprise = "@32473"

  init(_ record: AuditRecord) {
    let line = record.line
    let severity =
      switch line.status {
      case 401, 403, 429: Severity.warning
      case 500...: Severity.error
      case 400...: Severity.notice
      default: Severity.information
      }
    var data: [(String, String)] = [
      ("sequence", String(record.sequence)), ("name", line.name), ("address", line.address), ("method", line.method),
      ("path", line.path), ("query", line.query), ("status", String(line.status)),
    ]
    for (name, number) in [("rows", line.rows), ("bytes", line.bytes), ("duration", line.durationMicros)] {
      data.append((name, number.map { String($0) } ?? ""))
    }
    data += [("previous", record.previous), ("hash", record.hash)]
    let asker = line.name.isEmpty ? "somebody" : line.name
    self.init(
      priority: Facility.audit * 8 + severity, time: line.time, node: record.node, kind: "audit", data,
      "\(asker) \(line.method) \(line.path) \(line.status)", auditSequence: record.sequence)
  }

  init(_ notice: AlertNotice) {
    let severity: Int =
      switch notice.severity {
      case "emergency": 0
      case "alert": 1
      case "critical": 2
      case "error": Severity.error
      case "warning": Severity.warning
      case "notice": Severity.notice
      default: Severity.information
      }
    let attributes = notice.attributes
    self.init(
      priority: Facility.alert * 8 + severity, time: notice.time, node: notice.node, kind: "alert",
      [
        ("id", notice.id), ("rule", attributes.rule), ("state", attributes.state), ("device", notice.device),
        ("area", attributes.area ?? ""), ("since", attributes.since),
      ], notice.message)
  }

  init(_ notice: RefusalLimiter.Notice, listener: String, node: String, at time: UnixNanos) {
    self.init(
      priority: Facility.security * 8 + Severity.warning, time: time, node: node, kind: "refused",
      [
        ("listener", listener), ("reason", notice.reason), ("address", notice.address ?? ""),
        ("device", notice.device ?? ""), ("more", String(notice.more)),
        ("sample", Hexadecimal.text(notice.sample.prefix(32))),
      ], "refused on \(listener): \(notice.reason)")
  }

  private init(
    priority: Int, time: UnixNanos, node: String, kind: String, _ data: [(String, String)], _ message: String,
    auditSequence: Int64? = nil
  ) {
    // RFC 5424 has no more than six digits behind the point.
    let whole = flooredDivision(time, by: Nanos.perMicrosecond) * Nanos.perMicrosecond
    var text = "<\(priority)>1 \(RFC3339.text(whole)) \(node) thinai - \(kind) [\(kind)\(Self.enterprise)"
    for (name, value) in data where !value.isEmpty { text += " \(name)=\"\(Self.escaped(value))\"" }
    self.text = text + "] " + Self.line(message)
    self.auditSequence = auditSequence
  }

  init(text: String, auditSequence: Int64?) {
    self.text = text
    self.auditSequence = auditSequence
  }

  /// RFC 5424 section 6.3.3. Control characters are left out: receivers take them for what they are not.
  private static func escaped(_ value: String) -> String {
    var text = ""
    for scalar in line(value).unicodeScalars {
      if scalar == "\"" || scalar == "\\" || scalar == "]" { text.unicodeScalars.append("\\") }
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  private static func line(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      line.unicodeScalars.append(scalar.value < 32 || (127..<160).contains(scalar.value) ? " " : scalar)
    }
    return line
  }
}
