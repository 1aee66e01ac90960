import Primitives

/// When an issuer is asked for its keys: at start, when they are old, and when a token names one that nobody knows; one
/// question at a time, and after questions that it did not answer with longer and longer pauses.
struct FetchPace: Sendable {
  private(set) var isFetching = false
  private(set) var fetches: UInt64 = 0
  private(set) var failures: UInt64 = 0
  /// When the last question began that was answered, by the monotonic clock.
  private(set) var freshSince: Int64?
  private var beganAt: Int64 = 0
  private var unknownAt: Int64?
  private var failuresInARow = 0
  private var pausedUntil: Int64 = .min

  /// Whether to ask now because of the keys' age; who is told so asks.
  mutating func beginsByAge(at now: Int64) -> Bool {
    if let freshSince, now - freshSince < Limits.issuerKeysSeconds * Nanos.perSecond { return false }
    return begins(at: now)
  }

  /// Whether to ask now because of a key that nobody knows.
  mutating func beginsForUnknownKey(at now: Int64) -> Bool {
    if let unknownAt, now - unknownAt < Limits.issuerUnknownKeySeconds * Nanos.perSecond { return false }
    guard begins(at: now) else { return false }
    unknownAt = now
    return true
  }

  private mutating func begins(at now: Int64) -> Bool {
    if isFetching || now < pausedUntil { return false }
    isFetching = true
    beganAt = now
    fetches += 1
    return true
  }

  /// - Parameter jitter: from 0 to 1, so that those who lost an issuer together do not come back together.
  mutating func end(isAnswered: Bool, at now: Int64, jitter: Double) {
    isFetching = false
    if isAnswered {
      (freshSince, failuresInARow, pausedUntil) = (beganAt, 0, .min)
      return
    }
    failures += 1
    failuresInARow += 1
    let longest = Limits.issuerPauseSeconds
    let seconds = failuresInARow > 6 ? longest : min(longest, 1 << Int64(failuresInARow - 1))
    pausedUntil = now + Int64(Double(seconds * Nanos.perSecond) * (0.5 + 0.5 * jitter))
  }
}
