public import Primitives

/// Which kind of table a row goes to. Events and readings never share a table, whatever the wire calls them.
public enum TableKind: UInt8, Sendable, Hashable {
  case readings = 0
  case events = 1
}

/// Who and what a row is: measurement, device and the other tags, sorted by name. Rows of one key form a series.
///
/// Canonical bytes, the same for every protocol (numbers big-endian):
/// ```
/// +------+---------+-------------+--------+--------+---------------------------------+
/// | kind | length  | measurement | length | device | (length, tag, length, value) …  |
/// | u8   | u16     |             | u16    |        |  u16           u16              |
/// +------+---------+-------------+--------+--------+---------------------------------+
/// ```
public struct SeriesKey: Hashable, Sendable {
  public var kind: TableKind
  public var measurement: String
  public var device: String
  public var tags: [Tag]

  public struct Tag: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Sorts the tags by name.
  public init(kind: TableKind = .readings, measurement: String, device: String, tags: [Tag] = []) {
    self.kind = kind
    self.measurement = measurement
    self.device = device
    self.tags = tags.sorted { $0.name < $1.name }
  }

  /// The measurement of events from the wire, and their table's name.
  public static let eventsMeasurement = "events"

  public var canonicalBytes: [UInt8] {
    var bytes: [UInt8] = [kind.rawValue]
    func append(_ text: String) {
      let utf8 = Array(text.utf8.prefix(Int(UInt16.max)))
      bytes.append(UInt8(utf8.count >> 8))
      bytes.append(UInt8(utf8.count & 255))
      bytes += utf8
    }
    append(measurement)
    append(device)
    for tag in tags {
      append(tag.name)
      append(tag.value)
    }
    return bytes
  }

  /// Reads canonical bytes; nil if they are not such. Bytes that are not UTF-8 are repaired.
  public init?(canonicalBytes bytes: RawSpan) {
    guard bytes.byteCount >= 1, let kind = TableKind(rawValue: bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
    else { return nil }
    var position = 1
    var texts: [String] = []
    while position < bytes.byteCount {
      guard position + 2 <= bytes.byteCount else { return nil }
      let high = Int(bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self))
      let low = Int(bytes.unsafeLoad(fromByteOffset: position + 1, as: UInt8.self))
      let end = position + 2 + (high << 8 | low)
      guard end <= bytes.byteCount else { return nil }
      texts.append(
        bytes.extracting(position + 2..<end).withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
      position = end
    }
    guard texts.count >= 2, texts.count % 2 == 0 else { return nil }
    let tags = stride(from: 2, to: texts.count, by: 2).map { Tag(name: texts[$0], value: texts[$0 + 1]) }
    self.init(kind: kind, measurement: texts[0], device: texts[1], tags: tags)
  }
}

extension Slab where Element == UInt8 {
  /// Appends the head of a canonical key, all of it for a series without tags; `false` if it does not fit.
  @inlinable
  public mutating func appendCanonicalKey(kind: TableKind, measurement: RawSpan, device: RawSpan) -> Bool {
    let start = count
    guard measurement.byteCount <= Limits.nameBytes, device.byteCount <= Limits.nameBytes,
      room >= 5 + measurement.byteCount + device.byteCount
    else { return false }
    append(kind.rawValue)
    let whole =
      appendCanonical(measurement) && appendCanonical(device)
    if !whole { truncate(to: start) }
    return whole
  }

  /// Appends one length-prefixed text of a canonical key.
  @inlinable
  mutating func appendCanonical(_ text: RawSpan) -> Bool {
    append(UInt8(truncatingIfNeeded: text.byteCount >> 8))
    append(UInt8(truncatingIfNeeded: text.byteCount))
    return append(contentsOf: text)
  }
}
