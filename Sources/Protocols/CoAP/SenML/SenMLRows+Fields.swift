import Primitives
import Telemetry

/// Which row a record belongs to, and its fields.
extension SenMLRows {
  /// The latest row of a device and time, a new one if there is none.
  @inline(__always)
  mutating func findRow(
    device: Int, timeNanos: UnixNanos, hasTime: Bool, row: inout Int, into out: inout DecodedDatagram
  ) -> RejectReason? {
    let last = out.rows.count &- 1
    if last >= 0 && isRow(last, device: device, timeNanos: timeNanos, hasTime: hasTime, of: out) {
      row = last
      return nil
    }
    let hash = rowHash(device: device, timeNanos: timeNanos)
    var slot = rowIndex.start(hash)
    while let number = rowIndex.number(at: slot) {
      if isRow(number, device: device, timeNanos: timeNanos, hasTime: hasTime, of: out) {
        row = number
        return nil
      }
      slot = rowIndex.next(slot)
    }
    return addRow(device: device, timeNanos: timeNanos, hasTime: hasTime, slot: slot, row: &row, into: &out)
  }

  @inline(__always)
  func rowHash(device: Int, timeNanos: UnixNanos) -> UInt64 {
    secret.mix(UInt64(truncatingIfNeeded: device), UInt64(bitPattern: timeNanos))
  }

  @inline(__always)
  private func isRow(
    _ row: Int, device: Int, timeNanos: UnixNanos, hasTime: Bool, of out: borrowing DecodedDatagram
  ) -> Bool {
    let candidate = out.rows[row]
    return candidate.timeNanos == timeNanos && candidate.hasTime == hasTime && Int(rowDevices[row]) == device
  }

  mutating func addRow(
    device: Int, timeNanos: UnixNanos, hasTime: Bool, slot: Int, row: inout Int, into out: inout DecodedDatagram
  ) -> RejectReason? {
    let new = DecodedRow(
      key: devices[device].key, keyForm: .canonical, firstField: out.fields.count, fieldCount: 0,
      timeNanos: timeNanos, hasTime: hasTime)
    guard out.rows.append(new), rowDevices.append(UInt32(truncatingIfNeeded: device)) else { return .tooManyRows }
    row = out.rows.count &- 1
    rowIndex.put(row, at: slot)
    return nil
  }

  /// Another row of the same device and time, which the index names from now on.
  private mutating func addTwin(of row: Int, twin: inout Int, into out: inout DecodedDatagram) -> RejectReason? {
    let first = out.rows[row]
    var slot = rowIndex.start(rowHash(device: Int(rowDevices[row]), timeNanos: first.timeNanos))
    while let number = rowIndex.number(at: slot), number != row { slot = rowIndex.next(slot) }
    return addRow(
      device: Int(rowDevices[row]), timeNanos: first.timeNanos, hasTime: first.hasTime, slot: slot, row: &twin,
      into: &out)
  }

  /// Appends what the record says: its value, its sum, its update time.
  @inline(__always)
  mutating func placeFields(
    _ record: inout SenMLRecord, row: Int, name: TextRange, pack: RawSpan, into out: inout DecodedDatagram
  ) -> RejectReason? {
    let unit = record.has(.unit) ? text(record.unit) : base.unit
    if Int(unit.length) > Limits.unitBytes { return .textTooLong }
    var row = row
    var field = DecodedField(name: text(name), tag: .null, payload: 0, unit: unit)
    if record.has(.stringValue) || record.has(.dataValue) {
      field.tag = .string
      field.payload = text(record.text).payload
    } else if record.has(.booleanValue) {
      field.tag = .boolean
      field.payload = record.boolean ? 1 : 0
    } else if record.has(.value) || base.hasValue {
      let own = record.has(.value) ? record.value : .zero
      guard let value = base.hasValue ? own.adding(base.value) : own else { return .notANumber }
      field.tag = value.tag
      field.payload = value.payload
    }
    if field.tag != .null {
      if indexedFields != out.fields.count { indexAlikeFields(pack: pack, of: out) }
      let reason = place(field, nameHash: hash(of: name, pack: pack, arena: out.arena), row: &row, into: &out)
      if let reason { return reason }
    }
    if record.has(.sum) || base.hasSum || record.has(.updateTime) {
      return placeSumAndUpdateTime(&record, row: row, name: name, pack: pack, into: &out)
    }
    return nil
  }

  @inline(__always)
  func hash(of name: TextRange, pack: RawSpan, arena: borrowing Slab<UInt8>) -> UInt64 {
    name.isInArena
      ? secret.hash(arena.bytes, offset: name.offset, length: Int(name.length), seed: 2)
      : secret.hash(pack, offset: name.offset, length: Int(name.length), seed: 2)
  }

  /// Appends a field to `row`, or to a twin of it if the row has one of that name.
  ///
  /// Row and name are compared by 64 bits of a secret hash alone: were two names ever to collide, the second would
  /// only start a row of its own.
  @inline(__always)
  private mutating func place(
    _ field: DecodedField, nameHash: UInt64, row: inout Int, into out: inout DecodedDatagram
  ) -> RejectReason? {
    var hash = secret.mix(nameHash, UInt64(truncatingIfNeeded: row))
    var slot = fieldIndex.start(hash)
    while let number = fieldIndex.number(at: slot) {
      if fieldHashes[number] == hash {
        if let reason = addTwin(of: row, twin: &row, into: &out) { return reason }
        // A new row has no fields yet, so any free slot will do.
        hash = secret.mix(nameHash, UInt64(truncatingIfNeeded: row))
        slot = fieldIndex.start(hash)
        while fieldIndex.number(at: slot) != nil { slot = fieldIndex.next(slot) }
        break
      }
      slot = fieldIndex.next(slot)
    }
    if out.rows[row].fieldCount >= Limits.fieldsPerRow { return .tooManyFields }
    if !out.fields.append(field) { return .tooManyFields }
    fieldIndex.put(out.fields.count &- 1, at: slot)
    fieldHashes.append(hash)
    fieldRows.append(UInt32(truncatingIfNeeded: row))
    out.rows[row].fieldCount &+= 1
    indexedFields = out.fields.count
    lastFollows = false
    if row != out.rows.count &- 1 { isScattered = true }
    return nil
  }

  /// `<name>_sum` and `<name>_update_time`.
  private mutating func placeSumAndUpdateTime(
    _ record: inout SenMLRecord, row: Int, name: TextRange, pack: RawSpan, into out: inout DecodedDatagram
  ) -> RejectReason? {
    if indexedFields != out.fields.count { indexAlikeFields(pack: pack, of: out) }
    var row = row
    if record.has(.sum) || base.hasSum {
      let own = record.has(.sum) ? record.sum : .zero
      guard let sum = base.hasSum ? own.adding(base.sum) : own else { return .notANumber }
      let suffix: InlineArray<4, UInt8> = [0x5F, 0x73, 0x75, 0x6D]
      if let reason = place(sum, name: name, suffix: suffix.span, pack: pack, row: &row, into: &out) { return reason }
    }
    if record.has(.updateTime) {
      let suffix: InlineArray<12, UInt8> = [
        0x5F, 0x75, 0x70, 0x64, 0x61, 0x74, 0x65, 0x5F, 0x74, 0x69, 0x6D, 0x65,
      ]
      return place(record.updateTime, name: name, suffix: suffix.span, pack: pack, row: &row, into: &out)
    }
    return nil
  }

  private mutating func place(
    _ number: SenMLNumber, name: TextRange, suffix: Span<UInt8>, pack: RawSpan, row: inout Int,
    into out: inout DecodedDatagram
  ) -> RejectReason? {
    scratch.removeAll()
    guard appendToScratch(name, pack: pack, arena: out.arena), scratch.append(contentsOf: suffix.bytes) else {
      return .nameTooLong
    }
    let start = out.arena.count
    if !out.arena.append(contentsOf: scratch.bytes) { return .textTooLong }
    let range = TextRange(arenaOffset: start, length: scratch.count)
    let field = DecodedField(name: range, tag: number.tag, payload: number.payload)
    let nameHash = secret.hash(scratch.bytes, offset: 0, length: scratch.count, seed: 2)
    return place(field, nameHash: nameHash, row: &row, into: &out)
  }
}
