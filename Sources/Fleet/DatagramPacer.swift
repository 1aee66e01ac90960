import Primitives

/// A token bucket on a clock that it is told: one token a datagram.
///
/// Tokens are kept in billionths, so that nothing is lost to rounding: over any time the rate is exact.
public struct DatagramPacer: Sendable {
  /// Datagrams a second; nil never waits.
  public let rate: Int?
  private let burst: Int64
  private var billionths: Int64 = 0
  private var lastNanos: Int64

  /// - Parameter burst: the most datagrams that are let go at once after a pause.
  /// - Parameter nowNanos: the monotonic clock at the start.
  public init(rate: Int?, burst: Int, nowNanos: Int64) {
    precondition(rate.map { $0 > 0 && $0 <= 1_000_000_000 } ?? true, "BUG: a rate of \(rate ?? 0) datagrams a second")
    precondition(burst > 0 && burst <= 1_000_000, "BUG: a burst of \(burst) datagrams")
    self.rate = rate
    self.burst = Int64(burst) * Nanos.perSecond
    self.lastNanos = nowNanos
  }

  /// How many datagrams may go at `nowNanos`.
  public mutating func granted(nowNanos: Int64) -> Int {
    guard let rate else { return Int.max }
    let elapsed = max(0, nowNanos - lastNanos)
    lastNanos = max(lastNanos, nowNanos)
    let gained = elapsed.multipliedReportingOverflow(by: Int64(rate))
    billionths = gained.overflow ? burst : min(burst, billionths + min(gained.partialValue, burst))
    return Int(billionths / Nanos.perSecond)
  }

  /// Takes `count` tokens, at most what was granted.
  public mutating func take(_ count: Int) {
    if rate == nil { return }
    billionths -= Int64(count) * Nanos.perSecond
    precondition(billionths >= 0, "BUG: more datagrams sent than granted")
  }

  /// Nanoseconds after the last `granted` until one datagram may go.
  public var waitNanos: Int64 {
    guard let rate, billionths < Nanos.perSecond else { return 0 }
    let missing = Nanos.perSecond - billionths
    return (missing + Int64(rate) - 1) / Int64(rate)
  }
}
