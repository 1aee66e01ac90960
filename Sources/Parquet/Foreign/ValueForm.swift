/// How a page holds a column's values, and with that as what they are decoded.
enum ValueForm: Hashable, Sendable {
  case boolean
  case int64
  case double
  case bytes

  // Only other programs' files have these.

  /// INT32, to integers.
  case int32(isSigned: Bool)
  /// FLOAT, to doubles.
  case float
  /// INT96, to nanoseconds since 1970: the nanoseconds of a day and its Julian number.
  case int96
  /// FIXED_LEN_BYTE_ARRAY of a decimal: big-endian, to integers.
  case fixed(width: Int)

  init(_ type: ColumnType) {
    switch type.physical {
    case .boolean: self = .boolean
    case .int64: self = .int64
    case .double: self = .double
    default: self = .bytes
    }
  }

  var physical: PhysicalType {
    switch self {
    case .boolean: .boolean
    case .int64: .int64
    case .double: .double
    case .bytes: .byteArray
    case .int32: .int32
    case .float: .float
    case .int96: .int96
    case .fixed: .fixedLengthByteArray
    }
  }

  /// Octets of each value; nil where they differ.
  var width: Int? {
    switch self {
    case .boolean, .bytes: nil
    case .int64, .double: 8
    case .int32, .float: 4
    case .int96: 12
    case .fixed(let width): width
    }
  }

  /// What a row's value becomes.
  enum Target {
    case boolean
    case integer
    case double
    case string
  }

  var target: Target {
    switch self {
    case .boolean: .boolean
    case .int64, .int32, .int96, .fixed: .integer
    case .double, .float: .double
    case .bytes: .string
    }
  }

  /// Whether values may be written so.
  ///
  /// - Parameter isForeign: also what other programs alone write.
  func takes(_ encoding: ValueEncoding, isForeign: Bool) -> Bool {
    switch encoding {
    case .plain: true
    case .rleDictionary, .plainDictionary: self != .boolean
    case .rle: self == .boolean
    case .deltaBinaryPacked: self == .int64 || isForeign && physical == .int32
    case .byteStreamSplit: isForeign && width != nil
    case .deltaLengthByteArray, .deltaByteArray: isForeign && self == .bytes
    case .bitPacked: false
    }
  }
}
