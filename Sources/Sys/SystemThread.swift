import CLinux
import Synchronization

/// Threads of our own, for the data's way: no pool moves them, and their stacks have a stated size.
public enum SystemThread {
  /// Room for deep merges under the sanitizers; only what is touched takes memory.
  public static let defaultStackBytes = 4 << 20

  /// Starts a thread that runs `body` and ends. `name` shows in `top -H`, its first 15 bytes.
  public static func start(
    name: String, stackBytes: Int = defaultStackBytes, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) -> SystemThreadHandle {
    if SimulatedMachine.isUsed, let machine = SimulatedMachine.current {
      return try startSimulated(name, on: machine, stackBytes, body)
    }
    return SystemThreadHandle(try startReal(name, stackBytes, body))
  }

  /// A real thread that runs when the machine lets it.
  private static func startSimulated(
    _ name: String, on machine: SimulatedMachine, _ stackBytes: Int, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) -> SystemThreadHandle {
    let number = machine.scheduler.add(name)
    let thread = try startReal(name, stackBytes) {
      machine.enter()
      machine.scheduler.begin(number)
      body()
      machine.leave()
      machine.scheduler.finish(number, on: machine)
    }
    return SystemThreadHandle(thread, simulated: (machine, number))
  }

  private static func startReal(
    _ name: String, _ stackBytes: Int, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) -> UInt64 {
    let context = Unmanaged.passRetained(ThreadContext(name: name, body: body))
    var thread: UInt64 = 0
    let result = Kernel.call(.threadCreate) {
      clinux_thread_start(&thread, stackBytes, runThread, context.toOpaque())
    }
    if result < 0 {
      context.release()
      throw SystemError(code: -result, call: .threadCreate)
    }
    return thread
  }

  /// Lets the calling thread, and those that it starts, take what the others leave of the processor: 0 as they, 19 last.
  public static func setNiceness(_ niceness: Int32) {
    // It may only be lowered by everybody, which is what this is for; a failure leaves it as it was.
    _ = clinux_thread_nice(niceness)
  }
}

/// A thread that was started. Whoever lets go of it without `join` leaves the thread to itself.
public final class SystemThreadHandle: Sendable {
  private let thread: UInt64
  private let isJoined = Mutex(false)
  private let simulated: (machine: SimulatedMachine, number: Int)?

  init(_ thread: UInt64, simulated: (machine: SimulatedMachine, number: Int)? = nil) {
    self.thread = thread
    self.simulated = simulated
  }

  deinit {
    if !isJoined.withLock({ $0 }) { _ = clinux_thread_detach(thread) }
  }

  /// Waits until the thread has ended. Later calls return at once, calls meanwhile wait with it.
  public func join() {
    isJoined.withLock { joined in
      if joined { return }
      // Lets it run to its end first: it needs its turns for that.
      if let simulated { _ = simulated.machine.wait(for: .end(of: simulated.number), timeoutNanos: -1) }
      let result = clinux_thread_join(thread)
      precondition(result == 0, "BUG: a thread that joins itself")
      joined = true
    }
  }
}

private final class ThreadContext {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { return nil }
  let own = Unmanaged<ThreadContext>.fromOpaque(context).takeRetainedValue()
  _ = clinux_thread_name(own.name)
  own.body()
  return nil
}
