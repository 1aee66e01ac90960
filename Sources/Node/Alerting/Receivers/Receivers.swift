import Alerts
import Primitives
import Synchronization
import Sys

/// What receivers were told, for the metrics.
public struct ReceiverFacts: Sendable {
  public var name: String
  /// `webhook`, `alertmanager`, `mail`.
  public var kind: String
  public var pending: Int
  public var delivered: UInt64
  public var failures: UInt64
  /// What was given up, by reason.
  public var givenUp: [(reason: String, count: UInt64)]
}

/// All receivers, each with its outbox and its sender.
final class Receivers: Sendable {
  private let root: String
  private let node: String
  private let transports: Transports
  private let alarms = AlarmWindow()
  private let state: Mutex<State>

  /// What carries alerts.
  private struct Transports: Sendable {
    var http: any WebhookTransport
    /// nil where nobody sends mail: then it stays in the outbox.
    var mail: (any MailTransport)?
  }

  private struct State: Sendable {
    var senders: [ReceiverSender] = []
    /// Of all that there were: one that comes back finds its own, and no second one beside it.
    var outboxes: [String: ReceiverOutbox] = [:]
    /// Outboxes of receivers that the configuration no longer has.
    var strays: [String] = []
  }

  /// - Parameters:
  ///   - transport: HTTP if it is nil.
  ///   - mail: how mails are sent; they are not if it is nil.
  init(
    _ settings: AlertSettings, node: String, data: String, transport: (any WebhookTransport)? = nil,
    mail: (any MailTransport)? = nil
  ) throws {
    root = DataDirectory(data).outboxes
    self.node = node
    transports = Transports(http: transport ?? HTTPTransport(), mail: mail)
    state = Mutex(State())
    do {
      try put(settings, isRunning: false)
    } catch {
      transports.http.close()
      throw error
    }
  }

  var senders: [ReceiverSender] { state.withLock { $0.senders } }

  /// Lets receivers see the alarms that last.
  func look(at desk: AlarmDesk) { alarms.open(to: desk) }

  /// Lets go of the connections, once the senders have stopped. What is not delivered stays in the outboxes.
  func close() { transports.http.close() }

  // MARK: who there is

  /// Puts others in force. What waits for one that stays is kept; what waits for one that is gone stays where it is and is
  /// named. Of names that were not there before, what lies in an outbox of that name is told.
  ///
  /// - Throws: if an outbox cannot be opened; then nothing has changed.
  func reload(_ settings: AlertSettings) throws { try put(settings, isRunning: true) }

  private func put(_ settings: AlertSettings, isRunning: Bool) throws {
    let known = senders
    var outboxes = state.withLock { $0.outboxes }
    var next: [ReceiverSender] = []
    var replaced: [(ReceiverSender, any ReceiverSettings)] = []
    do {
      for one in settings.receivers {
        if let sender = known.first(where: { $0.receiver == one.name }) {
          replaced.append((sender, one))
          next.append(sender)
        } else {
          let outbox = try outboxes[one.name] ?? ReceiverOutbox(directory: "\(root)/\(one.name)")
          outboxes[one.name] = outbox
          if isRunning {
            outbox.release()
            outbox.hurry()
          }
          next.append(try ReceiverSender(one, channel(one), outbox: outbox))
        }
      }
    } catch {
      throw EngineError("cannot open outbox \(root): \(error)")
    }
    let strays = try strays(besides: next)
    for (sender, settings) in replaced where AnyHashable(sender.settings) != AnyHashable(settings) {
      sender.replace(settings, channel(settings))
    }
    state.withLock { [outboxes] in $0 = State(senders: next, outboxes: outboxes, strays: strays) }
  }

  private func channel(_ settings: any ReceiverSettings) -> any ReceiverChannel {
    switch settings {
    case let mail as MailSettings: MailChannel(mail, node: node, transport: transports.mail)
    case let alertmanager as AlertmanagerSettings:
      AlertmanagerChannel(alertmanager, node: node, transport: transports.http, alarms: alarms)
    case let webhook as WebhookSettings: WebhookChannel(webhook, transport: transports.http)
    default: preconditionFailure("BUG: a kind of receiver without a channel")
    }
  }

  private func strays(besides senders: [ReceiverSender]) throws -> [String] {
    let left = FileSystem.exists(root) ? try FileSystem.list(root).filter(\.isDirectory).map(\.name) : []
    let gone = left.filter { name in !senders.contains { $0.receiver == name } }
    // An empty folder is nothing that anybody waits for.
    return try gone.filter { try !OutboxFiles(directory: "\(root)/\($0)").numbers().isEmpty }.map {
      "the outbox \(root)/\($0) belongs to no receiver of the configuration; it stays where it is"
    }
  }

  // MARK: telling

  /// Makes durable what each receiver is to be told. Nothing is sent before `release`.
  ///
  /// - Throws: what failed first, after all were tried: one whose disk fails costs no other.
  func add(_ notices: [AlertNotice]) throws {
    var failure: (any Error)?
    for sender in senders {
      let choice = sender.settings.choice
      let wanted = notices.filter { choice.takes($0) }
      do {
        try sender.outbox.add(
          wanted.map {
            OutboxDelivery(
              id: $0.id, created: $0.time, order: $0.order, body: String(decoding: $0.body, as: UTF8.self))
          })
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  func release() {
    for sender in senders {
      sender.outbox.release()
      sender.wake()
    }
  }

  var facts: [ReceiverFacts] {
    senders.map { sender in
      let facts = sender.outbox.facts
      return ReceiverFacts(
        name: sender.receiver, kind: sender.kind, pending: facts.pending, delivered: facts.delivered,
        failures: facts.failures,
        givenUp: ReceiverOutbox.Surrender.allCases.map { ($0.rawValue, facts.givenUp[$0] ?? 0) })
    }
  }

  /// What receivers cannot be told at present.
  var faults: [String] {
    state.withLock { $0.strays }
      + senders.flatMap { sender in
        let facts = sender.outbox.facts
        let givenUp = facts.givenUp.sorted { $0.key.rawValue < $1.key.rawValue }.map {
          "\($0.value) alerts for \(sender.kind) \(sender.receiver) were given up: \($0.key.rawValue)"
        }
        let remarks = facts.remarks.sorted { $0.key < $1.key }.map {
          "\(sender.kind) \(sender.receiver): \($0.value)"
        }
        return givenUp + remarks + [facts.fault].compactMap { $0 }
      }
  }
}
