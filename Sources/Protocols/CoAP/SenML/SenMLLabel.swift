/// A record's members by name (RFC 8428 section 12.2, table 6).
enum SenMLLabel: UInt8 {
  case baseVersion, baseName, baseTime, baseUnit, baseValue, baseSum
  case name, unit, value, stringValue, booleanValue, sum, time, updateTime, dataValue
  /// One that need not be understood.
  case unknown
  /// One whose name ends in `_`: who does not know it must not take the pack (RFC 8428 section 4.4).
  case unknownMandatory

  /// CBOR's integer label (RFC 8428 section 6).
  @inline(__always)
  init(integer: Int64) {
    switch integer {
    case 0: self = .name
    case 1: self = .unit
    case 2: self = .value
    case 3: self = .stringValue
    case 4: self = .booleanValue
    case 5: self = .sum
    case 6: self = .time
    case 7: self = .updateTime
    case 8: self = .dataValue
    case -1: self = .baseVersion
    case -2: self = .baseName
    case -3: self = .baseTime
    case -4: self = .baseUnit
    case -5: self = .baseValue
    case -6: self = .baseSum
    default: self = .unknown
    }
  }

  /// A label in text: `length` bytes from `offset` on.
  init(_ bytes: RawSpan, offset: Int, length: Int) {
    if length == 0 || length > 4 {
      self = length > 0 && bytes.octet(offset + length - 1) == UInt8(ascii: "_") ? .unknownMandatory : .unknown
      return
    }
    // Its last octet lowest.
    let word = UInt32(
      truncatingIfNeeded: bytes.paddedWord(offset).byteSwapped &>> UInt64(truncatingIfNeeded: (8 &- length) &* 8))
    switch word {
    case 0x6E: self = .name
    case 0x75: self = .unit
    case 0x76: self = .value
    case 0x73: self = .sum
    case 0x74: self = .time
    case 0x7673: self = .stringValue
    case 0x7662: self = .booleanValue
    case 0x7664: self = .dataValue
    case 0x7574: self = .updateTime
    case 0x626E: self = .baseName
    case 0x6274: self = .baseTime
    case 0x6275: self = .baseUnit
    case 0x6276: self = .baseValue
    case 0x6273: self = .baseSum
    case 0x6276_6572: self = .baseVersion
    default: self = word & 0xFF == 0x5F ? .unknownMandatory : .unknown
    }
  }

  /// What kind of value the label takes.
  @inline(__always) var kind: Kind {
    switch self {
    case .baseName, .baseUnit, .name, .unit, .stringValue: .text
    case .baseTime, .time: .seconds
    case .baseVersion, .baseValue, .baseSum, .value, .sum, .updateTime: .number
    case .booleanValue: .boolean
    case .dataValue: .data
    case .unknown: .anything
    case .unknownMandatory: .refused
    }
  }

  enum Kind: UInt8 {
    case text, seconds, number, boolean, data, anything, refused
  }
}
