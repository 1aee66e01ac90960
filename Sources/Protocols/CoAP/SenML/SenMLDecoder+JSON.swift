import Primitives
import Telemetry

/// Packs in JSON: an array of objects (RFC 8428 section 5).
extension SenMLDecoder {
  /// Reads a pack; the reason for which it is refused, if it is.
  mutating func readJSON(
    _ pack: RawSpan, measurement: RawSpan, into out: inout DecodedDatagram
  ) -> RejectReason? {
    var scanner = JSONScanner()
    if !scanner.take(UInt8(ascii: "["), pack) {
      return scanner.skipValue(pack, depth: 0, arena: &out.arena) ? .senmlNotAPack : scanner.failure
    }
    if scanner.peek(pack) == UInt8(ascii: "]") { return .senmlNotAPack }
    var record = SenMLRecord()
    while true {
      record.members = []
      record.flaw = nil
      if !readRecord(pack, with: &scanner, record: &record, arena: &out.arena) { return scanner.failure }
      if let reason = rows.take(&record, pack: pack, measurement: measurement, into: &out),
        !rows.refuse(reason, into: &out)
      {
        return reason
      }
      if scanner.take(UInt8(ascii: "]"), pack) { break }
      if !scanner.take(UInt8(ascii: ","), pack) { return .senmlBadJSON }
    }
    scanner.skipBlanks(pack)
    return scanner.position == pack.byteCount ? nil : .senmlBadJSON
  }

  @inline(__always)
  private func readRecord(
    _ pack: RawSpan, with scanner: inout JSONScanner, record: inout SenMLRecord, arena: inout Slab<UInt8>
  ) -> Bool {
    if !scanner.take(UInt8(ascii: "{"), pack) {
      record.flaw = .senmlBadRecord
      return scanner.skipValue(pack, depth: 1, arena: &arena)
    }
    if scanner.take(UInt8(ascii: "}"), pack) { return true }
    while true {
      scanner.skipBlanks(pack)
      let kept = arena.count
      guard let text = scanner.string(pack, arena: &arena) else { return false }
      let label =
        text.isInArena
        ? SenMLLabel(arena.bytes, offset: text.offset, length: Int(text.length))
        : SenMLLabel(pack, offset: text.offset, length: Int(text.length))
      arena.truncate(to: kept)
      guard scanner.take(UInt8(ascii: ":"), pack) else { return false }
      if !readMember(label, pack, with: &scanner, record: &record, arena: &arena) { return false }
      if scanner.take(UInt8(ascii: ","), pack) { continue }
      return scanner.take(UInt8(ascii: "}"), pack)
    }
  }

  @inline(__always)
  private func readMember(
    _ label: SenMLLabel, _ pack: RawSpan, with scanner: inout JSONScanner, record: inout SenMLRecord,
    arena: inout Slab<UInt8>
  ) -> Bool {
    let kind = label.kind
    if kind == .anything { return scanner.skipValue(pack, depth: 2, arena: &arena) }
    scanner.skipBlanks(pack)
    let start = scanner.position
    switch kind {
    case .number:
      guard let number = scanner.number(pack) else {
        return refuseValue(of: label, pack, with: &scanner, from: start, record: &record, arena: &arena)
      }
      record.set(label, number: number)
    case .seconds:
      guard let nanos = scanner.seconds(pack) else {
        return refuseValue(of: label, pack, with: &scanner, from: start, record: &record, arena: &arena)
      }
      record.set(label, nanos: nanos)
    case .text, .data:
      if pack.octetOrZero(scanner.position) != UInt8(ascii: "\"") {
        scanner.failure = .senmlBadRecord
        return refuseValue(of: label, pack, with: &scanner, from: start, record: &record, arena: &arena)
      }
      guard let text = scanner.string(pack, arena: &arena) else { return false }
      record.set(label, text: text)
    case .boolean:
      let isTrue = scanner.peek(pack) == UInt8(ascii: "t")
      guard isTrue ? scanner.literal("true", pack) : scanner.literal("false", pack) else {
        scanner.failure = .senmlBadRecord
        return refuseValue(of: label, pack, with: &scanner, from: start, record: &record, arena: &arena)
      }
      record.boolean = isTrue
      record.members.formUnion(SenMLRecord.Members(label))
    case .anything, .refused:
      scanner.failure = .senmlUnknownMandatoryField
      return false
    }
    return true
  }

  /// A member's value cannot be taken for what its label wants: costs the record what it says itself, if the value can be
  /// read over, and the pack if it is a base value.
  @inline(never)
  private func refuseValue(
    of label: SenMLLabel, _ pack: RawSpan, with scanner: inout JSONScanner, from start: Int,
    record: inout SenMLRecord, arena: inout Slab<UInt8>
  ) -> Bool {
    let reason = scanner.failure
    scanner.position = start
    scanner.failure = .senmlBadJSON
    if scanner.skipNotANumber(pack) {
      record.flaw = .notANumber
    } else {
      guard scanner.skipValue(pack, depth: 2, arena: &arena) else { return false }
      record.flaw = reason == .senmlBadJSON ? .senmlBadRecord : reason
    }
    if SenMLRecord.Members.base.isSuperset(of: SenMLRecord.Members(label)) {
      scanner.failure = record.flaw ?? .senmlBadRecord
      return false
    }
    return true
  }
}

extension JSONScanner {
  /// Reads over `NaN`, `Infinity` and `-Infinity`, which are no JSON, and which many write all the same.
  fileprivate mutating func skipNotANumber(_ text: RawSpan) -> Bool {
    let start = position
    if text.octetOrZero(position) == UInt8(ascii: "-") { position += 1 }
    let word = text.paddedWord(position) | 0x2020_2020_2020_2020
    if word & 0xFF_FFFF == 0x6E_616E {
      position += 3
      return true
    }
    if word == 0x7974_696E_6966_6E69 {
      position += 8
      return true
    }
    position = start
    return false
  }
}
