/// Reads the rows of a delimited text, one after the other: RFC 4180, and what spreadsheets make of it.
///
/// Commas, semicolons or tabs separate values, whichever stands most often in the first line (or what a first line
/// `sep=;` names); lines end in LF, CRLF or CR; a byte order mark is skipped; a value in quotes may hold separators, line
/// ends and doubled quotes; lines without a single character are no rows. A row's values are ranges of the bytes, so
/// reading allocates only while the widest row grows.
///
/// ```
/// var text = DelimitedText(bytes)
/// while try text.nextRow() {
///   for column in 0..<text.count { use(text.text(column)) }
/// }
/// ```
public struct DelimitedText: Sendable {
  /// Where a value stands, without its quotes.
  public struct Value: Sendable {
    public var range: Range<Int>
    /// Whether it holds doubled quotes, each of which means one.
    public var hasDoubledQuotes: Bool
  }

  /// The file's bytes, into which the values point.
  public let bytes: [UInt8]
  /// What separates the values.
  public let delimiter: UInt8
  /// The line of the file, from 1, at which the row begins that was read last.
  public private(set) var line = 0
  /// The row that was read last.
  public private(set) var values: [Value] = []

  private var position: Int
  private var currentLine = 1

  /// `delimiter`: what separates values; nil to find out.
  public init(_ bytes: [UInt8], delimiter: UInt8? = nil) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if let named = Self.namedDelimiter(bytes, at: position) {
      self.delimiter = delimiter ?? named
      position += 5
      _ = takeLineEnd()
    } else {
      self.delimiter = delimiter ?? Self.likelyDelimiter(bytes, from: position)
    }
  }

  /// How many values the row has.
  public var count: Int { values.count }

  /// Whether no value of the row has a character, as in the empty rows at the end of a sheet.
  public var isBlank: Bool { values.allSatisfy(\.range.isEmpty) }

  /// Goes to the next row; false at the end. After an error the next row is the one after the fault's line.
  public mutating func nextRow() throws(DelimitedTextError) -> Bool {
    while takeLineEnd() {}
    values.removeAll(keepingCapacity: true)
    guard position < bytes.count else { return false }
    line = currentLine
    while true {
      if position < bytes.count && bytes[position] == quote {
        try takeQuotedValue()
      } else {
        takePlainValue()
      }
      if position < bytes.count && bytes[position] == delimiter {
        position += 1
        continue
      }
      _ = takeLineEnd()
      return true
    }
  }

  /// The value in a column as text; "" in a column that the row does not reach. nil if it is not UTF-8.
  public func text(_ column: Int) -> String? {
    guard column < values.count else { return "" }
    let value = values[column]
    guard value.hasDoubledQuotes else { return String(validating: bytes[value.range], as: UTF8.self) }
    var single: [UInt8] = []
    var previousWasQuote = false
    for byte in bytes[value.range] {
      if byte == quote && previousWasQuote {
        previousWasQuote = false
        continue
      }
      previousWasQuote = byte == quote
      single.append(byte)
    }
    return String(validating: single, as: UTF8.self)
  }

  private mutating func takePlainValue() {
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == delimiter || byte == lineFeed || byte == carriageReturn { break }
      position += 1
    }
    values.append(Value(range: start..<position, hasDoubledQuotes: false))
  }

  private mutating func takeQuotedValue() throws(DelimitedTextError) {
    let startLine = currentLine
    let start = position + 1
    var hasDoubledQuotes = false
    position = start
    while position < bytes.count {
      let byte = bytes[position]
      if byte == quote {
        if position + 1 < bytes.count && bytes[position + 1] == quote {
          hasDoubledQuotes = true
          position += 2
          continue
        }
        values.append(Value(range: start..<position, hasDoubledQuotes: hasDoubledQuotes))
        position += 1
        return try expectEndOfValue()
      }
      if !takeLineEnd() { position += 1 }
    }
    throw DelimitedTextError(line: startLine, cause: "a quoted value is not closed")
  }

  private mutating func expectEndOfValue() throws(DelimitedTextError) {
    guard position < bytes.count else { return }
    let byte = bytes[position]
    if byte == delimiter || byte == lineFeed || byte == carriageReturn { return }
    let faultLine = currentLine
    while position < bytes.count && bytes[position] != lineFeed { position += 1 }
    throw DelimitedTextError(line: faultLine, cause: "text stands behind a closing quote")
  }

  private mutating func takeLineEnd() -> Bool {
    guard position < bytes.count else { return false }
    if bytes[position] == carriageReturn {
      position += 1
      if position < bytes.count && bytes[position] == lineFeed { position += 1 }
    } else if bytes[position] == lineFeed {
      position += 1
    } else {
      return false
    }
    currentLine += 1
    return true
  }

  /// The separator that a first line `sep=;` names, as some spreadsheets write and understand it.
  private static func namedDelimiter(_ bytes: [UInt8], at start: Int) -> UInt8? {
    let prefix = Array("sep=".utf8)
    guard bytes.count >= start + 5, Array(bytes[start..<start + 4]) == prefix else { return nil }
    let isAlone = bytes.count == start + 5 || bytes[start + 5] == lineFeed || bytes[start + 5] == carriageReturn
    return isAlone ? bytes[start + 4] : nil
  }

  /// The one of comma, semicolon and tab that stands most often outside quotes in the first line that is not empty.
  private static func likelyDelimiter(_ bytes: [UInt8], from start: Int) -> UInt8 {
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
    var counts = [0, 0, 0]
    var isQuoted = false
    var isEmpty = true
    for byte in bytes[start...] {
      if byte == quote { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == lineFeed || byte == carriageReturn {
        if isEmpty { continue }
        break
      }
      isEmpty = false
      if let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
    }
    var best = 0
    for index in 1...2 where counts[index] > counts[best] { best = index }
    return candidates[best]
  }
}

private let quote = UInt8(ascii: "\"")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
