/// What a column of any program's file holds: more than `ColumnType`, for who takes files over instead of keeping them.
public enum ForeignType: Hashable, Sendable {
  /// A unit of a time.
  public enum Unit: Hashable, Sendable {
    case millis
    case micros
    case nanos
  }

  case boolean
  /// Of 8 to 64 bits, signed.
  case integer
  /// The 64 bits of an integer without a sign.
  case unsigned
  /// The value times ten to the power of `scale`.
  case decimal(scale: Int)
  case double
  /// FLOAT: doubles that are floats.
  case float
  /// UTF-8 as the file says, or octets of which it says nothing.
  case text
  /// Since 1970-01-01T00:00:00. Without `isUTC` it is a wall's time, of a zone that the file does not name.
  case time(Unit, isUTC: Bool)
  /// Days since 1970-01-01.
  case date
  /// It cannot be read, for that cause.
  case unreadable(String)

  /// As a reader of messages calls it.
  public var name: String {
    switch self {
    case .boolean: "boolean"
    case .integer, .unsigned: "integer"
    case .decimal(let scale): "decimal of \(scale) places"
    case .double, .float: "number"
    case .text: "text"
    case .time(_, isUTC: true): "time"
    case .time(_, isUTC: false): "time without a zone"
    case .date: "date"
    case .unreadable: "unreadable"
    }
  }
}

/// One column at the top of a file's schema.
public struct ForeignColumn: Hashable, Sendable {
  public let name: String
  public let type: ForeignType
  let isOptional: Bool
  let form: ValueForm
  /// Which of a row group's chunks it is, as far as it is one.
  let chunk: Int
}
