/// SenML packs in CBOR (RFC 8428 section 6): an array of maps with integer labels.
///
///     82                                    array of two records
///       a5 21 <base name> 22 <base time> 00 <name> 01 <unit> 02 <value>
///       a2 00 <name> 02 <value>
public enum SenMLCBOREncoder {
  /// The integer labels of RFC 8428 section 12.2, table 6.
  public enum Label: Int64, Sendable {
    case baseVersion = -1
    case baseName = -2
    case baseTime = -3
    case baseUnit = -4
    case baseValue = -5
    case baseSum = -6
    case name = 0
    case unit = 1
    case value = 2
    case stringValue = 3
    case booleanValue = 4
    case sum = 5
    case time = 6
    case updateTime = 7
    case dataValue = 8
  }

  /// How a number that is not an integer is written.
  public enum NumberForm: UInt8, Sendable, CaseIterable {
    /// Tag 4, exponent and mantissa (RFC 8949 section 3.4.4): exact.
    case decimalFraction
    /// The nearest double.
    case double
    /// The shortest of half, single and double that holds the nearest double unchanged (RFC 8949 section 4.2.2).
    case shortestFloat
  }

  /// The head of a pack of `records` records.
  public static func appendPack(records: Int, to buffer: inout DatagramBuffer) {
    appendHead(major: 4, argument: UInt64(records), to: &buffer)
  }

  /// The head of a record of `entries` labels.
  public static func appendRecord(entries: Int, to buffer: inout DatagramBuffer) {
    appendHead(major: 5, argument: UInt64(entries), to: &buffer)
  }

  /// A label.
  public static func append(_ label: Label, to buffer: inout DatagramBuffer) {
    appendInteger(label.rawValue, to: &buffer)
  }

  /// An integer in its shortest form.
  public static func appendInteger(_ value: Int64, to buffer: inout DatagramBuffer) {
    if value >= 0 {
      appendHead(major: 0, argument: UInt64(value), to: &buffer)
    } else {
      appendHead(major: 1, argument: UInt64(bitPattern: ~value), to: &buffer)
    }
  }

  /// A text string.
  public static func appendText(_ utf8: [UInt8], to buffer: inout DatagramBuffer) {
    appendHead(major: 3, argument: UInt64(utf8.count), to: &buffer)
    buffer.append(utf8)
  }

  /// A boolean.
  public static func appendBoolean(_ value: Bool, to buffer: inout DatagramBuffer) {
    buffer.append(value ? 0xF5 : 0xF4)
  }

  /// `units / 10^scale`; an integer if that is what it is and the form allows to say so.
  public static func appendNumber(units: Int64, scale: Int, form: NumberForm, to buffer: inout DatagramBuffer) {
    if scale == 0 { return appendInteger(units, to: &buffer) }
    switch form {
    case .decimalFraction:
      appendHead(major: 6, argument: 4, to: &buffer)
      appendHead(major: 4, argument: 2, to: &buffer)
      appendInteger(Int64(-scale), to: &buffer)
      appendInteger(units, to: &buffer)
    case .double:
      appendDouble(PowerOfTen.double(units: units, scale: scale), to: &buffer)
    case .shortestFloat:
      appendShortest(PowerOfTen.double(units: units, scale: scale), to: &buffer)
    }
  }

  /// A double, always of nine bytes.
  public static func appendDouble(_ value: Double, to buffer: inout DatagramBuffer) {
    buffer.append(0xFB)
    buffer.append(bigEndian: value.bitPattern, width: 8)
  }

  /// The shortest float that holds `value` unchanged.
  public static func appendShortest(_ value: Double, to buffer: inout DatagramBuffer) {
    let single = Float(value)
    guard Double(single) == value else { return appendDouble(value, to: &buffer) }
    if let half = halfPattern(single) {
      buffer.append(0xF9)
      buffer.append(bigEndian: UInt64(half), width: 2)
    } else {
      buffer.append(0xFA)
      buffer.append(bigEndian: UInt64(single.bitPattern), width: 4)
    }
  }

  /// A time in seconds since the epoch, of milliseconds: an integer where it is whole seconds, else exact by tag 4.
  public static func appendTime(millis: Int64, to buffer: inout DatagramBuffer) {
    if millis % 1_000 == 0 {
      appendInteger(millis / 1_000, to: &buffer)
    } else {
      appendNumber(units: millis, scale: 3, form: .decimalFraction, to: &buffer)
    }
  }

  /// The IEEE 754 binary16 of `value`, if it is exact. Subnormal halves are left to the single form.
  static func halfPattern(_ value: Float) -> UInt16? {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    if value == 0 { return sign }
    let exponent = Int((bits >> 23) & 0xFF) - 127
    let fraction = bits & 0x7F_FFFF
    guard (-14...15).contains(exponent), fraction & 0x1FFF == 0 else { return nil }
    return sign | UInt16(exponent + 15) << 10 | UInt16(fraction >> 13)
  }

  /// A head of RFC 8949 section 3: the major type and its argument in the shortest form.
  static func appendHead(major: UInt8, argument: UInt64, to buffer: inout DatagramBuffer) {
    let type = major << 5
    switch argument {
    case 0..<24:
      buffer.append(type | UInt8(argument))
    case 24..<0x100:
      buffer.append(type | 24)
      buffer.append(bigEndian: argument, width: 1)
    case 0x100..<0x1_0000:
      buffer.append(type | 25)
      buffer.append(bigEndian: argument, width: 2)
    case 0x1_0000..<0x1_0000_0000:
      buffer.append(type | 26)
      buffer.append(bigEndian: argument, width: 4)
    default:
      buffer.append(type | 27)
      buffer.append(bigEndian: argument, width: 8)
    }
  }
}
