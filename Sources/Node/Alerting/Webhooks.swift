import AsyncHTTPClient
import Primitives
import Synchronization
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
  private let client: HTTPClient?
  /// Outboxes of receivers that the configuration no longer has.
  let strays: [String]

  init(_ settings: [WebhookSettings], data: String) throws {
    let root = DataDirectory(data).outboxes
    let left = FileSystem.exists(root) ? try FileSystem.list(root).filter(\.isDirectory).map(\.name) : []
    strays = left.filter { name in !settings.contains { $0.name == name } }.map {
      "the outbox \(root)/\($0) belongs to no webhook of the configuration; it stays where it is"
    }
    if settings.isEmpty {
      client = nil
      senders = []
      return
    }
    let client = WebhookSender.makeClient()
    self.client = client
    do {
      senders = try settings.map {
        try WebhookSender($0, outbox: WebhookOutbox(directory: "\(root)/\($0.name)"), client: client)
      }
    } catch {
      try? client.syncShutdown()
      throw EngineError("cannot open outbox \(root): \(error)")
    }
  }

  /// Lets go of the connections, once the senders have stopped. What is not delivered stays in the outboxes.
  func close() { try? client?.syncShutdown() }

  /// Makes durable what each receiver is to be told. Nothing is sent before `release`.
  func add(_ notices: [AlertNotice]) throws {
    for sender in senders {
      let wanted = notices.filter { sender.settings.wants($0) }
      try sender.outbox.add(
        wanted.map {
          WebhookDelivery(
            id: $0.id, created: $0.time, order: $0.order, body: String(decoding: $0.body, as: UTF8.self))
        })
    }
  }

  func release() {
    for sender in senders {
      sender.outbox.release()
      sender.signal()
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
