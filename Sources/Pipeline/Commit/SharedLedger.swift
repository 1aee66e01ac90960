package import Protocols
import Synchronization
public import Telemetry

/// The ledger of a running engine. Counts come in with each batch that was applied, so it balances whenever it is read.
public final class SharedLedger: Sendable {
  private let names: [(name: String, protocolName: String)]
  private let counts: Mutex<[LedgerCounts]>
  /// What the kernel dropped of each, which no batch speaks of.
  private let drops: [DropTally]

  package init(listeners: [(name: String, protocolName: String)], drops: [DropTally] = []) {
    names = listeners
    self.drops = drops
    counts = Mutex(Array(repeating: LedgerCounts(), count: listeners.count))
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
      listeners: zip(names, counts).map { names, counts in
        LedgerSnapshot.Listener(name: names.name, protocolName: names.protocolName, counts: counts)
      })
  }
}
