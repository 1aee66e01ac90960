/// What a reading's 64-bit payload means. One byte, stored beside the payload in batches, records and chunks.
///
/// | tag | payload |
/// |---|---|
/// | `null` | none |
/// | `integer` | the value |
/// | `boolean` | 0 or 1 |
/// | `string` | `TextRange` of UTF-8 (or other) bytes, packed |
/// | `double` | the bit pattern |
/// | `decimal(scale)` | the unscaled value; `scale` digits stand behind the point, 0…18, the last of them not 0 |
///
/// A number that has an exact short decimal form is always a decimal, so equal values have equal tags and payloads:
/// `23.50`, `23.5`, `2.35e1` and the double 23.5 are all `decimal(1)` with payload 235.
public struct ValueTag: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  public let rawValue: UInt8

  @inlinable
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  // Computed, because a stored constant of another module is fetched by a call.
  @inlinable public static var null: ValueTag { ValueTag(rawValue: 0) }
  @inlinable public static var integer: ValueTag { ValueTag(rawValue: 1) }
  @inlinable public static var boolean: ValueTag { ValueTag(rawValue: 2) }
  @inlinable public static var string: ValueTag { ValueTag(rawValue: 3) }
  @inlinable public static var double: ValueTag { ValueTag(rawValue: 4) }

  /// The largest scale: 18 digits fit 64 bits whatever they are.
  public static let largestScale = 18

  @inlinable
  public static func decimal(scale: Int) -> ValueTag {
    ValueTag(rawValue: 16 &+ UInt8(truncatingIfNeeded: scale))
  }

  @inlinable public var isDecimal: Bool { rawValue >= 16 && rawValue <= 34 }

  /// Digits behind the point of a decimal.
  @inlinable public var scale: Int { Int(rawValue) &- 16 }

  /// Whether rollups sum it up: integers, decimals and doubles.
  @inlinable public var isNumber: Bool { rawValue == 1 || rawValue == 4 || isDecimal }

  /// Whether this byte is one of the tags above.
  @inlinable public var isKnown: Bool { rawValue <= 4 || isDecimal }
}
