public import Primitives

/// Rows: written through a cursor of their own, since they are nearly all that is written.
///
/// `unsafe` is sound here: the longest form of all that has a bound is proved to fit at the start, each string before
/// it is copied.
extension RecordBuffer {
  /// A row's kind, its three varints.
  @usableFromInline static let longestRowHead = 1 + 3 * longestVarint
  /// A value that is no string, or a string's length.
  @usableFromInline static let longestValueHead = 1 + longestVarint

  /// Writes a decoded row with its values. The time is written in the coarsest unit that says it exactly: what is sent
  /// in whole seconds costs a byte or two.
  @inlinable
  public mutating func putRow(
    _ row: DecodedRow, of decoded: borrowing DecodedDatagram, _ datagram: RawSpan, series: UInt32, layout: UInt32,
    timeNanos: UnixNanos, arrival: ArrivalTime
  ) {
    let count = Int(row.fieldCount)
    reserve(Self.longestRowHead &+ count &* Self.longestValueHead)
    let (kind, units) = Self.coarsest(timeNanos)
    var cursor = UnsafeMutableRawPointer(base + used)
    Self.put(kind.rawValue, at: &cursor)
    Self.putVarint(UInt64(series), at: &cursor)
    Self.putVarint(UInt64(layout), at: &cursor)
    Self.putVarint(zigzag(units &- arrival.units(of: kind)), at: &cursor)
    for index in 0..<count {
      let field = decoded.fields[Int(row.firstField) &+ index]
      Self.put(field.tag.rawValue, at: &cursor)
      if field.tag.isDecimal || field.tag == .integer {
        Self.putVarint(zigzag(field.payload), at: &cursor)
      } else if field.tag == .double {
        cursor.storeBytes(of: field.payload.littleEndian, as: Int64.self)
        cursor += 8
      } else if field.tag == .boolean {
        Self.put(UInt8(truncatingIfNeeded: field.payload & 1), at: &cursor)
      } else if field.tag == .string {
        let text = decoded.text(TextRange(payload: field.payload), of: datagram)
        used = cursor - UnsafeMutableRawPointer(base)
        reserve(text.byteCount &+ (count &- index) &* Self.longestValueHead)
        Self.putVarint(UInt64(text.byteCount), at: &cursor)
        text.withUnsafeBytes { source in
          if let start = source.baseAddress { cursor.copyMemory(from: start, byteCount: source.count) }
        }
        cursor += text.byteCount
      }
    }
    used = cursor - UnsafeMutableRawPointer(base)
  }

  /// A time in the coarsest unit that says it exactly.
  @inlinable
  static func coarsest(_ timeNanos: UnixNanos) -> (kind: RecordKind, units: Int64) {
    let micros = timeNanos / Nanos.perMicrosecond
    if micros &* Nanos.perMicrosecond != timeNanos { return (.rowNanos, timeNanos) }
    let millis = micros / 1_000
    if millis &* 1_000 != micros { return (.rowMicros, micros) }
    let seconds = millis / 1_000
    return seconds &* 1_000 == millis ? (.rowSeconds, seconds) : (.rowMillis, millis)
  }

  @inlinable
  static func put(_ byte: UInt8, at cursor: inout UnsafeMutableRawPointer) {
    cursor.storeBytes(of: byte, as: UInt8.self)
    cursor += 1
  }

  @inlinable
  static func putVarint(_ value: UInt64, at cursor: inout UnsafeMutableRawPointer) {
    if value < 0x80 { return put(UInt8(truncatingIfNeeded: value), at: &cursor) }
    if value < 0x4000 {
      // Both bytes at once: most values of a sensor take two.
      let both = UInt16(truncatingIfNeeded: (value & 0x7F) | 0x80 | (value &>> 7) &<< 8)
      cursor.storeBytes(of: both.littleEndian, as: UInt16.self)
      cursor += 2
      return
    }
    var rest = value
    while rest >= 0x80 {
      put(UInt8(truncatingIfNeeded: rest) | 0x80, at: &cursor)
      rest &>>= 7
    }
    put(UInt8(truncatingIfNeeded: rest), at: &cursor)
  }
}
