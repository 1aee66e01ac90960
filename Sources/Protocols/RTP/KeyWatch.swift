import Primitives

/// Whether key pictures, without which the others cannot be decoded, come whole and as often as they did.
struct KeyWatch: BitwiseCopyable {
  /// When the last one began, whole or not; `.min` before the first.
  private var lastBegan = UnixNanos.min
  /// Since when none came whole though some came; `.max` if the last one did.
  private var damagedSince = UnixNanos.max
  /// From one to the next: the longest lately where nothing was lost between; else the shortest.
  private var interval: Int64 = 0
  private var lossyInterval = Int64.max
  private var isLossy = false
  /// The last one, as long as late packets may make it whole.
  private var lastTimestamp: UInt32 = 0
  private var lastMissing: Int32 = 0

  /// Without a whole one for so long a stream is degraded, if it has them more often.
  static let patienceNanos = 10 * Nanos.perSecond
  private static let patienceIntervals: Int64 = 3

  mutating func noteLoss() { isLossy = true }

  mutating func begin(at now: UnixNanos) {
    if lastBegan != .min {
      let passed = now &- lastBegan
      if isLossy {
        lossyInterval = min(lossyInterval, passed)
      } else {
        interval = max(passed, interval &- interval / 8)
      }
    }
    lastBegan = now
    isLossy = false
  }

  /// It is over, and so many of its packets are missing.
  mutating func end(timestamp: UInt32, missing: Int32, at now: UnixNanos) {
    lastTimestamp = timestamp
    lastMissing = missing
    if missing <= 0 {
      damagedSince = .max
    } else if damagedSince == .max {
      damagedSince = now
    }
  }

  /// A late packet may be one of the last key picture's.
  mutating func takeLate(timestamp: UInt32) {
    guard timestamp == lastTimestamp, lastMissing > 0 else { return }
    lastMissing &-= 1
    if lastMissing == 0 { damagedSince = .max }
  }

  /// Nothing came for so long: that is silence, and no lack of key pictures.
  mutating func notePause(_ nanos: Int64) {
    if lastBegan != .min { lastBegan &+= nanos }
    if damagedSince != .max { damagedSince &+= nanos }
    isLossy = true
  }

  func isBad(at now: UnixNanos) -> Bool {
    if damagedSince != .max && now &- damagedSince >= Self.patienceNanos { return true }
    let own = interval > 0 ? interval : lossyInterval
    guard lastBegan != .min, own < Int64.max / 4 else { return false }
    return now &- lastBegan >= max(Self.patienceNanos, own &* Self.patienceIntervals)
  }
}
