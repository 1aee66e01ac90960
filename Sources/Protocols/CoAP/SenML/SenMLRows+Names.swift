import Primitives
import Telemetry

/// Which device and field a record's name means.
extension SenMLRows {
  /// Splits base name and name to the device's number and the field's name.
  @inline(__always)
  mutating func resolveName(
    _ record: inout SenMLRecord, pack: RawSpan, measurement: RawSpan, device: inout Int, name: inout TextRange,
    into out: inout DecodedDatagram
  ) -> RejectReason? {
    if !record.has(.name) || record.name.isEmpty || !base.isWholeDevice {
      return resolveWholeName(&record, pack: pack, measurement: measurement, device: &device, name: &name, into: &out)
    }
    if device < 0 {
      if let reason = resolveBaseDevice(pack: pack, measurement: measurement, into: &out) { return reason }
      device = base.device
    }
    name = record.name
    if Int(name.length) > Limits.nameBytes { return .nameTooLong }
    let isAllowed =
      name.isInArena
      ? SenMLName.isAllowed(out.arena.bytes, offset: name.offset, length: Int(name.length))
      : SenMLName.isAllowed(pack, offset: name.offset, length: Int(name.length))
    if !isAllowed { return .senmlBadName }
    if !base.endsWithSeparator { trimLeadingSeparator(&name, pack: pack, arena: out.arena) }
    if name.isEmpty { return useValueName(&name, into: &out) ? nil : .textTooLong }
    return nil
  }

  private func trimLeadingSeparator(_ name: inout TextRange, pack: RawSpan, arena: borrowing Slab<UInt8>) {
    let first = name.isInArena ? arena.bytes.octet(name.offset) : pack.octet(name.offset)
    if SenMLName.isSeparator(first) { name = part(name, from: 1, to: Int(name.length)) }
  }

  /// Part of a text.
  private func part(_ text: TextRange, from: Int, to: Int) -> TextRange {
    text.isInArena
      ? TextRange(arenaOffset: text.offset + from, length: to - from)
      : TextRange(datagramOffset: text.offset + from, length: to - from)
  }

  /// The device of a base name that is whole: without a separator at its end.
  private mutating func resolveBaseDevice(
    pack: RawSpan, measurement: RawSpan, into out: inout DecodedDatagram
  ) -> RejectReason? {
    let length = Int(base.name.length) - (base.endsWithSeparator && base.name.length > 1 ? 1 : 0)
    var device = -1
    let reason = resolveDevice(
      part(base.name, from: 0, to: length), pack: pack, measurement: measurement, device: &device, into: &out)
    base.device = device
    return reason
  }

  /// The way of names that are not a whole base name and a name.
  private mutating func resolveWholeName(
    _ record: inout SenMLRecord, pack: RawSpan, measurement: RawSpan, device: inout Int, name: inout TextRange,
    into out: inout DecodedDatagram
  ) -> RejectReason? {
    let own = record.has(.name) ? record.name : .empty
    var whole = own
    let isBase = own.isEmpty
    if isBase {
      whole = base.name
    } else if !base.name.isEmpty {
      let start = out.arena.count
      guard append(base.name, pack: pack, arena: &out.arena), append(own, pack: pack, arena: &out.arena) else {
        return .nameTooLong
      }
      whole = TextRange(arenaOffset: start, length: out.arena.count - start)
    }
    if whole.isEmpty { return .senmlBadName }
    let length = Int(whole.length)
    if length > Limits.nameBytes { return .nameTooLong }
    let split =
      whole.isInArena
      ? splitValid(out.arena.bytes.extracting(whole.offset..<whole.offset + length), isBase: isBase)
      : splitValid(pack.extracting(whole.offset..<whole.offset + length), isBase: isBase)
    guard let split else { return .senmlBadName }
    if let reason = resolveDevice(
      part(whole, from: 0, to: split.deviceLength), pack: pack, measurement: measurement, device: &device, into: &out)
    {
      return reason
    }
    name = part(whole, from: split.fieldOffset, to: length)
    if name.isEmpty { return useValueName(&name, into: &out) ? nil : .textTooLong }
    return nil
  }

  private func splitValid(_ name: RawSpan, isBase: Bool) -> SenMLName.Split? {
    guard SenMLName.isFirst(name.octet(0)), SenMLName.isAllowed(name, offset: 0, length: name.byteCount) else {
      return nil
    }
    return SenMLName.split(name, isBase: isBase)
  }

  /// The number of a device by its name; a new one gets its key.
  private mutating func resolveDevice(
    _ name: TextRange, pack: RawSpan, measurement: RawSpan, device: inout Int, into out: inout DecodedDatagram
  ) -> RejectReason? {
    scratch.removeAll()
    if !appendToScratch(name, pack: pack, arena: out.arena) { return .nameTooLong }
    let hash = secret.hash(scratch.bytes, offset: 0, length: scratch.count, seed: 1)
    var slot = deviceIndex.start(hash)
    while let number = deviceIndex.number(at: slot) {
      if isScratchName(of: devices[number], hash: hash, arena: out.arena) {
        device = number
        return nil
      }
      slot = deviceIndex.next(slot)
    }
    let start = out.arena.count
    if measurement.byteCount > Limits.nameBytes { return .nameTooLong }
    guard out.arena.appendCanonicalKey(kind: .readings, measurement: measurement, device: scratch.bytes) else {
      return .textTooLong
    }
    let key = TextRange(arenaOffset: start, length: out.arena.count - start)
    guard devices.append(Device(key: key, nameLength: UInt32(truncatingIfNeeded: scratch.count), hash: hash)) else {
      return .tooManyRows
    }
    device = devices.count - 1
    deviceIndex.put(device, at: slot)
    return nil
  }

  /// Whether the scratch holds that device's name. The key ends with it.
  private func isScratchName(of device: Device, hash: UInt64, arena: borrowing Slab<UInt8>) -> Bool {
    let length = scratch.count
    if device.hash != hash || Int(device.nameLength) != length { return false }
    let start = device.key.offset + Int(device.key.length) - length
    let bytes = arena.bytes
    for index in 0..<length where bytes.octet(start + index) != scratch[index] { return false }
    return true
  }

  /// Appends a record's text to the scratch; `false` if it does not fit.
  mutating func appendToScratch(_ text: TextRange, pack: RawSpan, arena: borrowing Slab<UInt8>) -> Bool {
    let range = text.offset..<text.offset + Int(text.length)
    if text.isInArena { return scratch.append(contentsOf: arena.bytes.extracting(range)) }
    return scratch.append(contentsOf: pack.extracting(range))
  }

  /// Appends a record's text to the arena, through the scratch since it may come from there.
  private mutating func append(_ text: TextRange, pack: RawSpan, arena: inout Slab<UInt8>) -> Bool {
    scratch.removeAll()
    return appendToScratch(text, pack: pack, arena: arena) && arena.append(contentsOf: scratch.bytes)
  }

  /// The field of a name that is the device's alone.
  private mutating func useValueName(_ name: inout TextRange, into out: inout DecodedDatagram) -> Bool {
    if valueName.isEmpty {
      let start = out.arena.count
      let letters: InlineArray<5, UInt8> = [0x76, 0x61, 0x6C, 0x75, 0x65]
      for index in 0..<5 where !out.arena.append(letters[index]) { return false }
      valueName = TextRange(arenaOffset: start, length: 5)
    }
    name = valueName
    return true
  }
}
