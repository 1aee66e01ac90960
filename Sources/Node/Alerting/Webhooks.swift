import Primitives
import Sys

/// What receivers were told, for the metrics.
public struct WebhookFacts: Sendable {
  public var name: String
  public var pending: Int
  public var delivered: UInt64
  public var failures: UInt64
  /// What was given up, by reason.
  public var givenUp: [(reason: String, count: UInt64)]
}

/// All receivers, each with its outbox and its sender.
final class Webhooks: Sendable {
  let senders: [WebhookSender]
  private let transport: (any WebhookTransport)?
  /// Outboxes of receivers that the configuration no longer has.
  let strays: [String]

  /// - Parameter transport: HTTP if it is nil.
  init(_ settings: [WebhookSettings], data: String, transport: (any WebhookTransport)? = nil) throws {
    let root = data + "/outbox"
    let left = FileSystem.exists(root) ? try FileSystem.list(root).filter(\.isDirectory).map(\.name) : []
    strays = left.filter { name in !settings.contains { $0.name == name } }.map {
      "the outbox \(root)/\($0) belongs to no webhook of the configuration; it stays where it is"
    }
    if settings.isEmpty {
      self.transport = nil
      senders = []
      return
    }
    let transport = transport ?? HTTPTransport()
    self.transport = transport
    do {
      senders = try settings.map {
        try WebhookSender($0, outbox: WebhookOutbox(directory: "\(root)/\($0.name)"), transport: transport)
      }
    } catch {
      transport.close()
      throw EngineError("cannot open outbox \(root): \(error)")
    }
  }

  /// Lets go of the connections, once the senders have stopped. What is not delivered stays in the outboxes.
  func close() { transport?.close() }

  /// Makes durable what each receiver is to be told. Nothing is sent before `release`.
  func add(_ notices: [AlertNotice]) throws {
    for sender in senders {
      let wanted = notices.filter { sender.settings.wants($0) }
      try sender.outbox.add(
        try wanted.map {
          WebhookDelivery(
            id: $0.id, created: $0.time, order: $0.order, body: String(decoding: try $0.body(), as: UTF8.self))
        })
    }
  }

  func release() {
    for sender in senders {
      sender.outbox.release()
      sender.wake()
    }
  }

  var facts: [WebhookFacts] {
    senders.map { sender in
      let facts = sender.outbox.facts
      return WebhookFacts(
        name: sender.settings.name, pending: facts.pending, delivered: facts.delivered, failures: facts.failures,
        givenUp: WebhookOutbox.Surrender.allCases.map { ($0.rawValue, facts.givenUp[$0] ?? 0) })
    }
  }

  /// What receivers cannot be told at present.
  var faults: [String] {
    strays
      + senders.flatMap { sender in
        let facts = sender.outbox.facts
        let givenUp = facts.givenUp.sorted { $0.key.rawValue < $1.key.rawValue }.map {
          "\($0.value) alerts for webhook \(sender.settings.name) were given up: \($0.key.rawValue)"
        }
        return givenUp + [facts.fault].compactMap { $0 }
      }
  }
}
