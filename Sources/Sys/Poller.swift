import CLinux

/// Waits for several descriptors at once (epoll, level-triggered: what is not drained is told again).
///
/// `unsafe` is sound here: both blocks are owned by this value and hold `capacity` entries, which the C side is told.
public struct Poller: ~Copyable, @unchecked Sendable {
  private let fileDescriptor: Int32
  private let events: UnsafeMutableRawPointer
  private let tokens: UnsafeMutablePointer<UInt64>
  private let capacity: Int
  private var ready = 0

  /// One wait tells of at most `capacity` descriptors; the others are told by the next.
  public init(capacity: Int = 64) throws(SystemError) {
    precondition(capacity > 0 && capacity <= 4_096, "BUG: a poller for 1 to 4,096 descriptors at once")
    fileDescriptor = try Kernel.require(.pollerCreate) { Network.poller() }
    self.capacity = capacity
    events = .allocate(byteCount: clinux_epoll_event_bytes() * capacity, alignment: 16)
    tokens = .allocate(capacity: capacity)
    tokens.initialize(repeating: 0, count: capacity)
  }

  deinit {
    events.deallocate()
    tokens.deallocate()
    Network.close(fileDescriptor)
  }

  /// From now on `wait` tells `token` when the descriptor is readable, or when it has an error to be read.
  public borrowing func add(_ descriptor: Int32, token: UInt64) throws(SystemError) {
    let poller = fileDescriptor
    try Kernel.require(.pollerChange) { Network.watch(poller, descriptor, token: token) }
  }

  /// A descriptor that is closed is removed by itself.
  public borrowing func remove(_ descriptor: Int32) throws(SystemError) {
    let poller = fileDescriptor
    try Kernel.require(.pollerChange) { Network.unwatch(poller, descriptor) }
  }

  /// Waits until something is readable. Returns how many tokens `token(_:)` can tell, 0 at the time limit or when a
  /// signal interrupts, or -errno. Below 0: no limit.
  public mutating func wait(timeoutNanos: Int64) -> Int {
    let result = Kernel.call(.pollerWait) {
      if SimulatedMachine.isUsed, let machine = SimulatedMachine.current {
        return Int32(simulatedWait(on: machine, timeoutNanos))
      }
      return clinux_epoll_wait(fileDescriptor, events, tokens, Int32(capacity), timeoutNanos)
    }
    ready = result > 0 ? Int(result) : 0
    return Int(result)
  }

  private func simulatedWait(on machine: SimulatedMachine, _ timeoutNanos: Int64) -> Int {
    _ = machine.wait(for: .poller(fileDescriptor), timeoutNanos: timeoutNanos)
    let ready = machine.network.ready(fileDescriptor).prefix(capacity)
    for (index, token) in ready.enumerated() { tokens[index] = token }
    return ready.count
  }

  /// A token of the last wait.
  public func token(_ index: Int) -> UInt64 {
    precondition(index >= 0 && index < ready, "BUG: a token that was not told")
    return tokens[index]
  }
}
