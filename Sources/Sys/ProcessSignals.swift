import CLinux

/// The signals by which operators talk to a service, received by waiting instead of by interruption.
public final class ProcessSignals: Sendable {
  /// The signals that are waited for.
  public enum Received: Int32, Sendable {
    /// SIGHUP: read the registry again.
    case hangUp = 1
    /// SIGINT, Ctrl-C: end in order.
    case interrupt = 2
    /// SIGTERM: end in order.
    case terminate = 15
  }

  /// Readable when a signal waits.
  public let fileDescriptor: Int32

  /// Blocks the three in this thread and in those that it starts from now on: so call it first thing in `main`.
  /// SIGPIPE, which a closed connection would send, is ignored for good.
  public init() throws(SystemError) {
    fileDescriptor = try Kernel.require(.signals) { clinux_signals_open() }
    Self.ignoreBrokenPipes()
  }

  deinit {
    _ = clinux_close(fileDescriptor)
  }

  /// For commands that have no other use for signals.
  public static func ignoreBrokenPipes() {
    _ = clinux_ignore_sigpipe()
  }

  /// The next signal; nil at the time limit. Below 0: no limit.
  public func wait(timeoutNanos: Int64) -> Received? {
    let number = Kernel.call(.poll) { clinux_signals_wait(fileDescriptor, timeoutNanos) }
    return Received(rawValue: number)
  }

  /// Sends a signal to the calling thread; for tests.
  package static func raise(_ signal: Received) {
    _ = clinux_raise(signal.rawValue)
  }
}
