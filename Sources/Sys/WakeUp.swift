/// Lets one thread wake another: an event descriptor. Signals that come before the wait are kept, and count as one.
public final class WakeUp: Sendable {
  /// For a `Poller`; readable from `signal` to `clear`.
  public let fileDescriptor: Int32

  /// Without a signal.
  public init() throws(SystemError) {
    fileDescriptor = try Kernel.require(.eventDescriptor) { Network.eventDescriptor() }
  }

  deinit {
    Network.close(fileDescriptor)
  }

  /// Wakes the waiter, or lets its next wait return at once. Any thread.
  public func signal() {
    let result = Network.signal(fileDescriptor)
    precondition(result == 0, "BUG: an event descriptor that cannot be written")
  }

  /// Takes the signal if there is one, without waiting.
  @discardableResult
  public func clear() -> Bool {
    Network.clear(fileDescriptor) == 1
  }

  /// Waits for a signal and takes it; false at the time limit. It may also return false early, when a signal of the
  /// operating system interrupts. Below 0: no limit.
  @discardableResult
  public func wait(timeoutNanos: Int64) -> Bool {
    if clear() { return true }
    _ = Kernel.call(.poll) { Network.waitReady(fileDescriptor, writable: false, timeoutNanos) }
    return clear()
  }
}
