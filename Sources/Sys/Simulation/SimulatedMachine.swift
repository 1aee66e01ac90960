import CLinux
public import Primitives
import Synchronization

/// A machine that a test makes up: its clock goes on only when it is told to, its disk is in memory and loses what was not
/// made durable, and it can be killed at any call.
///
/// A thread enters it (`run`); from then on every call of this target on files and clocks goes to it, until it leaves. The
/// code between needs to know nothing of it. Sockets and threads are the real machine's: a simulation runs in turns, on one
/// thread, and hands datagrams over by itself.
public final class SimulatedMachine: @unchecked Sendable {
  // `@unchecked` is sound: what changes is behind `state`, and the disk has a lock of its own.

  public let disk: SimulatedDisk
  private let state: Mutex<State>

  private struct State {
    var realtimeNanos: UnixNanos
    var monotonicNanos: Int64
  }

  /// How many threads of the process are on simulated machines.
  private static let users = Atomic<Int>(0)

  /// - Parameters:
  ///   - startNanos: the time of day at which it begins.
  ///   - capacityBytes: what its disk holds.
  public init(startNanos: UnixNanos, capacityBytes: Int = 1 << 30) {
    state = Mutex(State(realtimeNanos: startNanos, monotonicNanos: Nanos.perSecond))
    disk = SimulatedDisk(capacityBytes: capacityBytes)
    disk.setTime(startNanos)
  }

  @inline(__always)
  static var isUsed: Bool { users.load(ordering: .relaxed) != 0 }

  /// The machine that the calling thread is on; nil for the real one.
  public static var current: SimulatedMachine? {
    clinux_simulation().map { Unmanaged<SimulatedMachine>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Runs `body` on this machine.
  public func run<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let before = clinux_simulation()
    Self.users.add(1, ordering: .relaxed)
    clinux_set_simulation(Unmanaged.passUnretained(self).toOpaque())
    defer {
      clinux_set_simulation(before)
      Self.users.subtract(1, ordering: .relaxed)
    }
    return try body()
  }

  // MARK: time

  public var realtimeNanos: UnixNanos { state.withLock { $0.realtimeNanos } }

  var monotonicNanos: Int64 { state.withLock { $0.monotonicNanos } }

  /// Lets time go by. Each reading of a clock takes some as well, so that no two instants are one.
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
