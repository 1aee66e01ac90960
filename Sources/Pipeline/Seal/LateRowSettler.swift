import Lagoon
import Primitives
import Sys
import Telemetry

/// The thread that looks up late rows in the parts, so that no lane's commits wait for it; what it counts goes into the
/// ledger.
final class LateRowSettler: Worker {
  let name = "late"
  private let tables: UnsealedTables
  private let ledger: SharedLedger
  private let faults: DeviceFaults
  private let listenerCount: Int
  private let signal: WorkerSignal

  /// How long late rows gather once there is one: parts are read once for all of them.
  private static let gatherNanos = 50 * Nanos.perMillisecond

  init(
    tables: UnsealedTables, ledger: SharedLedger, faults: DeviceFaults, listenerCount: Int
  ) throws(SystemError) {
    self.tables = tables
    self.ledger = ledger
    self.faults = faults
    self.listenerCount = listenerCount
    signal = try WorkerSignal()
  }

  func run() {
    while !signal.isStopping {
      guard signal.wait(timeoutNanos: -1) else { continue }
      let end = Clock.monotonicNanos() + Self.gatherNanos
      while !signal.isStopping, Clock.monotonicNanos() < end {
        signal.wait(timeoutNanos: max(0, end - Clock.monotonicNanos()))
      }
      settle()
    }
  }

  /// Says that there are late rows.
  func wake() { signal.wake() }

  func stop() { signal.stop() }

  /// Settles every late row that there is. Any thread.
  func settle() {
    if let counts = tables.settleLateRows(faults: faults, listenerCount: listenerCount) { ledger.add(counts) }
  }
}
