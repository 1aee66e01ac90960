/// An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted. 1677 to 2262 can be said.
public typealias UnixNanos = Int64

/// Lengths of time in nanoseconds.
public enum Nanos {
  public static let perMicrosecond: Int64 = 1_000
  public static let perMillisecond: Int64 = 1_000_000
  public static let perSecond: Int64 = 1_000_000_000
  public static let perMinute: Int64 = 60 * perSecond
  public static let perHour: Int64 = 3_600 * perSecond
  public static let perDay: Int64 = 86_400 * perSecond
}

/// How fine a table's times are. One precision a table, learned from its first rows.
public enum TimePrecision: UInt8, Sendable, CaseIterable {
  case milliseconds
  case microseconds

  /// Nanoseconds in one unit.
  @inlinable public var unitNanos: Int64 {
    switch self {
    case .milliseconds: Nanos.perMillisecond
    case .microseconds: Nanos.perMicrosecond
    }
  }

  /// A time in this unit, rounded towards minus infinity. Both divisors stand here, so that neither is divided by.
  @inlinable
  public func units(ofNanos nanos: UnixNanos) -> Int64 {
    switch self {
    case .milliseconds: flooredDivision(nanos, by: Nanos.perMillisecond)
    case .microseconds: flooredDivision(nanos, by: Nanos.perMicrosecond)
    }
  }
}

/// `value / divisor`, rounded towards minus infinity: what cuts a time before 1970 to its bucket or day.
@inlinable
@inline(__always)
public func flooredDivision(_ value: Int64, by divisor: Int64) -> Int64 {
  let quotient = value / divisor
  return value % divisor < 0 ? quotient - 1 : quotient
}
