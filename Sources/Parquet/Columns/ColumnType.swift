/// What a column holds, and so how it is stored.
public enum ColumnType: Hashable, Sendable {
  /// BOOLEAN.
  case boolean
  /// INT64, signed.
  case int64
  /// INT64 annotated TIMESTAMP(MILLIS, UTC): milliseconds since 1970-01-01T00:00:00Z.
  case timestampMillis
  /// INT64 annotated TIMESTAMP(MICROS, UTC): microseconds since 1970-01-01T00:00:00Z.
  case timestampMicros
  /// INT64 annotated DECIMAL(18, scale): the value times ten to the power of `scale` (0...18).
  case decimal(scale: Int)
  /// DOUBLE (IEEE 754 binary64); every bit pattern survives.
  case double
  /// BYTE_ARRAY annotated STRING: UTF-8.
  case string

  /// Digits of a decimal: all that always fit a signed 64-bit integer.
  public static let decimalPrecision = 18

  var physical: PhysicalType {
    switch self {
    case .boolean: .boolean
    case .int64, .timestampMillis, .timestampMicros, .decimal: .int64
    case .double: .double
    case .string: .byteArray
    }
  }
}
