import Primitives
import Telemetry

/// How rooms and the node itself write rows: fields one by one, then the row that they are of. Lines and SenML records, of
/// which a datagram holds thousands, fill the same slabs where they are read.
extension DecodedDatagram {
  /// Appends a field; `false` if there is no room.
  @discardableResult
  mutating func put(_ name: TextRange, _ tag: ValueTag, _ payload: Int64, unit: TextRange = .empty) -> Bool {
    fields.append(DecodedField(name: name, tag: tag, payload: payload, unit: unit))
  }

  /// Appends a whole number. The arena must have room for the name.
  mutating func put(_ name: StaticString, _ value: Int64, unit: TextRange = .empty) {
    put(arena.appendText(name), .integer, value, unit: unit)
  }

  /// Appends a measure of our own, to the thousandth: more digits than it has truth in.
  mutating func put(_ name: StaticString, thousandths value: Double, unit: TextRange = .empty) {
    let thousandths = Int64(exactly: (value * 1_000).rounded()) ?? Int64.max
    let (tag, payload) = DecimalNumber.canonical(tag: .decimal(scale: 3), payload: thousandths)
    put(arena.appendText(name), tag, payload, unit: unit)
  }

  mutating func put(_ name: StaticString, flag: Bool) {
    put(arena.appendText(name), .boolean, flag ? 1 : 0)
  }

  /// Appends a text that stands in the arena or in the datagram.
  mutating func put(_ name: StaticString, text: TextRange) {
    put(arena.appendText(name), .string, text.payload)
  }

  /// Appends the row of the fields from `firstField` on; `false` if there is no room. Without a time it is the arrival's.
  @discardableResult
  mutating func endRow(_ key: TextRange, _ form: KeyForm, from firstField: Int, timeNanos: UnixNanos?) -> Bool {
    rows.append(
      DecodedRow(
        key: key, keyForm: form, firstField: firstField, fieldCount: fields.count &- firstField,
        timeNanos: timeNanos ?? 0, hasTime: timeNanos != nil))
  }
}
