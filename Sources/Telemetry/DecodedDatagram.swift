public import Primitives

/// How a row's key is written.
public enum KeyForm: UInt8, Sendable, BitwiseCopyable {
  /// `measurement[,tag=value…]` as it stood on the line, escapes included: parsed only when it is new.
  case lineProtocol
  /// `SeriesKey`'s canonical bytes.
  case canonical
  /// The sender's own name for itself (a syslog hostname, may be empty): the row is an event of the device that the
  /// registry knows by the source address, else of that name, else of the source address.
  case eventSender
  /// `SeriesKey`'s canonical bytes, of an event.
  case canonicalEvent
  /// As `eventSender`, but the name is a word that may be no name at all: it tells a device that the registry knows, and
  /// no other.
  case doubtfulSender

  /// Whether the row is an event.
  @inlinable public var isEvent: Bool { rawValue >= Self.eventSender.rawValue }
}

/// Of whom something was refused, as far as the datagram tells: the key of the row that it would have been in.
public struct RefusedKey: Sendable, BitwiseCopyable {
  public var key: TextRange
  public var form: KeyForm

  @inlinable
  public init(_ key: TextRange, _ form: KeyForm) {
    self.key = key
    self.form = form
  }
}

/// Where a line of text begins that was refused, or some of its fields, and why.
public struct RefusedLine: Sendable, BitwiseCopyable {
  public var offset: UInt32
  /// The raw value of the reason.
  public var code: UInt8
  /// Whether the line's other fields stand.
  public var isFieldOnly: Bool

  @inlinable
  public init(at offset: Int, _ reason: RejectReason, isFieldOnly: Bool) {
    self.offset = UInt32(truncatingIfNeeded: offset)
    code = reason.rawValue
    self.isFieldOnly = isFieldOnly
  }
}

/// One field's value as decoded.
public struct DecodedField: Sendable, BitwiseCopyable {
  public var name: TextRange
  /// The unit as sent (SenML `u`), empty if none.
  public var unit: TextRange
  /// Per `tag`; a string's payload is a `TextRange`.
  public var payload: Int64
  public var tag: ValueTag

  @inlinable
  public init(name: TextRange, tag: ValueTag, payload: Int64, unit: TextRange = .empty) {
    self.name = name
    self.unit = unit
    self.payload = payload
    self.tag = tag
  }
}

/// One row as decoded: fields `firstField ..< firstField + fieldCount` of the datagram.
public struct DecodedRow: Sendable, BitwiseCopyable {
  public var key: TextRange
  public var firstField: UInt32
  public var fieldCount: UInt32
  /// The device's time; meaningless unless `hasTime`.
  public var timeNanos: UnixNanos
  public var hasTime: Bool
  public var keyForm: KeyForm

  @inlinable
  public init(
    key: TextRange, keyForm: KeyForm, firstField: Int, fieldCount: Int, timeNanos: UnixNanos, hasTime: Bool
  ) {
    self.key = key
    self.keyForm = keyForm
    self.firstField = UInt32(truncatingIfNeeded: firstField)
    self.fieldCount = UInt32(truncatingIfNeeded: fieldCount)
    self.timeNanos = timeNanos
    self.hasTime = hasTime
  }
}

/// What a decoder makes of one datagram: rows, their fields, the text that had to be rewritten, and the rows refused.
///
/// Allocated once a lane; `reset()` before each datagram. Text ranges are valid until then.
public struct DecodedDatagram: ~Copyable {
  public var rows: Slab<DecodedRow>
  public var fields: Slab<DecodedField>
  public var arena: Slab<UInt8>
  /// A reason for each row that was refused while others of the datagram stand (`RejectReason` raw values).
  public var refusedRows: Slab<UInt8>
  /// A reason for each field that was refused while others of its row stand.
  public var refusedFields: Slab<UInt8>
  /// Of whom rows and fields were refused, where that is known: of the first few.
  public var refusedKeys: Slab<RefusedKey>
  /// Lines that were refused, or some of their fields: the first few.
  public var refusedLines: Slab<RefusedLine>
  /// Lines that were refused, whatever became of the others; lines that stand without some of their fields.
  public var refusedLineCount = 0
  public var flawedLineCount = 0
  /// Octets behind the message that belong to none.
  public var trailingBytes = 0

  public init() {
    rows = Slab(capacity: Limits.rowsPerDatagram)
    fields = Slab(capacity: Limits.fieldsPerDatagram)
    arena = Slab(capacity: Limits.arenaBytesPerDatagram)
    refusedRows = Slab(capacity: Limits.rowsPerDatagram)
    refusedFields = Slab(capacity: Limits.fieldsPerDatagram)
    refusedKeys = Slab(capacity: Limits.refusedKeysPerDatagram)
    refusedLines = Slab(capacity: Limits.refusedKeysPerDatagram)
  }

  @inlinable
  public mutating func reset() {
    rows.removeAll()
    fields.removeAll()
    arena.removeAll()
    refusedRows.removeAll()
    refusedFields.removeAll()
    refusedKeys.removeAll()
    refusedLines.removeAll()
    refusedLineCount = 0
    flawedLineCount = 0
    trailingBytes = 0
  }

  /// The bytes of a range, in the datagram or in the arena.
  @_lifetime(borrow self, copy datagram)
  @inlinable
  public borrowing func text(_ range: TextRange, of datagram: RawSpan) -> RawSpan {
    let end = range.offset &+ Int(range.length)
    if range.isInArena {
      return _overrideLifetime(arena.bytes.extracting(range.offset..<end), borrowing: self)
    }
    return datagram.extracting(range.offset..<end)
  }

  @inlinable
  public mutating func refuseRow(_ reason: RejectReason) {
    refusedRows.append(reason.rawValue)
  }

  @inlinable
  public mutating func refuseField(_ reason: RejectReason) {
    refusedFields.append(reason.rawValue)
  }
}

/// A decoder's word on one datagram.
public enum DatagramVerdict: Equatable, Sendable {
  /// Understood; its rows (none, perhaps) stand in the `DecodedDatagram`.
  case decoded
  case rejected(RejectReason)
}
