import Primitives

/// Remembers what a scope says of devices that have numbers: it says the same of each between two changes of the registry,
/// so that it is asked once a device and not once a row.
struct ScopeVerdicts {
  /// From one change of the registry to the next.
  private struct Verdict {
    var from: UnixNanos
    var to: UnixNanos
    var isInside: Bool

    static let none = Verdict(from: .max, to: .min, isInside: false)
  }

  private let changes: [UnixNanos]
  private var verdicts: [Verdict]

  /// - Parameters:
  ///   - changes: the instants at which the registry changes, in order.
  ///   - count: how many devices there are, or more.
  init(changes: [UnixNanos], count: Int = 0) {
    self.changes = changes
    verdicts = [Verdict](repeating: .none, count: count)
  }

  /// - Parameter ask: finds out what the scope says at that time.
  @inline(__always)
  mutating func takes(_ number: Int, at time: UnixNanos, ask: () -> Bool) -> Bool {
    if number < verdicts.count {
      let known = verdicts[number]
      if time >= known.from && (time < known.to || known.to == .max) { return known.isInside }
    } else {
      verdicts += [Verdict](repeating: .none, count: number + 1 - verdicts.count)
    }
    let (from, to) = Self.span(around: time, changes)
    let isInside = ask()
    verdicts[number] = Verdict(from: from, to: to, isInside: isInside)
    return isInside
  }

  /// From the last change before an instant to the first one behind it: so long the registry says the same.
  static func span(around time: UnixNanos, _ changes: [UnixNanos]) -> (from: UnixNanos, to: UnixNanos) {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return (low == 0 ? .min : changes[low - 1], low == changes.count ? .max : changes[low])
  }
}
