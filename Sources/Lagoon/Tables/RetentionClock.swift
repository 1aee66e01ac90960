import Primitives

/// How far the time of day is believed where it decides that rows have expired: a clock that was set wrong for a minute
/// must not cost a year of rows.
///
/// The time of day is held against the monotonic clock and, at a start, against the newest time that was believed, which
/// outlasts the process. Where it is ahead by more than a stop explains, retention pauses until it is back, or has held
/// for `patienceNanos`. A clock that is behind lets go of less, which is no harm.
struct RetentionClock: Sendable {
  /// A jump of the clock that runs.
  static let jumpNanos = Nanos.perDay
  /// How long a node may have been off without doubt.
  static let stopNanos = 7 * Nanos.perDay
  /// How long a clock that was doubted must go on evenly to be believed.
  static let patienceNanos = 7 * Nanos.perDay

  /// The time that is believed, at a moment of the monotonic clock.
  private var believedNanos: UnixNanos
  private var atNanos: Int64
  /// Since when, by the monotonic clock, the time of day is doubted; and what it was ahead by then.
  private var doubt: (sinceNanos: Int64, aheadNanos: Int64)?
  private var lastStampNanos: UnixNanos
  /// Why retention waits; nil if it does not.
  private(set) var pause: String?

  /// - Parameter trustedNanos: the newest time that was believed before; nil for a data directory without any.
  init(trustedNanos: UnixNanos?, nowNanos: UnixNanos, monotonicNanos: Int64) {
    believedNanos = nowNanos
    atNanos = monotonicNanos
    lastStampNanos = 0
    guard let trustedNanos else { return }
    let ahead = nowNanos.subtracting(trustedNanos)
    // Behind: what was believed may itself have been wrong.
    if ahead <= Self.stopNanos {
      if ahead >= -Self.jumpNanos { lastStampNanos = trustedNanos }
      return
    }
    believedNanos = trustedNanos
    lastStampNanos = trustedNanos
    doubt = (monotonicNanos, ahead)
    pause = Self.sentence(ahead)
  }

  /// What the time would be if the clock had gone on evenly. Between two looks no more than a day passes unseen.
  private func expected(_ monotonicNanos: Int64) -> UnixNanos {
    let (expected, overflow) = believedNanos.addingReportingOverflow(
      min(max(0, monotonicNanos.subtracting(atNanos)), Self.jumpNanos))
    return overflow ? .max : expected
  }

  /// Looks at the clock, now and then; what time retention and compaction shall believe it to be.
  mutating func look(nowNanos: UnixNanos, monotonicNanos: Int64) -> UnixNanos {
    let expected = expected(monotonicNanos)
    let ahead = nowNanos.subtracting(expected)
    if ahead <= Self.jumpNanos {
      believedNanos = nowNanos
      doubt = nil
      pause = nil
    } else {
      let isEven = doubt.map { ahead.subtracting($0.aheadNanos).magnitude <= Self.jumpNanos.magnitude } ?? false
      if !isEven { doubt = (monotonicNanos, ahead) }
      if let doubt, monotonicNanos - doubt.sinceNanos >= Self.patienceNanos {
        believedNanos = nowNanos
        self.doubt = nil
        pause = nil
      } else {
        believedNanos = expected
        pause = Self.sentence(ahead)
      }
    }
    atNanos = monotonicNanos
    return min(believedNanos, nowNanos)
  }

  /// The time that is believed, without a look that changes anything; never later than the clock says.
  func believed(nowNanos: UnixNanos, monotonicNanos: Int64) -> UnixNanos {
    let expected = expected(monotonicNanos)
    return nowNanos.subtracting(expected) <= Self.jumpNanos ? nowNanos : expected
  }

  /// The time that a commit bears. It never goes back, and does not follow a jump: who asks for what changed since would
  /// miss what comes after.
  mutating func stamp(nowNanos: UnixNanos, monotonicNanos: Int64) -> UnixNanos {
    let expected = expected(monotonicNanos)
    let isNear = nowNanos.subtracting(expected).magnitude <= Self.jumpNanos.magnitude
    lastStampNanos = max(lastStampNanos, isNear ? nowNanos : expected)
    return lastStampNanos
  }

  private static func sentence(_ aheadNanos: Int64) -> String {
    "retention waits: the clock is \(aheadNanos / Nanos.perDay) days ahead of what it was believed to be; nothing"
      + " expires until it is right, or has gone on evenly for \(patienceNanos / Nanos.perDay) days"
  }
}

extension Int64 {
  /// The difference, or the nearest that there is.
  fileprivate func subtracting(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (self < other ? -Int64.max : .max) : difference
  }
}
