import Lagoon
import Synchronization
import Sys

/// Seals a replay's rows on a thread beside the one that decodes: one generation at a time.
final class ReplaySealer {
  private let tables: UnsealedTables
  private let catalogue: Catalogue
  private let lane: String
  private var running: SystemThreadHandle?
  private let outcome = Outcome()

  /// What the thread came to.
  private final class Outcome: Sendable {
    let failure = Mutex<(any Error)?>(nil)
  }

  init(tables: UnsealedTables, catalogue: Catalogue, lane: String) {
    self.tables = tables
    self.catalogue = catalogue
    self.lane = lane
  }

  /// Begins to seal a generation to which no rows come any more, once the one before is sealed. Throws what that one
  /// threw.
  func seal(generation: UInt64) throws {
    try finish()
    let (tables, catalogue, outcome, lane) = (tables, catalogue, outcome, lane)
    running = try SystemThread.start(name: "seal") {
      do {
        let transaction = LaneTransaction(lane: lane, segment: generation)
        let rows = tables.frozen(generation: generation)
        try catalogue.seal(rows, transactions: [transaction], threads: ProcessFacts.processors)
        for table in rows { tables.drop(table.table, generation: generation) }
      } catch {
        outcome.failure.withLock { $0 = error }
      }
    }
  }

  /// Waits until everything that was begun is sealed; throws if it is not.
  func finish() throws {
    running?.join()
    running = nil
    if let failure = outcome.failure.withLock({ $0 }) { throw failure }
  }
}
