import Primitives

/// A series' canonical bytes, read in place: see `SeriesKey` for their form.
public struct CanonicalKey: ~Escapable {
  public let bytes: RawSpan

  /// `bytes` must be well-formed: see `isWellFormed`.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// Whether the bytes are a kind, a measurement, a device and pairs of texts, and nothing else.
  public static func isWellFormed(_ bytes: RawSpan) -> Bool {
    if bytes.byteCount == 0 || TableKind(rawValue: bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)) == nil {
      return false
    }
    var position = 1
    var texts = 0
    while position < bytes.byteCount {
      if bytes.byteCount - position < 2 { return false }
      position += 2 + length(bytes, at: position)
      texts += 1
    }
    return position == bytes.byteCount && texts >= 2 && texts % 2 == 0
  }

  private static func length(_ bytes: RawSpan, at position: Int) -> Int {
    Int(bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)) << 8
      | Int(bytes.unsafeLoad(fromByteOffset: position + 1, as: UInt8.self))
  }

  /// The text that begins with its length at `position`, which is moved behind it.
  public func text(at position: inout Int) -> Range<Int> {
    let start = position + 2
    position = start + Self.length(bytes, at: position)
    return start..<position
  }

  /// How many bytes kind and measurement take: they name the table.
  public var tableByteCount: Int { 3 + Self.length(bytes, at: 1) }

  public var device: Range<Int> {
    var position = tableByteCount
    return text(at: &position)
  }

  /// Where the tags begin; the bytes' end if there are none.
  public var tagsOffset: Int { device.upperBound }

  /// The value of the tag of that name.
  public func value(ofTag name: RawSpan) -> Range<Int>? {
    var position = tagsOffset
    while position < bytes.byteCount {
      let own = text(at: &position)
      let value = text(at: &position)
      if bytes.extracting(own).equals(name) { return value }
    }
    return nil
  }

  /// Whether its rows stand before another's in a part: by device, then tag by tag, by their bytes as Parquet's readers
  /// compare.
  public func precedes(_ other: borrowing CanonicalKey) -> Bool {
    var left = tableByteCount
    var right = other.tableByteCount
    while left < bytes.byteCount && right < other.bytes.byteCount {
      let order = Self.compare(bytes.extracting(text(at: &left)), other.bytes.extracting(other.text(at: &right)))
      if order != 0 { return order < 0 }
    }
    return left >= bytes.byteCount && right < other.bytes.byteCount
  }

  /// Below zero if `a` stands before `b`, zero if they are equal.
  private static func compare(_ a: RawSpan, _ b: RawSpan) -> Int {
    let shorter = min(a.byteCount, b.byteCount)
    var index = 0
    while shorter - index >= 8 {
      // Both loads stay below `shorter`.
      let left = a.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self).bigEndian
      let right = b.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self).bigEndian
      if left != right { return left < right ? -1 : 1 }
      index += 8
    }
    while index < shorter {
      let left = a.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      let right = b.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if left != right { return left < right ? -1 : 1 }
      index += 1
    }
    return a.byteCount - b.byteCount
  }
}
