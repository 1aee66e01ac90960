import Primitives
import Synchronization
import Sys

/// Ends the process if a seed does not end: a thread of the simulated machine then waits for one that waits for it.
final class SeedWatch: Sendable {
  private let state = Mutex<(seed: UInt64, began: Int64)>((0, Clock.monotonicNanos()))

  init(limitNanos: Int64) {
    let thread = try? SystemThread.start(name: "watch") { [weak self] in
      while let self {
        let (seed, began) = self.state.withLock { $0 }
        if Clock.monotonicNanos() - began > limitNanos {
          Terminal.tell("seed \(seed) does not end\nagain: tools/soak --seeds 1 --from \(seed) --story")
          Terminal.exit(1)
        }
        Clock.sleep(nanos: Nanos.perSecond)
      }
    }
    _ = thread
  }

  func begin(_ seed: UInt64) { state.withLock { $0 = (seed, Clock.monotonicNanos()) } }
}
