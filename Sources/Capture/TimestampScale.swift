internal import Primitives

/// How an interface counts time: the length of a tick, and what to add (pcapng `if_tsresol` and `if_tsoffset`).
struct TimestampScale: BitwiseCopyable {
  /// The option's octet: the exponent of 10⁻ⁿ, or with the high bit set of 2⁻ⁿ, seconds in a tick.
  var resolution: UInt8 = 6
  /// Seconds to add to every time.
  var offsetSeconds: Int64 = 0

  /// Ticks since 1970 as nanoseconds since then, cut to whole nanoseconds; at the ends of what can be said, the end.
  @inline(__always)
  func nanos(ticks: UInt64) -> UnixNanos {
    if resolution == 6 && offsetSeconds == 0 && ticks < 9_000_000_000_000_000 {
      return Int64(truncatingIfNeeded: ticks) &* 1_000
    }
    return scaledNanos(ticks: ticks)
  }

  @inline(never)
  private func scaledNanos(ticks: UInt64) -> UnixNanos {
    let (seconds, fraction) = resolution & 0x80 == 0 ? decimal(ticks) : binary(ticks)
    let (shifted, overflow) = Int64(clamping: seconds).addingReportingOverflow(offsetSeconds)
    if overflow { return offsetSeconds < 0 ? .min : .max }
    let (whole, tooFar) = shifted.multipliedReportingOverflow(by: Nanos.perSecond)
    if tooFar { return shifted < 0 ? .min : .max }
    let (total, beyond) = whole.addingReportingOverflow(Int64(fraction))
    return beyond ? .max : total
  }

  /// Seconds, and nanoseconds below a second.
  private func decimal(_ ticks: UInt64) -> (UInt64, UInt64) {
    let exponent = Int(resolution)
    if exponent <= 9 {
      let perSecond = Self.powersOfTen[exponent]
      return (ticks / perSecond, ticks % perSecond * Self.powersOfTen[9 - exponent])
    }
    // Finer than a nanosecond: cut, then split.
    let finer = exponent - 9
    let nanos = finer < Self.powersOfTen.count ? ticks / Self.powersOfTen[finer] : 0
    return (nanos / 1_000_000_000, nanos % 1_000_000_000)
  }

  private func binary(_ ticks: UInt64) -> (UInt64, UInt64) {
    let exponent = UInt64(resolution & 0x7F)
    let seconds = exponent < 64 ? ticks >> exponent : 0
    let fraction = exponent < 64 ? ticks & ((1 << exponent) &- 1) : ticks
    let product = fraction.multipliedFullWidth(by: 1_000_000_000)
    // product >> exponent, over 128 bits; the result is below 10⁹ because fraction is below 2^exponent.
    let nanos: UInt64
    if exponent == 0 {
      nanos = 0
    } else if exponent < 64 {
      nanos = product.high << (64 - exponent) | product.low >> exponent
    } else {
      nanos = product.high >> (exponent - 64)
    }
    return (seconds, nanos)
  }

  /// 10⁰ to 10¹⁹, the largest that 64 bits hold.
  private static let powersOfTen: [UInt64] = {
    var powers: [UInt64] = [1]
    while powers.count < 20 { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()
}
