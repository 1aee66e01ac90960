package import Protocols
import Synchronization
public import Telemetry

/// The ledger of a running engine. Counts come in with each batch that was applied, so it balances whenever it is read.
public final class SharedLedger: Sendable {
  /// A listener, or who else has an account.
  package struct Account: Sendable {
    let name: String
    let protocolName: String
    /// For what it may refuse.
    let reasons: [NamedReason]

    package init(_ listener: ListenerSettings) {
      name = listener.name
      protocolName = listener.telemetryProtocol.name
      reasons = listener.telemetryProtocol.reasons
    }

    /// Of lines that come by another way than datagrams.
    package init(ofLines name: String) {
      self.name = name
      protocolName = TelemetryProtocol.line.name
      let reasons = TelemetryProtocol.line.reasons
      self.reasons = RejectReason.named.filter { $0.reason == .outOfScope || reasons.contains($0) }
    }

    /// Of the node itself, which speaks no protocol.
    package init(ofNode name: String) {
      self.name = name
      protocolName = name
      reasons = TelemetryProtocol.ownReasons
    }
  }

  private let accounts: [Account]
  private let counts: Mutex<[LedgerCounts]>
  /// What the kernel dropped of each, which no batch speaks of.
  private let drops: [DropTally]

  package init(_ accounts: [Account], drops: [DropTally] = []) {
    self.accounts = accounts
    self.drops = drops
    counts = Mutex(Array(repeating: LedgerCounts(), count: accounts.count))
  }

  /// Adds what one batch came to.
  package func add(_ batch: [LedgerCounts]) {
    counts.withLock { counts in
      for index in counts.indices { counts[index].add(batch[index]) }
    }
  }

  public func snapshot() -> LedgerSnapshot {
    var counts = counts.withLock { $0 }
    for (index, tally) in drops.enumerated() { counts[index].kernelDropped += tally.count }
    return LedgerSnapshot(
      listeners: zip(accounts, counts).map { account, counts in
        LedgerSnapshot.Listener(
          name: account.name, protocolName: account.protocolName,
          reasons: account.reasons + Self.others(in: counts, account.reasons), counts: counts)
      })
  }

  /// What was refused for a reason that is not the protocol's: a fault of ours, but no count may be hidden.
  private static func others(in counts: LedgerCounts, _ known: [NamedReason]) -> [NamedReason] {
    RejectReason.named.filter { named in
      let code = Int(named.reason.rawValue)
      return counts.rejected[code] + counts.rejectedRows[code] + counts.rejectedFields[code] > 0
        && !known.contains(named)
    }
  }
}
