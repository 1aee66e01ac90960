import Parquet
import Telemetry

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

  /// A number's decimal text: what the `text` sibling holds.
  static func text(tag: ValueTag, payload: Int64) -> String {
    if !tag.isDecimal || tag.scale == 0 { return String(payload) }
    let digits = String(payload.magnitude)
    let padded = String(repeating: "0", count: max(0, tag.scale + 1 - digits.count)) + digits
    return (payload < 0 ? "-" : "") + padded.dropLast(tag.scale) + "." + padded.suffix(tag.scale)
  }

  /// The number of such a text; nil if it is none.
  static func number(text: String) -> (tag: ValueTag, payload: Int64)? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let scale = parts.count == 2 ? parts[1].count : 0
    guard scale <= ValueTag.largestScale, let payload = Int64(parts.joined()) else { return nil }
    return parts.count == 2 ? (.decimal(scale: scale), payload) : (.integer, payload)
  }
}

/// Learns a field's type from its first part.
struct TypeLearner {
  private var integers = 0
  private var decimals = [Int](repeating: 0, count: ValueTag.largestScale + 1)
  private var doubles = 0
  private var booleans = 0
  private var strings = 0
  /// A decimal column takes the smallest scale that so many of a hundred values fit.
  private static let sharePercent = 90
  private static let largestScale = 9

  private mutating func note(_ tag: ValueTag, count: Int) {
    if tag == .integer {
      integers += count
    } else if tag.isDecimal {
      decimals[tag.scale] += count
    } else if tag == .double {
      doubles += count
    } else if tag == .boolean {
      booleans += count
    } else if tag == .string {
      strings += count
    }
  }

  /// Notes many values; false if all were null.
  mutating func note(_ tags: Span<UInt8>) -> Bool {
    var counts = [Int](repeating: 0, count: 256)
    for index in tags.indices { counts[Int(tags[index])] += 1 }
    counts[Int(ValueTag.null.rawValue)] = 0
    for (tag, count) in counts.enumerated() where count > 0 { note(ValueTag(rawValue: UInt8(tag)), count: count) }
    return counts.contains { $0 > 0 }
  }

  /// The type of the field's own column: that of most of its values.
  var type: ColumnType {
    let numbers = integers + decimals.reduce(0, +) + doubles
    if strings > numbers && strings >= booleans { return .string }
    if booleans > numbers { return .boolean }
    if integers == numbers { return .int64 }
    var fitting = integers
    for scale in 0...Self.largestScale {
      fitting += decimals[scale]
      if fitting * 100 >= numbers * Self.sharePercent { return .decimal(scale: scale) }
    }
    return .double
  }
}
