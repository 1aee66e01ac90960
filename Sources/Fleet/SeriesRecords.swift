/// The records of a delimited text (RFC 4180, and as spreadsheets export it): the delimiter is learned from the first
/// line, quoted values may hold delimiters and line ends, a byte order mark is skipped, empty lines are no records.
struct SeriesRecords: Sendable {
  private let bytes: [UInt8]
  private let delimiter: UInt8
  private var position: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    delimiter = Self.delimiter(of: bytes)
  }

  /// The one of comma, semicolon and tab that stands most often in the first line outside quotes.
  private static func delimiter(of bytes: [UInt8]) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in bytes {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == UInt8(ascii: "\n") { break }
      counts[byte, default: 0] += 1
    }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
    return candidates.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? UInt8(ascii: ",")
  }

  /// Reads the next record into `values`, whose strings are reused; false at the end.
  mutating func next(into values: inout [[UInt8]]) -> Bool {
    while position < bytes.count, bytes[position] == UInt8(ascii: "\n") || bytes[position] == UInt8(ascii: "\r") {
      position += 1
    }
    if position == bytes.count { return false }
    var index = 0
    while true {
      if index == values.count { values.append([]) }
      values[index].removeAll(keepingCapacity: true)
      readValue(into: &values[index])
      index += 1
      if position < bytes.count, bytes[position] == delimiter {
        position += 1
        continue
      }
      if position < bytes.count, bytes[position] == UInt8(ascii: "\r") { position += 1 }
      if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
      values.removeLast(values.count - index)
      return true
    }
  }

  /// Reads up to the delimiter or line end. Spaces around an unquoted value are not part of it.
  private mutating func readValue(into value: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    var isQuoted = false
    if position < bytes.count, bytes[position] == quote {
      isQuoted = true
      position += 1
    }
    let wasQuoted = isQuoted
    while position < bytes.count {
      let byte = bytes[position]
      if isQuoted {
        position += 1
        if byte != quote {
          value.append(byte)
        } else if position < bytes.count, bytes[position] == quote {
          value.append(quote)
          position += 1
        } else {
          isQuoted = false
        }
        continue
      }
      if byte == delimiter || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      value.append(byte)
      position += 1
    }
    if wasQuoted { return }
    while value.last == UInt8(ascii: " ") { value.removeLast() }
    if value.first == UInt8(ascii: " ") { value.removeFirst(value.prefix { $0 == UInt8(ascii: " ") }.count) }
  }
}
