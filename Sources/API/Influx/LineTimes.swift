import Primitives

/// The units of times that InfluxDB's `precision` names.
enum LineTimes {
  static func unitNanos(_ precision: String) -> Int64? {
    switch precision {
    case "n", "ns": 1
    case "u", "us", "µ": Nanos.perMicrosecond
    case "ms": Nanos.perMillisecond
    case "s": Nanos.perSecond
    case "m": Nanos.perMinute
    case "h": Nanos.perHour
    default: nil
    }
  }
}
