import Primitives
import Telemetry

/// Rows whose fields have the names of the row before, in its order.
///
/// A row before has no name twice, so one that follows it has none either: no index needs to be asked, and a name that
/// equals a checked one need not be checked.
extension SenMLRows {
  /// Whether a record may be taken by `takeAlike` at all.
  @inline(__always)
  var mayFollow: Bool {
    if case .apart = place { return false }
    return base.device >= 0 && base.isWholeDevice && !base.hasValue && !base.hasSum && !isScattered
  }

  /// Takes a record that is like the one in the same place of the row before; false, with nothing changed, if it is
  /// not.
  @inline(__always)
  mutating func takeAlike(
    _ record: SenMLDecoder.PlainRecord, pack: RawSpan, into out: inout DecodedDatagram
  ) -> Bool {
    guard case .datagram(let packOffset) = place else { return false }
    let (sum, overflow) = base.timeNanos.addingReportingOverflow(record.timeNanos)
    let last = out.rows.count &- 1
    // Times relative to now are rare.
    if overflow || sum < Self.absoluteNanos || last < 0 || out.fields.room == 0 { return false }
    let lastRow = out.rows[last]
    let isNew = lastRow.timeNanos != sum || !lastRow.hasTime || Int(rowDevices[last]) != base.device
    if !isNew && !lastFollows { return false }
    let model = isNew ? lastRow : out.rows[last &- 1]
    let count = isNew ? 0 : lastRow.fieldCount
    if count >= model.fieldCount { return false }
    let field = out.fields[Int(model.firstField &+ count)]
    let name = TextRange(datagramOffset: packOffset &+ record.name.offset, length: Int(record.name.length))
    if !isSame(record.name, as: field.name, pack: pack, packOffset: packOffset) { return false }
    if !base.endsWithSeparator && SenMLName.isSeparator(pack.octetOrZero(record.name.offset)) { return false }
    var unit = base.unit
    if record.hasUnit {
      if !record.unit.isEmpty && !isSame(record.unit, as: field.unit, pack: pack, packOffset: packOffset) {
        return false
      }
      unit = text(record.unit)
    }
    if isNew && !addAlikeRow(timeNanos: sum, into: &out) { return false }
    let row = out.rows.count &- 1
    out.fields.append(
      DecodedField(name: name, tag: record.value.tag, payload: record.value.payload, unit: unit))
    fieldHashes.append(0)
    fieldRows.append(UInt32(truncatingIfNeeded: row))
    out.rows[row].fieldCount &+= 1
    return true
  }

  /// A row of the base name's device; false if there is one of that time already, or no room.
  @inline(__always)
  private mutating func addAlikeRow(timeNanos: UnixNanos, into out: inout DecodedDatagram) -> Bool {
    var slot = rowIndex.start(rowHash(device: base.device, timeNanos: timeNanos))
    while let number = rowIndex.number(at: slot) {
      if out.rows[number].timeNanos == timeNanos && Int(rowDevices[number]) == base.device { return false }
      slot = rowIndex.next(slot)
    }
    var row = -1
    if addRow(device: base.device, timeNanos: timeNanos, hasTime: true, slot: slot, row: &row, into: &out) != nil {
      return false
    }
    lastFollows = true
    return true
  }

  /// Whether a text of the pack has the bytes of one that was taken from it before.
  @inline(__always)
  private func isSame(_ text: TextRange, as taken: TextRange, pack: RawSpan, packOffset: Int) -> Bool {
    let length = Int(text.length)
    if taken.isInArena || Int(taken.length) != length || taken.offset < packOffset { return false }
    let right = taken.offset &- packOffset
    // One comparison of most names; 8 octets from where each begins are inside of nearly all packs.
    let last = pack.byteCount &- 8
    if length > 8 || text.offset > last || right > last {
      return Self.isSameLong(pack, text.offset, right, length)
    }
    let difference = pack.paddedWord(text.offset) ^ pack.paddedWord(right)
    return length == 0 || difference &<< UInt64(truncatingIfNeeded: (8 &- length) &* 8) == 0
  }

  @inline(never)
  private static func isSameLong(_ pack: RawSpan, _ first: Int, _ second: Int, _ length: Int) -> Bool {
    var left = first
    var right = second
    var rest = length
    while rest >= 8 {
      if pack.paddedWord(left) != pack.paddedWord(right) { return false }
      left &+= 8
      right &+= 8
      rest &-= 8
    }
    if rest == 0 { return true }
    return (pack.paddedWord(left) ^ pack.paddedWord(right)) &<< UInt64(truncatingIfNeeded: (8 &- rest) &* 8) == 0
  }

  /// Enters the fields that `takeAlike` took into the index, for a field that is not like them.
  @inline(never)
  mutating func indexAlikeFields(pack: RawSpan, of out: borrowing DecodedDatagram) {
    guard case .datagram(let packOffset) = place else { return }
    for number in indexedFields..<out.fields.count {
      let name = out.fields[number].name
      let inPack =
        name.isInArena
        ? name : TextRange(datagramOffset: name.offset &- packOffset, length: Int(name.length))
      let nameHash = hash(of: inPack, pack: pack, arena: out.arena)
      let hash = secret.mix(nameHash, UInt64(truncatingIfNeeded: fieldRows[number]))
      var slot = fieldIndex.start(hash)
      while fieldIndex.number(at: slot) != nil { slot = fieldIndex.next(slot) }
      fieldIndex.put(number, at: slot)
      fieldHashes[number] = hash
    }
    indexedFields = out.fields.count
  }
}
