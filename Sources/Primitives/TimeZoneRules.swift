/// A time zone: when which offset from UTC holds. For wall-clock times on the wire that name no zone.
///
/// Read from a TZif file's bytes (RFC 8536), its rule for the future written out to the end of what `UnixNanos` can
/// say, so that every look-up is one binary search that allocates nothing.
public struct TimeZoneRules: Hashable, Sendable {
  /// Instants in UTC seconds, ascending, from which on the offset of the same index + 1 holds.
  var transitions: [Int64]
  /// Seconds east of UTC; the first holds before all transitions.
  var offsets: [Int32]

  init(transitions: [Int64], offsets: [Int32]) {
    self.transitions = transitions
    self.offsets = offsets
  }

  /// One offset, always. Positive is east of Greenwich.
  public static func fixed(offsetSeconds: Int) -> TimeZoneRules {
    TimeZoneRules(transitions: [], offsets: [Int32(truncatingIfNeeded: offsetSeconds)])
  }

  /// Coordinated universal time.
  public static let utc = fixed(offsetSeconds: 0)

  /// The zones that need no file: a server may have no tzdata. Viet Nam has had +07:00 since 1975.
  public static func builtIn(named name: String) -> TimeZoneRules? {
    switch name {
    case "UTC", "Etc/UTC", "Z": utc
    case "Asia/Ho_Chi_Minh", "Asia/Saigon": fixed(offsetSeconds: 7 * 3_600)
    default: nil
    }
  }

  /// How many transitions are not after `seconds`: the index of the offset that holds then.
  private func period(atUTC seconds: Int64) -> Int {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Seconds east of UTC at an instant in UTC seconds since 1970.
  public func offsetSeconds(atUTC seconds: Int64) -> Int {
    Int(offsets[period(atUTC: seconds)])
  }

  /// The instant, in UTC seconds since 1970, of a wall-clock time given as if it were UTC seconds.
  ///
  /// A time that happens twice is its first one; a time that the clock jumps over is read with the offset before the
  /// jump, which moves it behind the jump by as much as it missed.
  public func utcSeconds(fromLocalSeconds local: Int64) -> Int64 {
    // No offset is as long as two days, so the search begins in or before the right period.
    var index = period(atUTC: local &- 2 * 86_400)
    while index < transitions.count {
      let instant = local &- Int64(offsets[index])
      if instant < transitions[index] { break }
      index += 1
    }
    let instant = local &- Int64(offsets[index])
    if index > 0 && instant < transitions[index - 1] { return local &- Int64(offsets[index - 1]) }
    return instant
  }

  /// The same in nanoseconds; nil for what they cannot say.
  public func utcNanos(fromLocalSeconds local: Int64) -> UnixNanos? {
    let (nanos, overflow) = utcSeconds(fromLocalSeconds: local).multipliedReportingOverflow(by: Nanos.perSecond)
    return overflow ? nil : nanos
  }
}
