import Alerts
import Primitives
import Text

/// Tells people by mail. One whom the server refuses costs nobody else: who was told is kept, and the others are tried again.
struct MailChannel: ReceiverChannel {
  let settings: MailSettings
  let node: String
  let transport: (any MailTransport)?

  init(_ settings: MailSettings, node: String, transport: (any MailTransport)?) {
    self.settings = settings
    self.node = node
    self.transport = transport
  }

  /// Who is slow to be reached keeps nobody from what is about other things.
  var gathering: OutboxGathering { OutboxGathering(windowNanos: settings.choice.groupNanos, isStrict: false) }

  func send(_ batch: OutboxBatch, isStopping: @escaping @Sendable () -> Bool) -> SendOutcome {
    guard let transport else { return .failed("this program sends no mail") }
    let notices = batch.notices
    // Nobody can read what it said.
    if notices.isEmpty { return SendOutcome(refused: batch.ids) }
    let left = settings.to.map(\.address).filter { !batch.doneParts.contains($0) }
    if left.isEmpty { return .taken(batch) }
    let message = message(NoticeFields(id: batch.id, notices: notices))
    do {
      let connection = try transport.open(settings)
      defer { connection.close() }
      var dialogue = SMTPDialogue(connection, settings, greeting: greeting, isStopping: isStopping)
      return outcome(try dialogue.run(message.bytes, to: left), of: batch)
    } catch {
      return .failed("\(settings.host): \(error)")
    }
  }

  /// A name that could be a host's.
  private var greeting: String { "\(node.replacing("_", with: "-")).\(settings.from.domain)" }

  private func outcome(_ result: SMTPDialogue.Outcome, of batch: OutboxBatch) -> SendOutcome {
    var outcome = SendOutcome()
    for recipient in result.taken { outcome.remarks[recipient] = .some(nil) }
    for (recipient, cause) in result.refused { outcome.remarks[recipient] = "\(recipient) is refused: \(cause)" }
    if let refusal = result.refusal {
      outcome.remarks["mail"] = "\(settings.host) refused a mail: \(refusal)"
      outcome.refused = batch.ids
      return outcome
    }
    outcome.doneParts = Set(result.taken).union(result.refused.keys)
    if result.postponed.isEmpty {
      let wasTold = !result.taken.isEmpty || !batch.doneParts.isEmpty
      if wasTold { outcome.taken = batch.ids } else { outcome.refused = batch.ids }
    } else {
      outcome.failure = result.postponed.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        .joined(separator: "; ")
    }
    return outcome
  }

  // MARK: words

  private func message(_ fields: NoticeFields) -> MailMessage {
    let notices = fields.notices
    let domain = settings.from.domain
    var message = MailMessage(
      from: settings.from, to: settings.to, subject: settings.subject?.line(fields) ?? subject(fields),
      text: settings.body?.line(fields) ?? text(fields), time: time(fields), messageID: "\(fields.id)@\(domain)")
    if notices.count == 1, !fields.isFiring, let alarm = notices.first?["attributes"]?["alarm"]?.text {
      // Mails of one alarm stand together.
      let begin = AlarmWording.noticeID(notices.first?["node"]?.text ?? node, alarm: alarm, state: "firing")
      message.inReplyTo = "\(begin)@\(domain)"
    }
    message.isUrgent = fields.isFiring && (fields.gravest?.isAtLeast(.critical) ?? false)
    return message
  }

  private func time(_ fields: NoticeFields) -> UnixNanos {
    fields.value(.time).text.flatMap { RFC3339.parse($0) } ?? 0
  }

  private func subject(_ fields: NoticeFields) -> String {
    let first = fields.notices.first?["message"]?.text ?? ""
    let level = (fields.gravest?.name ?? "").uppercased()
    let more = fields.notices.count > 1 ? " (+\(fields.notices.count - 1))" : ""
    return fields.isFiring ? "[\(level)] \(first)\(more)" : "[OK] \(first)\(more)"
  }

  /// What people read: what is said, and below it what it is about.
  private func text(_ fields: NoticeFields) -> String {
    fields.notices.map { text(of: $0) }.joined(separator: "\n")
  }

  private func text(of notice: JSONValue) -> String {
    let attributes = notice["attributes"] ?? .null
    let area = [notice["area_name"]?.text, notice["area_code"]?.text.map { "(\($0))" }].compactMap { $0 }
    let children = attributes["children"]?.elements ?? []
    let listed = children.prefix(Limits.alertmanagerChildren).map { NoticeFields.text($0) }.joined(separator: ", ")
    let device = notice["device"]?.text == notice["node"]?.text ? nil : notice["device"]?.text
    let lines: [(String, String?)] = [
      ("Mức độ / severity", notice["severity"]?.text), ("Trạng thái / state", attributes["state"]?.text),
      ("Thiết bị / device", device), ("Tên / name", notice["name"]?.text),
      ("Khu vực / area", area.isEmpty ? nil : area.joined(separator: " ")),
      ("Từ lúc / since", attributes["since"]?.text), ("Lúc / time", notice["time"]?.text),
      ("Giá trị / value", attributes["value"].map { NoticeFields.text($0) }),
      ("Ngưỡng / threshold", attributes["threshold"].map { NoticeFields.text($0) }),
      ("Nguyên nhân / cause", attributes["cause"]?.text),
      ("Gồm / devices", children.isEmpty ? nil : "\(children.count): \(listed)"),
      ("Quy tắc / rule", attributes["rule"]?.text), ("Nút / node", notice["node"]?.text),
      ("Liên kết / link", link(attributes["alarm"]?.text)),
    ]
    let facts = lines.compactMap { name, value in value.map { "  \(name): \(MailMessage.line($0, longest: 4_000))\n" } }
    return (notice["message"]?.text ?? "") + "\n" + facts.joined()
  }

  private func link(_ alarm: String?) -> String? {
    guard let link = settings.link, let alarm else { return nil }
    return "\(link)/v1/alarms/\(PercentCoding.encode(alarm))"
  }
}
