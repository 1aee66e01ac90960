import Primitives
import Telemetry

/// The clocks that one lane hears of, of all of its listeners of a protocol: what goes to their `DeviceClocks`, and the rows
/// that are due there.
///
/// Not each message's time is handed over, but a few a minute of each sender: the others cost a look into a table.
struct ClockWatch: ~Copyable {
  // Not private: see docs/workarounds.md.
  struct Place: BitwiseCopyable {
    var hash: UInt64 = 0
    var minute = Int64.min
    var count: UInt8 = 0
  }

  /// By listener; nil of those of other protocols.
  private let clocks: [DeviceClocks?]
  private var places: Slab<Place>
  private var second = Int64.min
  private var handedOver = 0

  /// - Parameter clocks: by listener. All nil where nothing is to be told: in a replay.
  init(_ clocks: [DeviceClocks?]) {
    self.clocks = clocks
    let isOn = clocks.contains { $0 != nil }
    places = Slab(repeating: Place(), count: isOn ? Limits.clockPlaces : 1)
  }

  /// Whose clocks a listener of a lane hears of.
  func clocks(of listener: Int) -> DeviceClocks? { clocks[listener] }

  /// Whether a message of that sender is to be handed over.
  @inline(__always)
  mutating func wants(_ sender: UInt64, at arrival: UnixNanos) -> Bool {
    let minute = arrival / Nanos.perMinute
    let index = Int(truncatingIfNeeded: sender >> 32) & (places.count &- 1)
    let place = places[index]
    if place.hash == sender && place.minute == minute {
      if place.count >= Limits.clockSamplesPerLane { return false }
      places[index].count = place.count &+ 1
    } else {
      places[index] = Place(hash: sender, minute: minute, count: 1)
    }
    return isWithinBudget(arrival)
  }

  @inline(never)
  private mutating func isWithinBudget(_ arrival: UnixNanos) -> Bool {
    let now = arrival / Nanos.perSecond
    if now != second {
      second = now
      handedOver = 0
    }
    handedOver &+= 1
    return handedOver <= Limits.clockSamplesPerSecond
  }

  @inline(__always)
  borrowing func isDue(_ now: UnixNanos) -> Bool {
    for index in clocks.indices {
      if let own = clocks[index], own.isDue(now) { return true }
    }
    return false
  }

  /// Appends the row of one device whose minute is over; nil if there is none.
  mutating func tick(
    _ now: UnixNanos, by: StaticString, _ measure: ClockRow.Measure, into out: inout DecodedDatagram
  ) -> DueRows? {
    for listener in clocks.indices {
      guard let minute = clocks[listener]?.takeDue(now) else { continue }
      let device = out.arena.appendString(minute.device)
      let row = ClockRow(device: device, by: by, messages: minute.messages)
      let time = minute.last &- minute.last % Nanos.perMillisecond
      if !row.append(measure, nanos: minute.medianNanos, timeNanos: time, to: &out) { out.refuseRow(.nameTooLong) }
      return DueRows(listener: listener, endNanos: minute.last, source: minute.source)
    }
    return nil
  }
}
