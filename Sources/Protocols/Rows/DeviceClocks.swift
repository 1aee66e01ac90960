import Primitives
import Synchronization
import Telemetry

/// How the clocks of a listener's devices are beside ours, as the times in their messages say: a row of `device_clock` a
/// device, of the minute that begins with the first of them. Shared by the lanes, of which each may hear some of a device's
/// messages.
///
/// Bounded: of more devices those that are silent the longest are forgotten, and where all of them wait for their row,
/// another one's times are left out, which is counted.
public final class DeviceClocks: Sendable {
  private struct Clock {
    /// Of the newest messages of the minute.
    var samples = InlineArray<16, Int64>(repeating: 0)
    var count: Int64 = 0
    /// Where the newest message came from, and when.
    var source = SourceAddress(high: 0, low: 0, port: 0)
    var last = UnixNanos.min
    var base: Base?
  }

  /// From what on it is counted how far an engine's clock goes.
  private struct Base {
    var boots: Int64
    var seconds: Int64
    var monotonicNanos: Int64
  }

  private struct State {
    var clocks: [String: Clock] = [:]
    /// Those whose minute has begun, in the order in which it ends; and from where on they wait.
    var waiting: [(device: String, due: UnixNanos)] = []
    var next = 0
  }

  /// The minute of one device.
  struct Minute: Equatable {
    var device: String
    var medianNanos: Int64
    var messages: Int64
    var source: SourceAddress
    var last: UnixNanos
  }

  private let state = Mutex(State())
  private let due = Atomic<Int64>(.max)
  private let left = Atomic<UInt64>(0)

  public init() {}

  /// Times that were left out since the start, for lack of room.
  public var leftOut: UInt64 { left.load(ordering: .relaxed) }

  /// A message whose time is so far ahead of its arrival.
  func note(_ device: String, aheadNanos: Int64, source: SourceAddress, at arrival: UnixNanos) {
    state.withLock { state in
      guard makeRoom(for: device, in: &state) else { return }
      add(aheadNanos, to: device, source, arrival, in: &state)
    }
  }

  /// An engine's clock, which counts the seconds since it started for the `boots`th time: how much further it went than
  /// ours since a message of the last hour.
  func note(
    _ device: String, boots: Int64, seconds: Int64, monotonicNanos: Int64, source: SourceAddress, at arrival: UnixNanos
  ) {
    state.withLock { state in
      guard makeRoom(for: device, in: &state) else { return }
      let base = Base(boots: boots, seconds: seconds, monotonicNanos: monotonicNanos)
      guard let before = state.clocks[device, default: Clock()].base, before.boots == boots else {
        state.clocks[device, default: Clock()].base = base
        state.clocks[device, default: Clock()].last = arrival
        return
      }
      let passed = monotonicNanos &- before.monotonicNanos
      let (told, overflow) = (seconds &- before.seconds).multipliedReportingOverflow(by: Nanos.perSecond)
      let (ahead, overflowToo) = told.subtractingReportingOverflow(passed)
      if passed >= Limits.clockBaseNanos || passed < 0 { state.clocks[device]?.base = base }
      if !overflow && !overflowToo && passed >= 0 { add(ahead, to: device, source, arrival, in: &state) }
    }
  }

  private func add(
    _ sample: Int64, to device: String, _ source: SourceAddress, _ arrival: UnixNanos, in state: inout State
  ) {
    var clock = state.clocks[device] ?? Clock()
    clock.samples[Int(clock.count) & 15] = sample
    clock.count &+= 1
    clock.source = source.withoutPort
    clock.last = arrival
    state.clocks[device] = clock
    if clock.count > 1 { return }
    let minuteEnd = (flooredDivision(arrival, by: Nanos.perMinute) &+ 1) &* Nanos.perMinute
    state.waiting.append((device, minuteEnd &+ Limits.clockGraceNanos))
    if state.next &+ 1 == state.waiting.count { due.store(state.waiting[state.next].due, ordering: .relaxed) }
  }

  /// Whether the device is followed, or can be.
  private func makeRoom(for device: String, in state: inout State) -> Bool {
    if state.clocks.count < Limits.deviceClocks || state.clocks[device] != nil { return true }
    // Those that do not wait are kept for their base alone.
    if state.clocks.count == state.waiting.count - state.next {
      left.wrappingAdd(1, ordering: .relaxed)
      return false
    }
    let idle = state.clocks.filter { $0.value.count == 0 }.sorted { $0.value.last < $1.value.last }
    for (device, _) in idle.prefix(max(1, Limits.deviceClocks / 8)) { state.clocks[device] = nil }
    return true
  }

  /// Whether a minute is over; also where the clock was put back since it began.
  @inline(__always)
  func isDue(_ now: UnixNanos) -> Bool {
    let due = due.load(ordering: .relaxed)
    return due != .max && (now >= due || now < due &- 2 &* Nanos.perMinute)
  }

  /// Takes out a minute that is over; nil if none is.
  func takeDue(_ now: UnixNanos) -> Minute? {
    if !isDue(now) { return nil }
    return state.withLock { state in
      // Another lane may have taken it.
      guard isDue(now), state.next < state.waiting.count else { return nil }
      let device = state.waiting[state.next].device
      state.next &+= 1
      if state.next == state.waiting.count || state.next >= Limits.deviceClocks {
        state.waiting.removeFirst(state.next)
        state.next = 0
      }
      due.store(state.next < state.waiting.count ? state.waiting[state.next].due : .max, ordering: .relaxed)
      guard var clock = state.clocks[device] else { return nil }
      let minute = Minute(
        device: device, medianNanos: Self.median(clock), messages: clock.count, source: clock.source, last: clock.last)
      clock.count = 0
      state.clocks[device] = clock.base == nil ? nil : clock
      return minute
    }
  }

  /// Of two in the middle the one that is nearer to ours.
  private static func median(_ clock: Clock) -> Int64 {
    let count = min(Int(clock.count), Limits.clockSamples)
    let sorted = (0..<count).map { clock.samples[$0] }.sorted()
    let (lower, upper) = (sorted[(count - 1) / 2], sorted[count / 2])
    return lower.magnitude < upper.magnitude ? lower : upper
  }
}
