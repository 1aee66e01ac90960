public import Primitives
public import Telemetry

/// Canonical keys (`SeriesKey`) composed in the arena of texts that stand there already.
extension Slab where Element == UInt8 {
  /// Appends kind, measurement (`prefix` and `name` together) and device; nil, with nothing appended, if the device has
  /// no name or too long a one.
  public mutating func appendKeyHead(
    _ kind: TableKind, _ prefix: StaticString, name: RawSpan = RawSpan(), device: TextRange
  ) -> Int? {
    let length = prefix.utf8CodeUnitCount &+ name.byteCount
    if device.isEmpty || Int(device.length) > Limits.nameBytes || length > Limits.nameBytes { return nil }
    let start = count
    append(kind.rawValue)
    appendLength(length)
    appendText(prefix)
    append(contentsOf: name)
    appendKeyText(copyOf: device)
    return start
  }

  /// Appends the name of a tag; its value comes next.
  public mutating func appendTagName(_ name: StaticString) {
    appendLength(name.utf8CodeUnitCount)
    appendText(name)
  }

  /// Appends a length-prefixed copy of a text of this arena.
  public mutating func appendKeyText(copyOf text: TextRange) {
    appendLength(Int(text.length))
    for index in text.offset..<text.offset &+ Int(text.length) { append(self[index]) }
  }

  private mutating func appendLength(_ length: Int) {
    append(UInt8(truncatingIfNeeded: length >> 8))
    append(UInt8(truncatingIfNeeded: length))
  }

  /// What was appended from `start` on.
  public func textRange(from start: Int) -> TextRange {
    TextRange(arenaOffset: start, length: count &- start)
  }
}
