import Parquet
import Telemetry
import Text

/// Where a value stands in the files so that it comes back as it was sent.
enum ValueFit {
  /// A value as a column of that type holds it: the 64 bits, or nil if it does not fit exactly.
  static func fit(tag: ValueTag, payload: Int64, type: ColumnType) -> Int64? {
    switch type {
    case .int64:
      return tag == .integer || tag == .decimal(scale: 0) ? payload : nil
    case .decimal(let scale):
      guard tag == .integer || tag.isDecimal else { return nil }
      let own = tag == .integer ? 0 : tag.scale
      // Most values have the column's own scale.
      if own == scale { return payload.magnitude >= 1_000_000_000_000_000_000 ? nil : payload }
      guard own <= scale else { return nil }
      let (scaled, overflow) = payload.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[scale - own])
      return overflow || scaled.magnitude >= 1_000_000_000_000_000_000 ? nil : scaled
    case .double:
      guard let value = DecimalNumber.double(tag: tag, payload: payload) else { return nil }
      if tag == .double { return payload }
      if tag != .integer && tag != .decimal(scale: 0) {
        return DecimalNumber.exactDouble(mantissa: payload, scale: tag.scale).map { Int64(bitPattern: $0.bitPattern) }
      }
      let back = DecimalNumber.tagged(value)
      return back == (.decimal(scale: 0), payload) ? Int64(bitPattern: value.bitPattern) : nil
    case .boolean:
      return tag == .boolean ? payload : nil
    case .string, .timestampMillis, .timestampMicros:
      return nil
    }
  }

  /// What a column holds of a number that does not fit it exactly: the nearest that it can say, half away from zero. nil
  /// where nothing is near: NaN, infinities, what its digits do not reach, and what is no number.
  static func nearest(tag: ValueTag, payload: Int64, type: ColumnType) -> Int64? {
    switch type {
    case .int64: return scaled(tag: tag, payload: payload, to: 0)
    case .decimal(let scale):
      guard let value = scaled(tag: tag, payload: payload, to: scale) else { return nil }
      return value.magnitude >= 1_000_000_000_000_000_000 ? nil : value
    case .double:
      return DecimalNumber.double(tag: tag, payload: payload).map { Int64(bitPattern: $0.bitPattern) }
    case .boolean, .string, .timestampMillis, .timestampMicros: return nil
    }
  }

  /// A number times ten to the power of `scale`, rounded; nil if 64 bits do not hold it.
  private static func scaled(tag: ValueTag, payload: Int64, to scale: Int) -> Int64? {
    let power = DecimalNumber.powersOfTen[scale]
    if tag == .double {
      let value = Double(bitPattern: UInt64(bitPattern: payload))
      let whole = value.rounded(.towardZero)
      // What stands behind the point is exact by itself: the product of all of it would lose digits.
      guard whole.magnitude < 0x1p63, let digits = Int64(exactly: whole) else { return nil }
      let (high, overflow) = digits.multipliedReportingOverflow(by: power)
      let (sum, carry) = high.addingReportingOverflow(Int64(((value - whole) * Double(power)).rounded()))
      return overflow || carry ? nil : sum
    }
    guard tag == .integer || tag.isDecimal else { return nil }
    let own = tag == .integer ? 0 : tag.scale
    if own <= scale {
      let (digits, overflow) = payload.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[scale - own])
      return overflow ? nil : digits
    }
    let (quotient, rest) = payload.quotientAndRemainder(dividingBy: DecimalNumber.powersOfTen[own - scale])
    let isUp = rest.magnitude >= DecimalNumber.powersOfTen[own - scale].magnitude / 2
    // Far from the ends: it was divided by ten at the least.
    return isUp ? quotient + (payload < 0 ? -1 : 1) : quotient
  }

  /// A column's 64 bits as a value again.
  static func value(_ bits: Int64, type: ColumnType) -> (tag: ValueTag, payload: Int64) {
    switch type {
    case .int64, .timestampMillis, .timestampMicros: return (.integer, bits)
    case .decimal(let scale):
      let normal = DecimalNumber.normalized(mantissa: bits, scale: scale)
      return (.decimal(scale: normal.scale), normal.mantissa)
    case .double: return DecimalNumber.tagged(Double(bitPattern: UInt64(bitPattern: bits)))
    case .boolean: return (.boolean, bits)
    case .string: return (.string, bits)
    }
  }

  /// The sibling that takes a value which its field's own column does not: an exact double, else text.
  static func siblingRole(tag: ValueTag, payload: Int64) -> StoredColumn.Role {
    if tag == .string { return .string }
    if tag == .boolean { return .boolean }
    return fit(tag: tag, payload: payload, type: .double) == nil ? .text : .exact
  }

  /// A number's decimal text: what the `text` sibling holds. Without zeros at its end: a part that is written anew has
  /// numbers in the scale of the column that they come from.
  static func text(tag: ValueTag, payload: Int64) -> String {
    if !tag.isDecimal { return String(payload) }
    let (mantissa, scale) = DecimalNumber.normalized(mantissa: payload, scale: tag.scale)
    return NumberFormat.decimal(mantissa: mantissa, scale: scale)
  }

  /// The number of such a text; nil if it is none.
  static func number(text: String) -> (tag: ValueTag, payload: Int64)? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = parts.count == 2 ? parts[1].count : 0
    guard digits <= ValueTag.largestScale, let payload = Int64(parts.joined()) else { return nil }
    // Older parts have zeros at the end.
    let (mantissa, scale) = DecimalNumber.normalized(mantissa: payload, scale: digits)
    return scale > 0 ? (.decimal(scale: scale), mantissa) : (.integer, mantissa)
  }
}
