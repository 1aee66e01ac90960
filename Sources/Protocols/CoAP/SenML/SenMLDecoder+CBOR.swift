import Primitives
import Telemetry

/// Packs in CBOR: an array of maps whose keys are integers (RFC 8428 section 6), or text as some encoders have it.
extension SenMLDecoder {
  /// Reads a pack; the reason for which it is refused, if it is.
  mutating func readCBOR(
    _ pack: RawSpan, measurement: RawSpan, into out: inout DecodedDatagram
  ) -> RejectReason? {
    var reader = CBORReader()
    guard var array = reader.head(pack) else { return .senmlBadCBOR }
    if array.major == 6 && array.argument == 55_799 {
      // Self-described CBOR (RFC 8949 section 3.4.6).
      guard let inner = reader.head(pack) else { return .senmlBadCBOR }
      array = inner
    }
    if array.isBreak { return .senmlBadCBOR }
    if array.major != 4 || (!array.isIndefinite && array.argument == 0) { return .senmlNotAPack }
    var record = SenMLRecord()
    var left = array.argument
    while array.isIndefinite ? !reader.takeBreak(pack) : left > 0 {
      left &-= array.isIndefinite ? 0 : 1
      if takePlainRecord(pack, with: &reader, into: &out) { continue }
      record.members = []
      record.flaw = nil
      guard readRecord(pack, with: &reader, record: &record, arena: &out.arena) else { return reader.failure }
      if let reason = rows.take(&record, pack: pack, measurement: measurement, into: &out),
        !rows.refuse(reason, into: &out)
      {
        return reason
      }
    }
    return reader.position == pack.byteCount ? nil : .senmlBadCBOR
  }

  @inline(__always)
  private func readRecord(
    _ pack: RawSpan, with reader: inout CBORReader, record: inout SenMLRecord, arena: inout Slab<UInt8>
  ) -> Bool {
    let start = reader.position
    guard let map = reader.head(pack), !map.isBreak else { return false }
    if map.major != 5 {
      reader.position = start
      record.flaw = .senmlBadRecord
      return reader.skip(pack, depth: 1)
    }
    var left = map.argument
    while map.isIndefinite ? !reader.takeBreak(pack) : left > 0 {
      left &-= map.isIndefinite ? 0 : 1
      guard let label = readLabel(pack, with: &reader, arena: &arena),
        readMember(label, pack, with: &reader, record: &record, arena: &arena)
      else { return false }
    }
    return true
  }

  @inline(__always)
  private func readLabel(
    _ pack: RawSpan, with reader: inout CBORReader, arena: inout Slab<UInt8>
  ) -> SenMLLabel? {
    guard let head = reader.head(pack) else { return nil }
    if head.major == 0 {
      return head.argument <= 8 ? SenMLLabel(integer: Int64(truncatingIfNeeded: head.argument)) : .unknown
    }
    if head.major == 1 {
      return head.argument < 6 ? SenMLLabel(integer: ~Int64(truncatingIfNeeded: head.argument)) : .unknown
    }
    if head.major != 3 {
      if !head.isBreak { reader.failure = .senmlBadRecord }
      return nil
    }
    guard let text = reader.text(pack, head: head, arena: &arena) else { return nil }
    return text.isInArena
      ? SenMLLabel(arena.bytes, offset: text.offset, length: Int(text.length))
      : SenMLLabel(pack, offset: text.offset, length: Int(text.length))
  }

  @inline(__always)
  private func readMember(
    _ label: SenMLLabel, _ pack: RawSpan, with reader: inout CBORReader, record: inout SenMLRecord,
    arena: inout Slab<UInt8>
  ) -> Bool {
    let kind = label.kind
    if kind == .anything { return reader.skip(pack, depth: 2) }
    let start = reader.position
    guard let head = reader.head(pack), !head.isBreak else { return false }
    switch kind {
    case .number:
      guard let number = reader.number(pack, head: head) else {
        return refuseValue(of: label, pack, with: &reader, from: start, record: &record)
      }
      record.set(label, number: number)
    case .seconds:
      guard let number = reader.number(pack, head: head) else {
        return refuseValue(of: label, pack, with: &reader, from: start, record: &record)
      }
      record.set(label, nanos: number.nanosOfSeconds ?? number.lastNanos)
    case .text:
      if head.major != 3 { return refuseType(of: head, label, pack, with: &reader, from: start, record: &record) }
      guard let text = reader.text(pack, head: head, arena: &arena) else { return false }
      record.set(label, text: text)
    case .boolean:
      if head.major != 7 || (head.info != 20 && head.info != 21) {
        return refuseType(of: head, label, pack, with: &reader, from: start, record: &record)
      }
      record.boolean = head.info == 21
      record.members.formUnion(SenMLRecord.Members(label))
    case .data:
      if head.major != 2 { return refuseType(of: head, label, pack, with: &reader, from: start, record: &record) }
      guard let text = readData(pack, head: head, with: &reader, arena: &arena) else { return false }
      record.set(label, text: text)
    case .anything, .refused:
      reader.failure = .senmlUnknownMandatoryField
      return false
    }
    return true
  }

  /// A member's value is of another type than its label wants.
  @inline(never)
  private func refuseType(
    of head: CBORReader.Head, _ label: SenMLLabel, _ pack: RawSpan, with reader: inout CBORReader, from start: Int,
    record: inout SenMLRecord
  ) -> Bool {
    reader.failure = head.major == 6 ? .senmlUnsupportedTag : .senmlBadRecord
    return refuseValue(of: label, pack, with: &reader, from: start, record: &record)
  }

  /// A member's value cannot be taken: costs the record what it says itself, if the value can be read over, and the pack
  /// if it is a base value.
  @inline(never)
  private func refuseValue(
    of label: SenMLLabel, _ pack: RawSpan, with reader: inout CBORReader, from start: Int, record: inout SenMLRecord
  ) -> Bool {
    let reason = reader.failure
    reader.position = start
    reader.failure = .senmlBadCBOR
    guard reader.skip(pack, depth: 2) else { return false }
    record.flaw = reason == .senmlBadCBOR ? .senmlBadRecord : reason
    if SenMLRecord.Members.base.isSuperset(of: SenMLRecord.Members(label)) {
      reader.failure = record.flaw ?? .senmlBadRecord
      return false
    }
    return true
  }

  /// Bytes as base64url text without padding (RFC 4648 section 5), which is how JSON has them.
  private func readData(
    _ pack: RawSpan, head: CBORReader.Head, with reader: inout CBORReader, arena: inout Slab<UInt8>
  ) -> TextRange? {
    let data: TextRange?
    if head.isIndefinite {
      data = reader.chunks(pack, major: 2, arena: &arena)
    } else {
      data = reader.content(pack, length: head.argument)
    }
    guard let data else { return nil }
    let start = arena.count
    let length = Int(data.length)
    if arena.room < (length * 4 + 2) / 3 {
      reader.failure = .textTooLong
      return nil
    }
    var index = 0
    while index < length {
      let count = min(3, length - index)
      var word: UInt32 = 0
      for step in 0..<3 {
        let byte =
          step >= count
          ? 0 : data.isInArena ? arena[data.offset + index + step] : pack.octet(data.offset + index + step)
        word = word << 8 | UInt32(byte)
      }
      for step in 0...count {
        arena.append(Self.base64URL(UInt8(truncatingIfNeeded: word >> UInt32(18 - step * 6)) & 63))
      }
      index += count
    }
    return TextRange(arenaOffset: start, length: arena.count - start)
  }

  private static func base64URL(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: value + UInt8(ascii: "A")
    case 26..<52: value - 26 + UInt8(ascii: "a")
    case 52..<62: value - 52 + UInt8(ascii: "0")
    case 62: UInt8(ascii: "-")
    default: UInt8(ascii: "_")
    }
  }
}
