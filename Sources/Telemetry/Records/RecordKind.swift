/// The records that a lane writes, the journal keeps and the tables take: the one form in which rows travel.
///
/// A batch is a run of records; a journal frame holds one batch. Series and layouts are defined before their first use
/// in each journal segment, so that a segment is read without any other.
/// ```
/// origin   01 | listener u8 | arrival ns, zigzag varint           what follows came in there and then
/// series   02 | id varint | length varint | canonical SeriesKey
/// layout   03 | id varint | field count varint | (length varint, name, length varint, unit) …
/// row      10 | series varint | layout varint | time varint | value …      time in seconds
///          11, 12, 13                                                       in ms, µs, ns
/// value    tag u8 | payload: integer, decimal: zigzag varint; boolean: u8; double: 8 octets little-endian;
///                   string: length varint, octets; null: nothing
/// ```
/// A row's time is written as its difference from the origin's arrival, both in the row's unit, zigzag.
/// The layout's fields are the row's values, in order.
public enum RecordKind: UInt8, Sendable {
  case origin = 0x01
  case series = 0x02
  case layout = 0x03
  case rowSeconds = 0x10
  case rowMillis = 0x11
  case rowMicros = 0x12
  case rowNanos = 0x13

  /// The kind of that byte; nil if there is none. As `init(rawValue:)`, which is a call.
  @inlinable
  static func of(_ byte: UInt8) -> RecordKind? {
    switch byte {
    case 0x01: .origin
    case 0x02: .series
    case 0x03: .layout
    case 0x10: .rowSeconds
    case 0x11: .rowMillis
    case 0x12: .rowMicros
    case 0x13: .rowNanos
    default: nil
    }
  }

  /// Nanoseconds in the unit of a row's time; 0 for what is no row.
  @inlinable public var unitNanos: Int64 {
    switch self {
    case .rowSeconds: 1_000_000_000
    case .rowMillis: 1_000_000
    case .rowMicros: 1_000
    case .rowNanos: 1
    case .origin, .series, .layout: 0
    }
  }
}

@inlinable
func zigzag(_ value: Int64) -> UInt64 {
  UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
}

@inlinable
func unzigzag(_ value: UInt64) -> Int64 {
  Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
}
