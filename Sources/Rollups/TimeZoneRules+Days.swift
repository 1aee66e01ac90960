public import Primitives

extension TimeZoneRules {
  /// The local day of an instant, counted from 1970-01-01.
  public func localDay(of time: UnixNanos) -> Int64 {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    return flooredDivision(seconds + Int64(offsetSeconds(atUTC: seconds)), by: 86_400)
  }

  /// The instant at which a local day begins. Where the clocks go forward at midnight, it is that moment; where they go
  /// back over midnight, it is the first of the two.
  public func start(ofLocalDay day: Int64) -> UnixNanos {
    utcSeconds(fromLocalSeconds: day * 86_400) * Nanos.perSecond
  }
}
