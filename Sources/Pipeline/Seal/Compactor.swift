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
  private let wakeUp: WakeUp
  private let stopping = Atomic<Bool>(false)
  private let error = Mutex<String?>(nil)

  private static let intervalNanos = 60 * Nanos.perSecond

  init(_ catalogue: Catalogue, _ settings: CompactionSettings, retention: RetentionPolicy?) throws(SystemError) {
    self.catalogue = catalogue
    self.settings = settings
    self.retention = retention
    wakeUp = try WakeUp()
  }

  /// What went wrong in the last round.
  var lastError: String? { error.withLock { $0 } }

  func stop() {
    stopping.store(true, ordering: .releasing)
    wakeUp.signal()
  }

  func run() {
    while !stopping.load(ordering: .acquiring) {
      _ = wakeUp.wait(timeoutNanos: Self.intervalNanos)
      if stopping.load(ordering: .acquiring) { return }
      maintain()
    }
  }

  private func maintain() {
    do {
      try catalogue.maintain(
        nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos(), settings, retention: retention,
        shouldStop: { self.stopping.load(ordering: .acquiring) })
      error.withLock { $0 = nil }
    } catch {
      self.error.withLock { $0 = "\(error)" }
    }
  }
}
