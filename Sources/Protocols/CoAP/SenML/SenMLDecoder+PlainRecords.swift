import Primitives
import Telemetry

/// Most records of a pack are like the one in the same place of the row before: name, value, time, of the same names
/// in the same order. They are read here; what is anything else is left to `readRecord`, which knows all of RFC 8428.
extension SenMLDecoder {
  /// A record of name, value and perhaps unit and time.
  struct PlainRecord: BitwiseCopyable {
    var name = TextRange.empty
    var unit = TextRange.empty
    var hasUnit = false
    var value = SenMLNumber(tag: .null, payload: 0)
    var timeNanos: Int64 = 0
  }

  /// Reads and takes a plain record that is like the one before; false, with the reader where it was, if it is not.
  @inline(__always)
  mutating func takePlainRecord(
    _ pack: RawSpan, with reader: inout CBORReader, into out: inout DecodedDatagram
  ) -> Bool {
    if !rows.mayFollow { return false }
    let start = reader.position
    var record = PlainRecord()
    if Self.readPlainRecord(pack, with: &reader, &record) && rows.takeAlike(record, pack: pack, into: &out) {
      return true
    }
    reader.position = start
    reader.failure = .senmlBadCBOR
    return false
  }

  @inline(__always)
  private static func readPlainRecord(
    _ pack: RawSpan, with reader: inout CBORReader, _ record: inout PlainRecord
  ) -> Bool {
    let map = pack.octetOrZero(reader.position)
    if map < 0xA2 || map > 0xA4 { return false }
    reader.position &+= 1
    for _ in 0..<Int(map & 31) {
      let label = pack.octetOrZero(reader.position)
      reader.position &+= 1
      switch label {
      case 0:
        guard let text = plainText(pack, with: &reader) else { return false }
        record.name = text
      case 1:
        guard let text = plainText(pack, with: &reader) else { return false }
        record.unit = text
        record.hasUnit = true
      case 2:
        guard let number = plainNumber(pack, with: &reader) else { return false }
        record.value = number
      case 6:
        guard let seconds = plainInteger(pack, with: &reader), seconds.magnitude < 1 << 33 else { return false }
        record.timeNanos = seconds &* Nanos.perSecond
      default:
        return false
      }
    }
    return !record.name.isEmpty && record.value.tag != .null
  }

  /// A text of at most 23 bytes, not checked.
  @inline(__always)
  private static func plainText(_ pack: RawSpan, with reader: inout CBORReader) -> TextRange? {
    let head = pack.octetOrZero(reader.position)
    let length = Int(head & 31)
    if head &>> 5 != 3 || length > 23 || length >= pack.byteCount &- reader.position { return nil }
    let text = TextRange(datagramOffset: reader.position &+ 1, length: length)
    reader.position &+= 1 &+ length
    return text
  }

  /// An integer of at most four bytes.
  @inline(__always)
  private static func plainInteger(_ pack: RawSpan, with reader: inout CBORReader) -> Int64? {
    let head = pack.octetOrZero(reader.position)
    let info = head & 31
    if head > 0x3F || info > 26 { return nil }
    var argument = UInt64(info)
    reader.position &+= 1
    if info > 23 {
      let width = 1 &<< Int(info &- 24)
      if pack.byteCount &- reader.position < width { return nil }
      argument = pack.paddedWord(reader.position).byteSwapped &>> UInt64(64 &- width &* 8)
      reader.position &+= width
    }
    let value = Int64(truncatingIfNeeded: argument)
    return head > 0x1F ? ~value : value
  }

  /// An integer, a decimal fraction, a float.
  @inline(__always)
  private static func plainNumber(_ pack: RawSpan, with reader: inout CBORReader) -> SenMLNumber? {
    let first = pack.octetOrZero(reader.position)
    if first <= 0x3F {
      guard let value = plainInteger(pack, with: &reader) else { return nil }
      return SenMLNumber(tag: .decimal(scale: 0), payload: value)
    }
    if first == 0xC4 {
      // Tag 4, an array of two, an exponent of -1…-9.
      let exponent = pack.octetOrZero(reader.position &+ 2)
      if pack.octetOrZero(reader.position &+ 1) != 0x82 || exponent < 0x20 || exponent > 0x28 { return nil }
      reader.position &+= 3
      guard let mantissa = plainInteger(pack, with: &reader) else { return nil }
      let scale = Int(exponent &- 0x1F)
      if mantissa % 10 != 0 { return SenMLNumber(tag: .decimal(scale: scale), payload: mantissa) }
      return SenMLNumber(mantissa: mantissa, decimalExponent: Int64(-scale))
    }
    guard let head = reader.head(pack), head.major == 7 else { return nil }
    return reader.number(pack, head: head)
  }
}
