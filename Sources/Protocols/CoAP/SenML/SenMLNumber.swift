import Primitives
import Telemetry

/// A number of a SenML record as `ValueTag` says it: a decimal wherever 18 digits hold it, else an integer of 64 bits
/// or a double. Nothing that was sent is rounded.
struct SenMLNumber: Equatable, BitwiseCopyable {
  var tag: ValueTag
  var payload: Int64

  static let zero = SenMLNumber(tag: .decimal(scale: 0), payload: 0)

  /// Unscaled values of decimals are below this.
  private static let decimalBound: Int64 = 1_000_000_000_000_000_000

  @inline(__always)
  init(tag: ValueTag, payload: Int64) {
    self.tag = tag
    self.payload = payload
  }

  @inline(__always)
  init(whole value: Int64) {
    payload = value
    tag = value > -Self.decimalBound && value < Self.decimalBound ? .decimal(scale: 0) : .integer
  }

  /// A double; nil for NaN and the infinities, which SenML does not know (RFC 8428 section 5.1.3).
  init?(_ value: Double) {
    if !value.isFinite { return nil }
    (tag, payload) = DecimalNumber.tagged(value)
  }

  /// `argument`, or `-1 - argument`, as CBOR says integers; nil if neither 64 bits nor a double hold it.
  init?(argument: UInt64, negative: Bool) {
    if argument <= UInt64(Int64.max) {
      let value = Int64(truncatingIfNeeded: argument)
      self.init(whole: negative ? ~value : value)
      return
    }
    let (successor, overflow) = argument.addingReportingOverflow(1)
    if negative {
      if overflow {
        self.init(-0x1p64)
        return
      }
      guard let exact = Double(exactly: successor) else { return nil }
      self.init(-exact)
    } else {
      guard let exact = Double(exactly: argument) else { return nil }
      self.init(exact)
    }
  }

  /// `mantissa * 10^exponent` (RFC 8949 section 3.4.4); nil if no decimal and no double holds it exactly.
  init?(mantissa: Int64, decimalExponent: Int64) {
    var mantissa = mantissa
    var exponent = decimalExponent
    if mantissa == 0 {
      self = .zero
      return
    }
    while exponent < 0 && mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    if exponent <= 0 {
      if exponent < -Int64(ValueTag.largestScale) { return nil }
      if exponent == 0 {
        self.init(whole: mantissa)
        return
      }
      if mantissa <= -Self.decimalBound || mantissa >= Self.decimalBound { return nil }
      self.init(tag: .decimal(scale: Int(-exponent)), payload: mantissa)
      return
    }
    if exponent <= Int64(ValueTag.largestScale) {
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[Int(exponent)])
      if !overflow {
        self.init(whole: product)
        return
      }
    }
    guard exponent <= 22, let factor = Double(exactly: mantissa) else { return nil }
    var power = 1.0
    for _ in 0..<exponent { power *= 10 }
    let product = factor * power
    // The fused operation rounds once, so it is zero only if the product was exact.
    if (-product).addingProduct(factor, power) != 0 { return nil }
    self.init(product)
  }

  /// `mantissa * 2^exponent` (RFC 8949 section 3.4.4); nil if no double holds it exactly.
  init?(mantissa: Int64, binaryExponent: Int64) {
    if mantissa == 0 {
      self = .zero
      return
    }
    let zeros = mantissa.trailingZeroBitCount
    guard let odd = Double(exactly: mantissa >> Int64(zeros)), binaryExponent > -1_200, binaryExponent < 1_100 else {
      return nil
    }
    let exponent = Int(binaryExponent) + zeros
    let value = Double(sign: odd.sign, exponent: exponent, significand: odd.magnitude)
    guard value.isFinite, Double(sign: odd.sign, exponent: -exponent, significand: value.magnitude) == odd else {
      return nil
    }
    self.init(value)
  }

  @inline(__always) var isZero: Bool { tag == .decimal(scale: 0) && payload == 0 }

  /// The sum: exact of decimals that 18 digits can add up, else of doubles; nil if that is infinite.
  func adding(_ other: SenMLNumber) -> SenMLNumber? {
    if isZero { return other }
    if other.isZero { return self }
    if let exact = addingExactly(other) { return exact }
    guard let a = DecimalNumber.double(tag: tag, payload: payload),
      let b = DecimalNumber.double(tag: other.tag, payload: other.payload)
    else { return nil }
    return SenMLNumber(a + b)
  }

  private func addingExactly(_ other: SenMLNumber) -> SenMLNumber? {
    if tag == .double || other.tag == .double { return nil }
    let scaleA = tag == .integer ? 0 : tag.scale
    let scaleB = other.tag == .integer ? 0 : other.tag.scale
    let scale = max(scaleA, scaleB)
    let (a, overflowA) = payload.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[scale - scaleA])
    let (b, overflowB) = other.payload.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[scale - scaleB])
    let (sum, overflow) = a.addingReportingOverflow(b)
    if overflowA || overflowB || overflow { return nil }
    return SenMLNumber(mantissa: sum, decimalExponent: -Int64(scale))
  }

  /// This many seconds in nanoseconds: exact of a decimal (cut behind the ninth place), a double's nearest
  /// microsecond, since seconds of this century in a double are no finer; nil if 64 bits do not hold it.
  var nanosOfSeconds: Int64? {
    if tag == .double {
      let micros = (Double(bitPattern: UInt64(bitPattern: payload)) * 1e6).rounded()
      guard micros.magnitude < 9.2e15 else { return nil }
      return Int64(micros) * Nanos.perMicrosecond
    }
    let scale = tag == .integer ? 0 : tag.scale
    if scale > 9 { return payload / DecimalNumber.powersOfTen[scale - 9] }
    let (nanos, overflow) = payload.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[9 - scale])
    return overflow ? nil : nanos
  }

  /// The last nanosecond in its direction, for seconds that 64 bits of nanoseconds do not hold.
  var lastNanos: Int64 {
    let isNegative = tag == .double ? Double(bitPattern: UInt64(bitPattern: payload)) < 0 : payload < 0
    return isNegative ? .min : .max
  }

  /// The sum of two times, or the last in its direction.
  static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? (a < 0 ? .min : .max) : sum
  }
}
