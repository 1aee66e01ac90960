/// What a physical type means: `LogicalType` of parquet.thrift.
enum LogicalAnnotation: Hashable {
  case string
  case decimal(scale: Int32, precision: Int32)
  case timestamp(isUTC: Bool, unit: Int16)
  case integer(bits: UInt8, isSigned: Bool)
  /// One that is not read here, by its field number.
  case other(Int16)

  /// `TimeUnit`'s field numbers.
  static let millis: Int16 = 1
  static let micros: Int16 = 2

  func write(_ id: Int16, to writer: inout ThriftWriter) {
    writer.structure(id) { union in
      switch self {
      case .string: union.structure(1) { _ in }
      case .decimal(let scale, let precision):
        union.structure(5) {
          $0.i32(1, scale)
          $0.i32(2, precision)
        }
      case .timestamp(let isUTC, let unit):
        union.structure(8) {
          $0.bool(1, isUTC)
          $0.structure(2) { $0.structure(unit) { _ in } }
        }
      case .integer(let bits, let isSigned):
        union.structure(10) {
          $0.byte(1, Int8(truncatingIfNeeded: bits))
          $0.bool(2, isSigned)
        }
      case .other(let number): union.structure(number) { _ in }
      }
    }
  }

  static func read(_ reader: inout ThriftReader) throws(ParquetError) -> LogicalAnnotation? {
    var found: LogicalAnnotation?
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .structure):
        try reader.skip(.structure)
        found = .string
      case (5, .structure): found = try readDecimal(&reader)
      case (8, .structure): found = try readTimestamp(&reader)
      case (10, .structure): found = try readInteger(&reader)
      default:
        try reader.skip(field.type)
        found = .other(field.id)
      }
    }
    return found
  }

  private static func readDecimal(_ reader: inout ThriftReader) throws(ParquetError) -> LogicalAnnotation {
    var scale: Int32 = 0
    var precision: Int32 = 0
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .i32): scale = try reader.i32()
      case (2, .i32): precision = try reader.i32()
      default: try reader.skip(field.type)
      }
    }
    return .decimal(scale: scale, precision: precision)
  }

  private static func readTimestamp(_ reader: inout ThriftReader) throws(ParquetError) -> LogicalAnnotation {
    var isUTC = false
    var unit: Int16 = 0
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .yes): isUTC = true
      case (2, .structure):
        var choice = ThriftField()
        while try reader.next(&choice) {
          unit = choice.id
          try reader.skip(choice.type)
        }
      default: try reader.skip(field.type)
      }
    }
    return .timestamp(isUTC: isUTC, unit: unit)
  }

  private static func readInteger(_ reader: inout ThriftReader) throws(ParquetError) -> LogicalAnnotation {
    var bits: UInt8 = 0
    var isSigned = false
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .byte): bits = try reader.byte()
      case (2, .yes): isSigned = true
      default: try reader.skip(field.type)
      }
    }
    return .integer(bits: bits, isSigned: isSigned)
  }
}
