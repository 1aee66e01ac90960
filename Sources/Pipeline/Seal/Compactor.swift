import Lagoon
import Primitives
import Synchronization
import Sys

/// The background thread that compacts parts and lets go of what is older than its retention. Seals go on meanwhile,
/// and the processor is theirs and the lanes' first.
final class Compactor: Worker {
  let name = "compact"
  /// What is left of the processor.
  let niceness: Int32 = 10
  private let catalogue: Catalogue
  private let settings: CompactionSettings
  private let retention: RetentionPolicy?
  private let signal: WorkerSignal
  private let error = Mutex<String?>(nil)

  private static let intervalNanos = 60 * Nanos.perSecond

  init(_ catalogue: Catalogue, _ settings: CompactionSettings, retention: RetentionPolicy?) throws(SystemError) {
    self.catalogue = catalogue
    self.settings = settings
    self.retention = retention
    signal = try WorkerSignal()
  }

  /// What went wrong in the last round.
  var lastError: String? { error.withLock { $0 } }

  func stop() { signal.stop() }

  func run() {
    while !signal.isStopping {
      signal.wait(timeoutNanos: Self.intervalNanos)
      if signal.isStopping { return }
      turn()
    }
  }

  /// One round over all tables: what is due is compacted, what is too old goes. Also for who runs a node in turns.
  func turn() {
    do {
      try catalogue.maintain(
        nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos(), settings, retention: retention,
        shouldStop: { self.signal.isStopping })
      error.withLock { $0 = nil }
    } catch {
      self.error.withLock { $0 = "\(error)" }
    }
  }
}
