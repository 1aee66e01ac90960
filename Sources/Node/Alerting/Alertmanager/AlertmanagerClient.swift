import Primitives
import Text

/// Asks an Alertmanager by its API v2.
struct AlertmanagerClient {
  let settings: AlertmanagerSettings
  let transport: any WebhookTransport
  let isStopping: @Sendable () -> Bool

  /// Why it did not do what it was asked for.
  struct Fault: Error {
    var cause: String
    /// Whether it found fault with what was sent, and would the next time too.
    var isFinal: Bool
  }

  func post(_ alerts: [AlertmanagerAlert]) throws(Fault) {
    _ = try ask("POST", "alerts", .array(alerts.map(\.json)))
  }

  /// A silence as it is there.
  struct Silence: Hashable, Sendable {
    var id: String
    var comment: String
    var endsAt: UnixNanos
  }

  /// Those that hold, or will.
  func silences() throws(Fault) -> [Silence] {
    try ask("GET", "silences", nil).elements.compactMap { silence in
      guard let id = silence["id"]?.text, let comment = silence["comment"]?.text,
        let end = silence["endsAt"]?.text.flatMap({ RFC3339.parse($0) }),
        silence["status"]?["state"]?.text != "expired"
      else { return nil }
      return Silence(id: id, comment: comment, endsAt: end)
    }
  }

  /// Keeps quiet what has exactly these labels; the silence's id.
  func silence(
    _ labels: [String: String], from: UnixNanos, until: UnixNanos, by name: String, _ comment: String
  ) throws(Fault) -> String {
    let matchers = labels.sorted { $0.key < $1.key }.map { name, value in
      JSONValue.members(
        ("name", .string(name)), ("value", .string(value)), ("isRegex", .boolean(false)), ("isEqual", .boolean(true)))
    }
    let answer = try ask(
      "POST", "silences",
      .members(
        ("matchers", .array(matchers)), ("startsAt", .string(RFC3339.text(from, .milliseconds))),
        ("endsAt", .string(RFC3339.text(until, .milliseconds))), ("createdBy", .string(name)),
        ("comment", .string(comment))))
    guard let id = answer["silenceID"]?.text else { throw Fault(cause: "it named no silence", isFinal: false) }
    return id
  }

  func expire(_ id: String) throws(Fault) {
    do throws(Fault) {
      _ = try ask("DELETE", "silence/\(PercentCoding.encode(id))", nil)
    } catch  where error.isFinal {
      // It is gone already, or has ended.
    }
  }

  private func ask(_ method: String, _ path: String, _ body: JSONValue?) throws(Fault) -> JSONValue {
    var headers = [(name: "User-Agent", value: "ThiNai"), (name: "Accept", value: "application/json")]
    if body != nil { headers.append((name: "Content-Type", value: "application/json")) }
    headers += settings.headers.map { (name: $0.name, value: $0.value) }
    let request = WebhookPost(
      method: method, url: "\(settings.url)/api/v2/\(path)", headers: headers, body: body?.bytes ?? [])
    switch transport.ask(request, isStopping: isStopping) {
    case .failed(let cause): throw Fault(cause: cause, isFinal: false)
    case .answered(let status, let answer):
      guard (200..<300).contains(status) else {
        // What is wrong with who asks, or with how often, is not wrong with what was sent.
        let isFinal = [400, 404, 413, 422, 500].contains(status) && (status != 500 || method == "DELETE")
        throw Fault(cause: "it answered \(status)\(Self.words(answer))", isFinal: isFinal)
      }
      return (try? JSONReader.read(answer)) ?? .null
    }
  }

  /// What it said, as far as that helps somebody.
  private static func words(_ answer: [UInt8]) -> String {
    let text = String(decoding: answer.prefix(200), as: UTF8.self).filter { !$0.isNewline }
    return text.isEmpty ? "" : ": \(text)"
  }
}
