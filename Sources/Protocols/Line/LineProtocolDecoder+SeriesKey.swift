import Primitives
import Telemetry

/// The slow path: a key that was not seen before.
extension LineProtocolDecoder {
  /// The device of a line that has no tags at all.
  public static let namelessDevice = "-"

  /// Parses measurement and tags, as they stood on a line, and finds the device.
  ///
  /// The device is the value of the tag `deviceTag` (`device` if nil), else of the tag `host`, and that tag is then no
  /// longer among the tags; else it is all tags joined as `k=v,k=v`, sorted by name, which then also stay tags, so that
  /// they can be asked for one by one; a line without tags has the device `-`.
  ///
  /// `lineBadTag` for a tag without name, without value, with an unescaped `=` in its value, or given twice;
  /// `nameTooLong` for a name or a device above `Limits.nameBytes`; `tooManyTags` above `Limits.tagsPerSeries`.
  public static func seriesKey(from key: RawSpan, deviceTag: String?) -> ParsedKey {
    var at = endOfPart(key, from: 0, stopsAtEquals: false)
    if at == 0 { return .refused(.lineMissingMeasurement) }
    let measurement = unescaped(key, 0..<at, isMeasurement: true)
    if measurement.utf8.count > Limits.nameBytes { return .refused(.nameTooLong) }
    var tags: [SeriesKey.Tag] = []
    while at < key.byteCount {
      let nameStart = at + 1
      let nameEnd = endOfPart(key, from: nameStart, stopsAtEquals: true)
      if nameEnd == nameStart || key.octetOrZero(nameEnd) != UInt8(ascii: "=") { return .refused(.lineBadTag) }
      let valueStart = nameEnd + 1
      at = endOfPart(key, from: valueStart, stopsAtEquals: true)
      if at == valueStart || key.octetOrZero(at) == UInt8(ascii: "=") { return .refused(.lineBadTag) }
      let name = unescaped(key, nameStart..<nameEnd, isMeasurement: false)
      if name.utf8.count > Limits.nameBytes { return .refused(.nameTooLong) }
      tags.append(SeriesKey.Tag(name: name, value: unescaped(key, valueStart..<at, isMeasurement: false)))
      if tags.count > Limits.tagsPerSeries { return .refused(.tooManyTags) }
    }
    tags.sort { $0.name < $1.name }
    if zip(tags, tags.dropFirst()).contains(where: { $0.name == $1.name }) { return .refused(.lineBadTag) }
    let device: String
    if let index = tags.firstIndex(where: { $0.name == deviceTag ?? "device" })
      ?? tags.firstIndex(where: { $0.name == "host" })
    {
      device = tags.remove(at: index).value
    } else if tags.isEmpty {
      device = namelessDevice
    } else {
      device = tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }
    if device.utf8.count > Limits.nameBytes { return .refused(.nameTooLong) }
    return .series(SeriesKey(measurement: measurement, device: device, tags: tags))
  }

  /// The first comma (or `=`) from `from` on that has no backslash before it, or the end.
  private static func endOfPart(_ key: RawSpan, from: Int, stopsAtEquals: Bool) -> Int {
    var at = from
    while at < key.byteCount {
      let byte = key.octet(at)
      if byte == UInt8(ascii: ",") || (stopsAtEquals && byte == UInt8(ascii: "=")),
        at == from || key.octet(at - 1) != UInt8(ascii: "\\")
      {
        return at
      }
      at += 1
    }
    return at
  }

  /// Text without its escapes: `\,` and `\ `, in tags `\=` too. Other backslashes stay.
  private static func unescaped(_ key: RawSpan, _ range: Range<Int>, isMeasurement: Bool) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    var at = range.lowerBound
    while at < range.upperBound {
      if key.octet(at) == UInt8(ascii: "\\") && at + 1 < range.upperBound {
        let next = key.octet(at + 1)
        if next == UInt8(ascii: ",") || next == UInt8(ascii: " ") || (next == UInt8(ascii: "=") && !isMeasurement) {
          at += 1
        }
      }
      bytes.append(key.octet(at))
      at += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
