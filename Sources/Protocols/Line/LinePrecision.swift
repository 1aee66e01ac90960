import Primitives

/// The unit of the timestamps on a listener's lines; the raw value is the name in the configuration.
public enum LinePrecision: String, CaseIterable, Sendable {
  case nanoseconds = "ns"
  case microseconds = "us"
  case milliseconds = "ms"
  case seconds = "s"
  case minutes = "m"
  case hours = "h"

  /// Nanoseconds in one unit.
  public var unitNanos: Int64 {
    switch self {
    case .nanoseconds: 1
    case .microseconds: Nanos.perMicrosecond
    case .milliseconds: Nanos.perMillisecond
    case .seconds: Nanos.perSecond
    case .minutes: Nanos.perMinute
    case .hours: Nanos.perHour
    }
  }
}
