import CLinux
public import Primitives
import Synchronization

/// A machine that a test makes up: its clock goes on only when it is told to, its disk is in memory and loses what was not
/// made durable, and it can be killed at any call.
///
/// A thread enters it (`run`); from then on every call of this target on files, sockets, clocks, randomness and threads goes
/// to it, until it leaves. The code between needs to know nothing of it. Threads that are started there are on it as well;
/// one runs at a time, chosen by the seed (`SimulatedScheduler`), so a run is the same each time.
public final class SimulatedMachine: @unchecked Sendable {
  // `@unchecked` is sound: what changes is behind `state`, and the disk has a lock of its own.

  public let disk: SimulatedDisk
  public let network = SimulatedNetwork()
  let scheduler = SimulatedScheduler()
  private let state: Mutex<State>

  private struct State {
    var realtimeNanos: UnixNanos
    var monotonicNanos: Int64
    var random: UInt64
    var discipline = ClockDiscipline.kept
  }

  /// How many threads of the process are on simulated machines.
  private static let users = Atomic<Int>(0)

  /// - Parameters:
  ///   - startNanos: the time of day at which it begins.
  ///   - capacityBytes: what its disk holds.
  ///   - seed: of all that is random on it.
  public init(startNanos: UnixNanos, capacityBytes: Int = 1 << 30, seed: UInt64 = 1) {
    state = Mutex(State(realtimeNanos: startNanos, monotonicNanos: Nanos.perSecond, random: seed))
    disk = SimulatedDisk(capacityBytes: capacityBytes)
    disk.setTime(startNanos)
  }

  @inline(__always)
  static var isUsed: Bool { users.load(ordering: .relaxed) != 0 }

  /// The machine that the calling thread is on; nil for the real one.
  public static var current: SimulatedMachine? {
    clinux_simulation().map { Unmanaged<SimulatedMachine>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Runs `body` on this machine, as the thread that begins all others.
  public func run<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    precondition(clinux_simulation() == nil, "BUG: a thread is on one machine at a time")
    enter()
    defer { leave() }
    return try body()
  }

  func enter() {
    Self.users.add(1, ordering: .relaxed)
    clinux_set_simulation(Unmanaged.passUnretained(self).toOpaque())
  }

  func leave() {
    clinux_set_simulation(nil)
    Self.users.subtract(1, ordering: .relaxed)
  }

  // MARK: threads

  /// Threads of the node that have not ended.
  public var aliveThreads: [String] { scheduler.alive }

  /// Waits until the condition holds, at most that long, and lets the other threads run; below 0 there is no limit.
  func wait(for condition: SimulatedScheduler.Condition, timeoutNanos: Int64) -> Bool {
    scheduler.wait(for: condition, timeoutNanos: timeoutNanos, on: self)
  }

  /// The next word of the machine's randomness (SplitMix64).
  func randomWord() -> UInt64 {
    state.withLock { state in
      state.random &+= 0x9e37_79b9_7f4a_7c15
      var z = state.random
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  /// A dead machine sends nothing.
  func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, to target: clinux_address) -> Int32 {
    disk.isKilled ? -ErrorNumber.inputOutput : network.send(descriptor, bytes, to: target)
  }

  // MARK: time

  public var realtimeNanos: UnixNanos { state.withLock { $0.realtimeNanos } }

  var monotonicNanos: Int64 { state.withLock { $0.monotonicNanos } }

  var discipline: ClockDiscipline { state.withLock { $0.discipline } }

  /// What its kernel says of its clock from now on.
  public func setDiscipline(_ discipline: ClockDiscipline) { state.withLock { $0.discipline = discipline } }

  /// Lets time go by at once, without letting others run: a test that wants them to run sleeps (`Clock.sleep`).
  public func advance(nanos: Int64) {
    let now = state.withLock { state in
      state.realtimeNanos += nanos
      state.monotonicNanos += nanos
      return state.realtimeNanos
    }
    disk.setTime(now)
  }

  /// Somebody sets the time of day.
  public func setClock(_ nanos: UnixNanos) {
    state.withLock { $0.realtimeNanos = nanos }
    disk.setTime(nanos)
  }
}
