import Parquet
import Telemetry

/// How a field's numbers look: how many digits stand before and behind the point. Zeros are told apart, since they fit
/// every type and tell of none; NaN and infinities, which no decimal is near to, are not counted.
struct NumberTally {
  /// A decimal column has at most so many places.
  static let largestScale = 9
  private static let mostDigits = 20
  /// Of a hundred numbers that are not zero so many shall fit…
  private static let sharePercent = 99
  /// …and so many must, or the column is a DOUBLE.
  static let leastPercent = 85
  /// Places beyond those that most numbers need, up to which a column gets more of them for the sake of a few: means of
  /// several readings have many places, and every other number would pay for them.
  static let placesForFew = 2

  /// By places behind the point, then by digits before it.
  private var decimals = [Int](repeating: 0, count: (largestScale + 1) * mostDigits)
  private(set) var zeros = 0
  /// Doubles and longer decimals.
  private(set) var others = 0
  private(set) var nonzero = 0

  mutating func note(tag: ValueTag, payload: Int64) {
    if tag == .double {
      let value = Double(bitPattern: UInt64(bitPattern: payload))
      if value.isFinite { value == 0 ? zeros += 1 : noteOther() }
      return
    }
    guard tag == .integer || tag.isDecimal else { return }
    let plain = DecimalNumber.normalized(mantissa: payload, scale: tag == .integer ? 0 : tag.scale)
    if plain.mantissa == 0 {
      zeros += 1
    } else if plain.scale > Self.largestScale {
      noteOther()
    } else {
      nonzero += 1
      let whole = max(0, Self.digits(plain.mantissa.magnitude) - plain.scale)
      decimals[plain.scale * Self.mostDigits + whole] += 1
    }
  }

  private mutating func noteOther() {
    nonzero += 1
    others += 1
  }

  private static func digits(_ magnitude: UInt64) -> Int {
    // 1,233 / 4,096 is the logarithm of 2, near enough to be one too few at the most.
    let atLeast = ((64 &- magnitude.leadingZeroBitCount) &* 1_233) >> 12
    return atLeast + (magnitude >= power(atLeast) ? 1 : 0)
  }

  private static func power(_ exponent: Int) -> UInt64 {
    exponent < 19 ? DecimalNumber.powersOfTen[exponent].magnitude : 10_000_000_000_000_000_000
  }

  /// How many of the numbers that are not zero fit a column of that type exactly, about.
  func fitting(_ type: ColumnType) -> Int {
    switch type {
    case .int64: return count(places: 0, digits: Self.mostDigits)
    case .decimal(let scale): return count(places: scale, digits: ColumnType.decimalPrecision - scale)
    // A double says every decimal of fifteen digits.
    case .double:
      return others
        + (0...Self.largestScale).reduce(0) { sum, scale in
          sum + decimals[scale * Self.mostDigits..<scale * Self.mostDigits + 16 - scale].reduce(0, +)
        }
    case .boolean, .string, .timestampMillis, .timestampMicros: return 0
    }
  }

  /// Numbers of at most so many places and digits before the point.
  private func count(places: Int, digits: Int) -> Int {
    (0...min(places, Self.largestScale)).reduce(0) { sum, scale in
      let start = scale * Self.mostDigits
      return sum + decimals[start..<start + min(digits + 1, Self.mostDigits)].reduce(0, +)
    }
  }

  /// Whether more than one of a hundred of the numbers that are not zero do not fit that type.
  func isMisfit(_ type: ColumnType) -> Bool {
    fitting(type) * 100 < nonzero * Self.sharePercent
  }

  /// Whether so many of the numbers that are not zero fit that type that it does.
  func fitsMost(_ type: ColumnType) -> Bool {
    fitting(type) * 100 >= nonzero * Self.leastPercent
  }

  /// The type that suits the numbers: the smallest scale that nearly all of them fit, unless that is far from what most
  /// of them need; else the smallest that most of them fit, else DOUBLE. nil if there is none but zeros.
  var best: ColumnType? {
    if nonzero == 0 { return nil }
    guard let most = (0...Self.largestScale).first(where: { fitsMost(.decimal(scale: $0)) }) else { return .double }
    let nearlyAll = (most...min(most + Self.placesForFew, Self.largestScale)).first { !isMisfit(.decimal(scale: $0)) }
    return .decimal(scale: nearlyAll ?? most)
  }
}
