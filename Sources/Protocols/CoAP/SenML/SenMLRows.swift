import Primitives
import Telemetry

/// Resolves records (RFC 8428 section 4.6) and gathers them to rows: one for each device and time of a pack.
///
/// All memory is allocated once. Rows are found through indexes under a secret hash, so a hostile pack costs no more
/// than another of its length.
struct SenMLRows: ~Copyable {
  /// The base values as they stand after the records so far.
  struct Base: BitwiseCopyable {
    var name = TextRange.empty
    /// Whether the base name alone says which device it is.
    var isWholeDevice = false
    var endsWithSeparator = false
    /// The base name's device, -1 before it was needed.
    var device = -1
    var timeNanos: Int64 = 0
    var unit = TextRange.empty
    var value = SenMLNumber.zero
    var sum = SenMLNumber.zero
    var hasValue = false
    var hasSum = false
  }

  /// A device of the pack: its series key in the arena, and the hash of its name.
  struct Device: BitwiseCopyable {
    var key: TextRange
    var nameLength: UInt32
    var hash: UInt64
  }

  /// Times below this many seconds are relative to now (RFC 8428 section 4.5.3).
  static let absoluteNanos = (1 << 28) * Nanos.perSecond
  private static let highestVersion: Int64 = 10

  var base = Base()
  let secret = SecretHash()
  var devices: Slab<Device>
  var deviceIndex: ScratchIndex
  /// Beside each row of the datagram its device.
  var rowDevices: Slab<UInt32>
  var rowIndex: ScratchIndex
  /// Beside each field of the datagram its row, and the hash of row and name.
  var fieldRows: Slab<UInt32>
  var fieldHashes: Slab<UInt64>
  var fieldIndex: ScratchIndex
  /// Where fields are brought to the order of their rows.
  var sorted: Slab<DecodedField>
  /// Whether a field was appended that is not of the last row.
  var isScattered = false
  /// Whether the last row has the names of the one before so far, in its order.
  var lastFollows = false
  /// How many fields stand in `fieldIndex`.
  var indexedFields = 0
  /// A name on its way to the arena.
  var scratch: Slab<UInt8>
  /// The name `value` in the arena, empty before it was needed.
  var valueName = TextRange.empty
  var place = SenMLPackPlace.datagram(offset: 0)
  /// Where the pack begins in the arena, if it stands apart.
  var arenaOffset = 0
  var arrivalNanos: UnixNanos = 0
  /// A base value cannot be taken, and all records that follow build on it.
  var isPackBad = false
  /// Why the first record was refused, of those that were.
  var firstFlaw: RejectReason?

  init() {
    devices = Slab(capacity: Limits.rowsPerDatagram)
    rowDevices = Slab(capacity: Limits.rowsPerDatagram)
    fieldRows = Slab(capacity: Limits.fieldsPerDatagram)
    fieldHashes = Slab(capacity: Limits.fieldsPerDatagram)
    sorted = Slab(repeating: DecodedField(name: .empty, tag: .null, payload: 0), count: Limits.fieldsPerDatagram)
    deviceIndex = ScratchIndex(capacity: Limits.rowsPerDatagram * 2)
    rowIndex = ScratchIndex(capacity: Limits.rowsPerDatagram * 2)
    fieldIndex = ScratchIndex(capacity: Limits.fieldsPerDatagram * 2)
    scratch = Slab(capacity: Limits.nameBytes)
  }

  /// Begins a pack; `false` if it has to go to the arena and does not fit.
  mutating func begin(
    _ pack: RawSpan, place: SenMLPackPlace, arrivalNanos: UnixNanos, arena: inout Slab<UInt8>
  ) -> Bool {
    base = Base()
    isPackBad = false
    firstFlaw = nil
    devices.removeAll()
    rowDevices.removeAll()
    fieldRows.removeAll()
    fieldHashes.removeAll()
    // The shortest record takes three bytes.
    let records = pack.byteCount / 3
    deviceIndex.reset(expecting: records)
    rowIndex.reset(expecting: records)
    fieldIndex.reset(expecting: records)
    isScattered = false
    lastFollows = false
    indexedFields = 0
    valueName = .empty
    self.place = place
    self.arrivalNanos = arrivalNanos
    if case .apart = place {
      arenaOffset = arena.count
      return arena.append(contentsOf: pack)
    }
    return true
  }

  /// Takes one record; the reason if it is none. It is not changed: `inout` spares its copies.
  @inline(__always)
  mutating func take(
    _ record: inout SenMLRecord, pack: RawSpan, measurement: RawSpan, into out: inout DecodedDatagram
  ) -> RejectReason? {
    if !record.members.isDisjoint(with: .base) {
      if let reason = applyBase(&record, pack: pack, arena: out.arena) {
        isPackBad = true
        return reason
      }
      if record.members.isDisjoint(with: .own) { return record.flaw }
    } else if record.members.isDisjoint(with: .own) {
      return record.flaw ?? .senmlMissingValue
    }
    if let flaw = record.flaw { return flaw }
    let values = record.members.intersection(.anyValue).rawValue
    if values & (values &- 1) != 0 { return .senmlSeveralValues }
    if values == 0 && !base.hasValue && !record.has(.sum) && !base.hasSum { return .senmlMissingValue }

    var timeNanos = base.timeNanos
    if record.has(.time) { timeNanos = SenMLNumber.sum(timeNanos, record.timeNanos) }
    // A sum of zero is "now": the same as no time at all.
    let hasTime = timeNanos != 0
    if timeNanos < Self.absoluteNanos {
      timeNanos = SenMLNumber.sum(arrivalNanos, timeNanos)
    }

    var name = TextRange.empty
    var device = base.device
    if let reason = resolveName(
      &record, pack: pack, measurement: measurement, device: &device, name: &name, into: &out)
    {
      return reason
    }
    var row = -1
    if let reason = findRow(device: device, timeNanos: timeNanos, hasTime: hasTime, row: &row, into: &out) {
      return reason
    }
    return placeFields(&record, row: row, name: name, pack: pack, into: &out)
  }

  /// Takes over base values (RFC 8428 section 4.1).
  private mutating func applyBase(
    _ record: inout SenMLRecord, pack: RawSpan, arena: borrowing Slab<UInt8>
  ) -> RejectReason? {
    if record.has(.baseVersion) {
      let version = record.baseVersion
      guard version.tag == .decimal(scale: 0), version.payload >= 0 else { return .senmlBadRecord }
      if version.payload > Self.highestVersion { return .senmlUnsupportedVersion }
    }
    if record.has(.baseName) {
      let name = record.baseName
      if Int(name.length) > Limits.nameBytes { return .nameTooLong }
      base.name = name
      base.device = -1
      base.isWholeDevice = false
      base.endsWithSeparator = false
      if !name.isEmpty {
        let reason =
          name.isInArena
          ? inspectBaseName(arena.bytes, offset: name.offset, length: Int(name.length))
          : inspectBaseName(pack, offset: name.offset, length: Int(name.length))
        if let reason { return reason }
      }
    }
    if record.has(.baseTime) { base.timeNanos = record.baseTimeNanos }
    if record.has(.baseUnit) {
      if Int(record.baseUnit.length) > Limits.unitBytes { return .textTooLong }
      base.unit = text(record.baseUnit)
    }
    if record.has(.baseValue) {
      base.value = record.baseValue
      base.hasValue = true
    }
    if record.has(.baseSum) {
      base.sum = record.baseSum
      base.hasSum = true
    }
    return nil
  }

  private mutating func inspectBaseName(_ bytes: RawSpan, offset: Int, length: Int) -> RejectReason? {
    guard SenMLName.isAllowed(bytes, offset: offset, length: length), SenMLName.isFirst(bytes.octet(offset)) else {
      return .senmlBadName
    }
    base.isWholeDevice = SenMLName.isWholeDevice(bytes.extracting(offset..<offset + length))
    base.endsWithSeparator = SenMLName.isSeparator(bytes.octet(offset + length - 1))
    return nil
  }

  /// Counts a record that cannot be taken; false if the pack cannot be read on, or its memory is full.
  @inline(never)
  mutating func refuse(_ reason: RejectReason, into out: inout DecodedDatagram) -> Bool {
    if isPackBad || reason == .tooManyRows || reason == .tooManyFields { return false }
    firstFlaw = firstFlaw ?? reason
    out.refuseField(reason)
    if base.device >= 0 && out.refusedKeys.isEmpty {
      out.refusedKeys.append(RefusedKey(devices[base.device].key, .canonical))
    }
    return true
  }

  /// A record's text as the datagram's consumers see it.
  @inline(__always)
  func text(_ range: TextRange) -> TextRange {
    if range.isInArena { return range }
    switch place {
    case .datagram(let offset): return TextRange(datagramOffset: offset &+ range.offset, length: Int(range.length))
    case .apart: return TextRange(arenaOffset: arenaOffset &+ range.offset, length: Int(range.length))
    }
  }

  /// Brings the fields to the order of their rows, once all records were taken.
  mutating func finish(into out: inout DecodedDatagram) {
    if !isScattered { return }
    var first = 0
    for row in 0..<out.rows.count {
      let count = Int(out.rows[row].fieldCount)
      out.rows[row].firstField = UInt32(truncatingIfNeeded: first)
      first &+= count
    }
    // `firstField` runs ahead as the row's place fills, and is set back behind it.
    for field in 0..<out.fields.count {
      let row = Int(fieldRows[field])
      sorted[Int(out.rows[row].firstField)] = out.fields[field]
      out.rows[row].firstField &+= 1
    }
    for field in 0..<out.fields.count { out.fields[field] = sorted[field] }
    for row in 0..<out.rows.count { out.rows[row].firstField &-= out.rows[row].fieldCount }
  }

  /// Leaves out rows whose every record was refused.
  @inline(never)
  static func dropEmptyRows(of out: inout DecodedDatagram) {
    var kept = 0
    for row in 0..<out.rows.count where out.rows[row].fieldCount > 0 {
      out.rows[kept] = out.rows[row]
      kept &+= 1
    }
    out.rows.truncate(to: kept)
  }
}
