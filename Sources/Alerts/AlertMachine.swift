public import Primitives

/// What is seen of a condition at one instant.
public enum AlertSign: Hashable, Sendable {
  /// It holds.
  case raised
  /// It holds no more, but not by as much as ends what fires.
  case between
  case cleared
  /// There is no value.
  case absent
}

/// Whether one thing fires: `ok → pending → firing → ok`. It knows no clock but what it is told.
public struct AlertMachine: Hashable, Sendable {
  /// Where it stands.
  public enum Phase: Hashable, Sendable {
    case ok
    /// It holds, but not for long enough yet.
    case pending(since: UnixNanos)
    /// It was told. `heard` is when there was a value last.
    case firing(since: UnixNanos, heard: UnixNanos)
  }

  /// What is to be told.
  public enum Change: Hashable, Sendable {
    /// It holds since then.
    case fired(since: UnixNanos)
    /// What fired since then is over.
    case resolved(since: UnixNanos)
    /// What fired since then had no value for so long that nothing can be said of it.
    case lost(since: UnixNanos)
  }

  public private(set) var phase: Phase
  private let holdNanos: Int64

  /// Without a value what fires goes on, since a gauge that a flood took away is no sign of its end; after so long its
  /// end is told all the same.
  public static let lostNanos = Nanos.perDay

  public init(holdNanos: Int64, phase: Phase = .ok) {
    self.holdNanos = holdNanos
    self.phase = phase
  }

  public var isFiring: Bool {
    if case .firing = phase { return true }
    return false
  }

  /// When the next change is due if nothing else is seen until then.
  public func dueNanos(sign: AlertSign) -> UnixNanos? {
    switch phase {
    case .ok: nil
    case .pending(let since): sign == .raised ? since.addingReportingOverflow(holdNanos).partialValue : nil
    case .firing(_, let heard): sign == .absent ? heard + Self.lostNanos : nil
    }
  }

  /// Takes what is seen at `now`, and says what is to be told of it.
  public mutating func observe(_ sign: AlertSign, at now: UnixNanos) -> Change? {
    switch phase {
    case .ok:
      guard sign == .raised else { return nil }
      return hold(since: now, now)
    case .pending(let since):
      guard sign == .raised else {
        phase = .ok
        return nil
      }
      return hold(since: since, now)
    case .firing(let since, let heard):
      switch sign {
      case .raised, .between:
        phase = .firing(since: since, heard: now)
        return nil
      case .cleared:
        phase = .ok
        return .resolved(since: since)
      case .absent:
        guard now - heard >= Self.lostNanos else { return nil }
        phase = .ok
        return .lost(since: since)
      }
    }
  }

  private mutating func hold(since: UnixNanos, _ now: UnixNanos) -> Change? {
    guard now - since >= holdNanos else {
      phase = .pending(since: since)
      return nil
    }
    phase = .firing(since: since, heard: now)
    return .fired(since: since)
  }
}
