import Cryptography
import Primitives
import Sys
import Text

/// Tells a receiver by a POST of what it is to know, signed.
struct WebhookChannel: ReceiverChannel {
  let settings: WebhookSettings
  let transport: any WebhookTransport

  init(_ settings: WebhookSettings, transport: any WebhookTransport) {
    self.settings = settings
    self.transport = transport
  }

  var gathering: OutboxGathering { OutboxGathering(windowNanos: settings.choice.groupNanos) }

  func send(_ batch: OutboxBatch, isStopping: @escaping @Sendable () -> Bool) -> SendOutcome {
    let timestamp = String(Clock.realtimeNanos() / Nanos.perSecond)
    let body = body(of: batch)
    var headers = [
      (name: "Content-Type", value: settings.contentType), (name: "User-Agent", value: "ThiNai"),
      (name: "X-ThiNai-Delivery", value: batch.id), (name: "X-ThiNai-Timestamp", value: timestamp),
    ]
    if !settings.secret.isEmpty {
      let code = DigestAlgorithm.sha256.authenticationCode(
        key: settings.secret, Array("\(timestamp).".utf8) + body)
      guard let code else { return .failed("libcrypto has no HMAC-SHA256") }
      headers.append((name: "X-ThiNai-Signature", value: "sha256=\(Hexadecimal.text(code))"))
    }
    headers += settings.headers.map { (name: $0.name, value: $0.value) }
    let post = WebhookPost(url: settings.url, headers: headers, body: body)
    return transport.post(post, isStopping: isStopping).map { .failed($0) } ?? .taken(batch)
  }

  /// One event as it stands, or many in an object.
  private func body(of batch: OutboxBatch) -> [UInt8] {
    let isGroup = settings.choice.groupNanos != nil || batch.id != batch.deliveries.first?.id
    if settings.body == nil && !isGroup { return Array((batch.deliveries.first?.body ?? "").utf8) }
    let fields = NoticeFields(id: batch.id, notices: batch.notices)
    if let template = settings.body { return template.bytes(fields) }
    let names: [NoticeFields.Name] = [.id, .node, .state, .severity, .time, .count, .alerts]
    return JSONValue.members(names.map { ($0.rawValue, fields.value($0)) }).bytes
  }
}
