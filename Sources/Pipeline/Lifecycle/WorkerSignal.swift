import Synchronization
package import Sys

/// What a worker waits by: it is woken where there is something to do, and told to stop.
package final class WorkerSignal: Sendable {
  private let wakeUp: WakeUp
  private let stopping = Atomic<Bool>(false)

  package init() throws(SystemError) {
    wakeUp = try WakeUp()
  }

  package var isStopping: Bool { stopping.load(ordering: .acquiring) }

  /// Wakes the worker, for good.
  package func stop() {
    stopping.store(true, ordering: .releasing)
    wakeUp.signal()
  }

  /// Wakes the worker, or lets its next wait return at once.
  package func wake() { wakeUp.signal() }

  /// Waits until it is woken; false at the time limit. Below 0: no limit.
  @discardableResult
  package func wait(timeoutNanos: Int64) -> Bool { wakeUp.wait(timeoutNanos: timeoutNanos) }
}
