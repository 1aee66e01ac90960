import Telemetry

/// Numbers in all the forms that CBOR has for them.
extension CBORReader {
  /// A number whose head was read; nil with `failure` set.
  @inline(__always)
  mutating func number(_ bytes: RawSpan, head: Head) -> SenMLNumber? {
    if head.major == 0 && head.argument < 1_000_000_000_000_000_000 {
      return SenMLNumber(tag: .decimal(scale: 0), payload: Int64(truncatingIfNeeded: head.argument))
    }
    return otherNumber(bytes, head: head)
  }

  private mutating func otherNumber(_ bytes: RawSpan, head: Head) -> SenMLNumber? {
    switch head.major {
    case 0, 1:
      return SenMLNumber(argument: head.argument, negative: head.major == 1) ?? refuse(.integerOutOfRange)
    case 6:
      return taggedNumber(bytes, tag: head.argument)
    case 7:
      switch head.info {
      case 25:
        return SenMLNumber(Self.double(half: UInt16(truncatingIfNeeded: head.argument))) ?? refuse(.notANumber)
      case 26:
        let single = Float(bitPattern: UInt32(truncatingIfNeeded: head.argument))
        return SenMLNumber(Double(single)) ?? refuse(.notANumber)
      case 27:
        return SenMLNumber(Double(bitPattern: head.argument)) ?? refuse(.notANumber)
      default:
        return refuse(.senmlBadRecord)
      }
    default:
      return refuse(.senmlBadRecord)
    }
  }

  private mutating func refuse(_ reason: RejectReason) -> SenMLNumber? {
    failure = reason
    return nil
  }

  /// Decimal fractions (tag 4) and bigfloats (tag 5): an array of exponent and mantissa (RFC 8949 section 3.4.4).
  private mutating func taggedNumber(_ bytes: RawSpan, tag: UInt64) -> SenMLNumber? {
    switch tag {
    case 2, 3: return refuse(.senmlBigInteger)
    case 4, 5: break
    default: return refuse(.senmlUnsupportedTag)
    }
    guard let array = head(bytes), array.major == 4 else { return nil }
    if !array.isIndefinite && array.argument != 2 { return nil }
    guard let exponent = integer(bytes), let mantissa = integer(bytes) else { return nil }
    if array.isIndefinite && !takeBreak(bytes) { return nil }
    if tag == 4 {
      return SenMLNumber(mantissa: mantissa, decimalExponent: exponent) ?? refuse(.integerOutOfRange)
    }
    return SenMLNumber(mantissa: mantissa, binaryExponent: exponent) ?? refuse(.senmlUnsupportedTag)
  }

  /// An exponent or a mantissa: an integer of 64 bits.
  private mutating func integer(_ bytes: RawSpan) -> Int64? {
    guard let head = head(bytes) else { return nil }
    if head.major == 6 {
      failure = head.argument == 2 || head.argument == 3 ? .senmlBigInteger : .senmlUnsupportedTag
      return nil
    }
    if head.major > 1 { return nil }
    guard head.argument <= UInt64(Int64.max) else {
      failure = .senmlBigInteger
      return nil
    }
    let value = Int64(truncatingIfNeeded: head.argument)
    return head.major == 1 ? ~value : value
  }

  /// IEEE 754 binary16.
  static func double(half: UInt16) -> Double {
    let exponent = Int(half >> 10) & 31
    let fraction = Double(half & 0x3FF)
    let magnitude: Double
    switch exponent {
    case 0: magnitude = fraction * 0x1p-24
    case 31: magnitude = fraction == 0 ? .infinity : .nan
    default: magnitude = Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
    }
    return half & 0x8000 == 0 ? magnitude : -magnitude
  }
}
