/// A bound of a column's values in statistics.
public enum ColumnBound: Hashable, Sendable {
  case boolean(Bool)
  /// Integers, timestamps in their unit, decimals unscaled.
  case int64(Int64)
  /// Never NaN.
  case double(Double)
  /// UTF-8, ordered by unsigned bytes.
  case string([UInt8])

  /// Whether `self` stands before `other`, a bound of the same column.
  func precedes(_ other: ColumnBound) -> Bool {
    switch (self, other) {
    case (.boolean(let left), .boolean(let right)): !left && right
    case (.int64(let left), .int64(let right)): left < right
    case (.double(let left), .double(let right)): left < right
    case (.string(let left), .string(let right)): left.lexicographicallyPrecedes(right)
    default: preconditionFailure("BUG: bounds of two column types compared")
    }
  }

  /// As statistics hold it: PLAIN, strings without their length.
  var encoded: [UInt8] {
    switch self {
    case .boolean(let value): [value ? 1 : 0]
    case .int64(let value): Self.littleEndian(UInt64(bitPattern: value))
    case .double(let value): Self.littleEndian(value.bitPattern)
    case .string(let value): value
    }
  }

  /// Nil where `encoded` is no bound that a reader may use: of another length, or NaN.
  init?(encoded: [UInt8], type: ColumnType) {
    switch type.physical {
    case .boolean:
      guard encoded.count == 1, encoded[0] < 2 else { return nil }
      self = .boolean(encoded[0] == 1)
    case .int64:
      guard encoded.count == 8 else { return nil }
      self = .int64(Int64(bitPattern: Self.word(encoded)))
    case .double:
      guard encoded.count == 8 else { return nil }
      let value = Double(bitPattern: Self.word(encoded))
      guard !value.isNaN else { return nil }
      self = .double(value)
    case .byteArray: self = .string(encoded)
    default: return nil
    }
  }

  private static func littleEndian(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
  }

  private static func word(_ bytes: [UInt8]) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
