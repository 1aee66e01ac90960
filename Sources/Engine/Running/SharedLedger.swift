import Synchronization
public import Telemetry

/// The ledger of a running engine. Counts come in with each batch that was applied, so it balances whenever it is read.
public final class SharedLedger: Sendable {
  private let names: [(name: String, protocolName: String)]
  private let counts: Mutex<[LedgerCounts]>

  init(listeners: [(name: String, protocolName: String)]) {
    names = listeners
    counts = Mutex(Array(repeating: LedgerCounts(), count: listeners.count))
  }

  /// Adds what one batch came to.
  func add(_ batch: [LedgerCounts]) {
    counts.withLock { counts in
      for index in counts.indices { counts[index].add(batch[index]) }
    }
  }

  public func snapshot() -> LedgerSnapshot {
    let counts = counts.withLock { $0 }
    return LedgerSnapshot(
      listeners: zip(names, counts).map { names, counts in
        LedgerSnapshot.Listener(name: names.name, protocolName: names.protocolName, counts: counts)
      })
  }
}
