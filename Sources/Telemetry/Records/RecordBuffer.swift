public import Primitives

/// A block of records under construction: see `RecordKind` for their form.
///
/// `unsafe` is sound here: the memory is owned by this value alone, and each `put…` proves that its largest form fits
/// before it writes through the pointer.
public struct RecordBuffer: ~Copyable, @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<UInt8>
  @usableFromInline let capacity: Int
  @usableFromInline var used = 0

  /// A varint of 64 bits at its longest.
  @usableFromInline static let longestVarint = 10

  public init(capacity: Int) {
    base = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  deinit {
    base.deallocate()
  }

  @inlinable public var byteCount: Int { used }
  @inlinable public var room: Int { capacity &- used }

  @inlinable
  public mutating func removeAll() {
    used = 0
  }

  /// Takes back what was written since the buffer held `byteCount` bytes.
  @inlinable
  public mutating func truncate(to byteCount: Int) {
    precondition(byteCount >= 0 && byteCount <= used, "BUG: records truncated beyond their end")
    used = byteCount
  }

  /// The records so far.
  @inlinable
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      _overrideLifetime(RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: used), borrowing: self)
    }
  }

  /// Calls `body` with the records so far.
  @inlinable
  public borrowing func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(start: base, count: used))
  }

  @inlinable
  mutating func reserve(_ byteCount: Int) {
    precondition(byteCount <= capacity &- used, "BUG: a batch without room for its datagram")
  }

  @inlinable
  mutating func write(_ byte: UInt8) {
    base[used] = byte
    used &+= 1
  }

  @inlinable
  mutating func writeVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      base[used] = UInt8(truncatingIfNeeded: rest) | 0x80
      used &+= 1
      rest &>>= 7
    }
    base[used] = UInt8(truncatingIfNeeded: rest)
    used &+= 1
  }

  @inlinable
  mutating func write(_ text: RawSpan) {
    let length = text.byteCount
    if length > 0 {
      text.withUnsafeBytes { UnsafeMutableRawPointer(base + used).copyMemory(from: $0.baseAddress!, byteCount: length) }
      used &+= length
    }
  }

  public mutating func putOrigin(listener: UInt8, arrivalNanos: UnixNanos) {
    reserve(2 + Self.longestVarint)
    write(RecordKind.origin.rawValue)
    write(listener)
    writeVarint(zigzag(arrivalNanos))
  }

  public mutating func putSeries(_ id: UInt32, canonicalKey key: RawSpan) {
    reserve(1 + 2 * Self.longestVarint + key.byteCount)
    write(RecordKind.series.rawValue)
    writeVarint(UInt64(id))
    writeVarint(UInt64(key.byteCount))
    write(key)
  }

  /// Begins a layout; `fieldCount` calls of `putLayoutField` must follow.
  public mutating func putLayout(_ id: UInt32, fieldCount: Int) {
    reserve(1 + 2 * Self.longestVarint)
    write(RecordKind.layout.rawValue)
    writeVarint(UInt64(id))
    writeVarint(UInt64(fieldCount))
  }

  public mutating func putLayoutField(name: RawSpan, unit: RawSpan) {
    reserve(2 * Self.longestVarint + name.byteCount + unit.byteCount)
    writeVarint(UInt64(name.byteCount))
    write(name)
    writeVarint(UInt64(unit.byteCount))
    write(unit)
  }
}
