import Primitives
import Telemetry

/// Numbers that the mapping knows, as rows.
extension SNMPNotification {
  func appendRows(
    _ bindings: borrowing SNMPBindings, _ bytes: RawSpan, device: TextRange, dictionary: borrowing SNMPDictionary,
    to out: inout DecodedDatagram
  ) {
    for index in 0..<bindings.keptCount {
      let binding = bindings[index]
      let slot = binding.slot
      guard slot >= 0, dictionary.slots[slot].makesRows else { continue }
      var number: Int64?
      var tag = ValueTag.integer
      switch binding.value.tag {
      case BERElement.integer: number = BERReader.integer(bytes, binding.value)
      case BERElement.counter32, BERElement.gauge32, BERElement.timeTicks, BERElement.counter64:
        number = BERReader.unsigned(bytes, binding.value).flatMap { Int64(exactly: $0) }
      case BERElement.opaque:
        guard let wrapped = OpaqueNumber(bytes, binding.value) else { continue }
        switch wrapped {
        case .integer(let value): number = value
        case .unsigned(let value): number = Int64(exactly: value)
        case .single(let value): (number, tag) = (Self.payload(Double(value)), .double)
        case .double(let value): (number, tag) = (Self.payload(value), .double)
        }
      default: continue
      }
      guard let number else {
        out.refuseRow(tag == .double ? .notANumber : .integerOutOfRange)
        continue
      }
      let known = dictionary.slots[slot]
      guard out.arena.room >= 8 &* Limits.nameBytes, out.rows.room > 0, out.fields.room > 0 else {
        out.refuseRow(.textTooLong)
        continue
      }
      let instance = bytes.extracting(binding.name.lowerBound &+ known.octets.count..<binding.name.upperBound)
      guard let key = Self.appendKey(of: known, instance, device: device, dictionary, to: &out.arena) else {
        out.refuseRow(.nameTooLong)
        continue
      }
      let name = out.arena.appendText("value")
      let unitStart = out.arena.count
      out.arena.append(contentsOf: dictionary.texts.extracting(known.unit))
      let unit = out.arena.textRange(from: unitStart)
      let firstField = out.fields.count
      out.fields.append(DecodedField(name: name, tag: tag, payload: number, unit: unit))
      out.rows.append(
        DecodedRow(
          key: key, keyForm: .canonical, firstField: firstField, fieldCount: 1, timeNanos: 0, hasTime: false))
    }
  }

  /// nil for what is no number.
  private static func payload(_ value: Double) -> Int64? {
    value.isFinite ? Int64(bitPattern: value.bitPattern) : nil
  }

  private static func appendKey(
    of known: SNMPDictionary.Slot, _ instance: RawSpan, device: TextRange, _ dictionary: borrowing SNMPDictionary,
    to arena: inout Slab<UInt8>
  ) -> TextRange? {
    // The instance as text, without its leading dot; `.0` is the one instance of a scalar, and no tag.
    let isScalar = instance.byteCount == 0 || instance.byteCount == 1 && instance.octet(0) == 0
    let textStart = arena.count
    if !isScalar { arena.appendInstance(instance) }
    let text = TextRange(arenaOffset: textStart &+ 1, length: max(0, arena.count &- textStart &- 1))
    if text.length > Limits.nameBytes { return nil }
    let name = dictionary.texts.extracting(known.name)
    guard let start = arena.appendKeyHead(.readings, "snmp_", name: name, device: device) else { return nil }
    if !text.isEmpty {
      arena.appendTagName("index")
      arena.appendKeyText(copyOf: text)
    }
    return arena.textRange(from: start)
  }
}
