import Access
import Intake
import Pipeline
import Primitives
import Protocols
import Sys

/// Where a security operations centre takes messages, as the configuration says it.
public struct SOCSettings: Sendable {
  public var host: String
  public var port: Int
  /// Whether over TLS; else over bare TCP.
  public var isSecured = true
  /// A file of certificates to trust; nil for the system's.
  public var authorities: String?

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What the feed has done, for the metrics.
public struct SOCFacts: Sendable {
  public var isConnected: Bool
  public var pending: Int
  public var sent: UInt64
  /// Given up, since more waited than may.
  public var dropped: UInt64
  public var failures: UInt64
}

/// All that goes to the security operations centre: lines of the audit, refusals, alerts.
final class SOCFeed: Sendable {
  let outbox: SOCOutbox
  let sender: SOCSender
  private let node: String

  init(_ settings: SOCSettings, node: String, data: String, transport: any SOCTransport) throws {
    self.node = node
    outbox = try SOCOutbox(data: data)
    sender = try SOCSender(outbox, address: settings.address, transport: transport)
  }

  /// Makes durable what is told; lines of the audit that are in the outbox already are left alone.
  func add(_ records: [AuditRecord]) throws {
    let newest = outbox.newestAudit
    try add(records.filter { $0.sequence > newest }.map { SOCMessage($0) })
  }

  func add(_ notices: [AlertNotice]) throws { try add(notices.map { SOCMessage($0) }) }

  func add(_ refusals: [RefusalLimiter.Notice], listeners: [String]) throws {
    let now = Clock.realtimeNanos()
    try add(
      refusals.filter { $0.listener < listeners.count }.map {
        SOCMessage($0, listener: listeners[$0.listener], node: node, at: now)
      })
  }

  private func add(_ messages: [SOCMessage]) throws {
    if messages.isEmpty { return }
    try outbox.add(messages)
    sender.wake()
  }

  var facts: SOCFacts {
    let (waiting, sending) = (outbox.facts, sender.facts)
    return SOCFacts(
      isConnected: sending.isConnected, pending: waiting.pending, sent: waiting.sent, dropped: waiting.dropped,
      failures: sending.failures)
  }

  /// What is wrong with it.
  var faults: [String] {
    let waiting = outbox.facts
    let dropped =
      waiting.dropped == 0 ? nil : "\(waiting.dropped) messages for the soc were given up: more waited than may"
    return [waiting.fault, sender.facts.fault, dropped].compactMap { $0 }
  }
}
