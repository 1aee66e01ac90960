public import Primitives

/// What a rule would have told over a stretch of the past.
public struct TrialOutcome: Hashable, Sendable {
  /// How often it would have fired, and of how many devices, areas or classes.
  public var firings = 0
  public var subjects = 0
  /// When it would have fired first and last.
  public var first: UnixNanos?
  public var last: UnixNanos?
  /// The extremes of the value that the rule looks at: the aggregate, or seconds of silence.
  public var highest: Double?
  public var lowest: Double?
  /// What there was to look at.
  public var seen = 0

  public init() {}

  mutating func note(firing time: UnixNanos) {
    firings += 1
    first = min(first ?? time, time)
    last = max(last ?? time, time)
  }

  mutating func note(value: Double) {
    highest = max(highest ?? value, value)
    lowest = min(lowest ?? value, value)
  }

  /// Adds what another subject came to.
  mutating func add(_ other: TrialOutcome) {
    firings += other.firings
    subjects += other.firings > 0 ? 1 : 0
    seen += 1
    first = [first, other.first].compactMap { $0 }.min()
    last = [last, other.last].compactMap { $0 }.max()
    if let value = other.highest { highest = max(highest ?? value, value) }
    if let value = other.lowest { lowest = min(lowest ?? value, value) }
  }
}

/// Runs one subject's readings of the past through a rule, instant by instant at which anything changes.
struct SubjectTrial {
  private let threshold: AlertThreshold
  private let from: UnixNanos
  private var window: SlidingWindow
  private var machine: AlertMachine
  private(set) var outcome = TrialOutcome()

  /// Readings before `from` fill the window and tell nothing.
  init(_ threshold: AlertThreshold, machine: AlertMachine, from: UnixNanos) {
    self.threshold = threshold
    self.machine = machine
    self.from = from
    window = SlidingWindow(threshold)
  }

  /// Takes the readings of one instant, later than all before.
  mutating func take(_ values: some Sequence<(value: Double, origin: Int)>, at time: UnixNanos) {
    advance(to: time, isInclusive: false)
    window.expire(at: time)
    for (value, origin) in values { window.add(value, of: origin, at: time) }
    look(at: time)
  }

  /// Lets the time pass up to then: readings leave, and what holds for long enough fires.
  mutating func advance(to end: UnixNanos, isInclusive: Bool = true) {
    while true {
      let sign = threshold.sign(of: window.value)
      let due = [window.nextLeaveNanos, machine.dueNanos(sign: sign)].compactMap { $0 }.min()
      guard let due, due < end || (isInclusive && due == end) else { return }
      window.expire(at: due)
      look(at: due)
    }
  }

  private mutating func look(at time: UnixNanos) {
    guard time >= from else { return }
    let value = window.value
    if let value { outcome.note(value: value) }
    if case .fired = machine.observe(threshold.sign(of: value), at: time) { outcome.note(firing: time) }
  }
}
