public import Primitives

/// Walks over the records of a batch: see `RecordKind` for their form.
///
/// Call `next`, then read what the record's kind promises. Every read is checked against the bytes' end; when one
/// fails, `isDamaged` is set and the walk is over. The journal's CRC makes that a fault of ours, not of a disk.
public struct RecordReader: ~Copyable {
  @usableFromInline var position = 0
  public private(set) var isDamaged = false

  public init() {}

  /// Where the next read begins, in bytes from the start.
  @inlinable public var byteOffset: Int { position }

  /// Ends the walk: the records make no sense.
  public mutating func fail() {
    isDamaged = true
    position = Int.max
  }

  @inlinable
  mutating func byte(_ bytes: RawSpan) -> UInt8 {
    if position >= bytes.byteCount {
      fail()
      return 0
    }
    let value = bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
    position &+= 1
    return value
  }

  @inlinable
  mutating func varint(_ bytes: RawSpan) -> UInt64 {
    if position > bytes.byteCount &- 8 { return longVarint(bytes) }
    // Eight bytes at once: nearly every number here is shorter than that.
    let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
    if word & 0x80 == 0 {
      position &+= 1
      return word & 0x7F
    }
    if word & 0x8000 == 0 {
      position &+= 2
      return word & 0x7F | (word & 0x7F00) &>> 1
    }
    if word & 0x80_0000 == 0 {
      position &+= 3
      return word & 0x7F | (word & 0x7F00) &>> 1 | (word & 0x7F_0000) &>> 2
    }
    return longVarint(bytes)
  }

  @inline(never)
  @usableFromInline
  mutating func longVarint(_ bytes: RawSpan) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64 {
      let next = byte(bytes)
      value |= UInt64(next & 0x7F) &<< shift
      if next < 0x80 { return value }
      shift &+= 7
    }
    fail()
    return 0
  }

  /// The next record's kind; nil at the end, or if the bytes are damaged.
  @inlinable
  public mutating func next(_ bytes: RawSpan) -> RecordKind? {
    if position >= bytes.byteCount { return nil }
    if let kind = RecordKind.of(byte(bytes)) { return kind }
    fail()
    return nil
  }

  /// The next record's kind if that is a row; else nil, and the record is still to be read.
  @inlinable
  public mutating func nextRow(_ bytes: RawSpan) -> RecordKind? {
    if position >= bytes.byteCount { return nil }
    let kind = RecordKind.of(bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self))
    guard let kind, kind.unitNanos > 0 else { return nil }
    position &+= 1
    return kind
  }

  /// Whether a record of that kind is the next one.
  @inlinable
  public func isNext(_ kind: RecordKind, _ bytes: RawSpan) -> Bool {
    position < bytes.byteCount
      && bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self) == kind.rawValue
  }

  /// Steps over definitions of series that `isKnown`: they stand between rows where a segment has just begun.
  @inlinable
  public mutating func skipSeries(_ bytes: RawSpan, where isKnown: (_ number: Int) -> Bool) {
    while position < bytes.byteCount
      && bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self) == RecordKind.series.rawValue
    {
      let start = position
      position &+= 1
      if !isKnown(number(bytes)) {
        if !isDamaged { position = start }
        return
      }
      _ = text(bytes)
    }
  }

  /// The body of an origin.
  public mutating func origin(_ bytes: RawSpan) -> (listener: UInt8, arrivalNanos: UnixNanos) {
    let listener = byte(bytes)
    return (listener, unzigzag(varint(bytes)))
  }

  /// An identifier or a count.
  @inlinable
  public mutating func number(_ bytes: RawSpan) -> Int {
    let value = varint(bytes)
    if value > UInt64(Int32.max) {
      fail()
      return 0
    }
    return Int(truncatingIfNeeded: value)
  }

  /// Text with its length before it: its place in the batch.
  @inlinable
  public mutating func text(_ bytes: RawSpan) -> TextRange {
    let length = number(bytes)
    if isDamaged || length > bytes.byteCount &- position {
      fail()
      return .empty
    }
    let range = TextRange(datagramOffset: position, length: length)
    position &+= length
    return range
  }

  /// A row's time, after its series and layout were read with `number`.
  @inlinable
  public mutating func time(_ bytes: RawSpan, kind: RecordKind, arrival: ArrivalTime) -> UnixNanos {
    let (units, overflow) = arrival.units(of: kind).addingReportingOverflow(unzigzag(varint(bytes)))
    let (nanos, overflowNanos) = units.multipliedReportingOverflow(by: kind.unitNanos)
    if overflow || overflowNanos {
      fail()
      return 0
    }
    return nanos
  }

  /// One value. A string's payload is a `TextRange` of the batch.
  @inlinable
  public mutating func value(_ bytes: RawSpan) -> (tag: ValueTag, payload: Int64) {
    let tag = ValueTag(rawValue: byte(bytes))
    if tag.isDecimal || tag == .integer { return (tag, unzigzag(varint(bytes))) }
    if tag == .string { return (tag, text(bytes).payload) }
    if tag == .boolean { return (tag, Int64(byte(bytes))) }
    if tag == .double {
      if position > bytes.byteCount &- 8 {
        fail()
        return (.null, 0)
      }
      let payload = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: Int64.self)
      position &+= 8
      return (tag, Int64(littleEndian: payload))
    }
    if tag != .null { fail() }
    return (.null, 0)
  }
}
