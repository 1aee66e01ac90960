/// Cuts CSV as it comes into windows of whole rows. A line end inside a quoted cell ends no row.
///
/// A quote that is never closed costs its own row, not all that follow: where a row grows longer than any may be, or has
/// no end, the line on which it begins is a window of its own, and what is behind it is looked at anew.
struct CSVCutter {
  /// Whole rows, and the line of the file at which they begin.
  struct Window {
    var bytes: [UInt8]
    var line: Int
    /// Whether this is the begin of a row that is longer than any may be; the rest of it is passed over.
    var isCut = false
  }

  private let separator: UInt8
  private let windowBytes: Int
  private let rowBytes: Int
  private var held: [UInt8] = []
  /// How much of what is held was looked at.
  private var scanned = 0
  /// Behind the last row that is whole, and the lines up to there.
  private var wholeEnd = 0
  private var wholeLines = 0
  private var lines = 0
  private var line = 1
  private var state = State.atCellBegin
  /// Whether the byte before was a CR, which an LF may belong to.
  private var isBehindReturn = false
  /// Whether what comes is the rest of a row that was cut.
  private var isPassingOver = false

  private enum State {
    case atCellBegin
    case inCell
    case inQuotes
    case behindQuote
  }

  /// - Parameters:
  ///   - windowBytes: at which a window is given out.
  ///   - rowBytes: what a row has at the most.
  init(separator: UInt8, windowBytes: Int = 256 << 10, rowBytes: Int = 1 << 20) {
    self.separator = separator
    self.windowBytes = windowBytes
    self.rowBytes = rowBytes
  }

  /// Takes what came, behind what came before.
  mutating func add(_ bytes: [UInt8]) { held += bytes }

  /// The next window; nil while there is no full one, and at the end.
  ///
  /// - Parameter isLast: nothing more comes.
  mutating func next(isLast: Bool) -> Window? {
    if isPassingOver { passOver() }
    if isPassingOver { return nil }
    scan()
    if wholeEnd >= windowBytes || (isLast && wholeEnd > 0) { return take(wholeEnd, wholeLines) }
    if held.count - wholeEnd > rowBytes || (isLast && state == .inQuotes) { return giveUp() }
    if !isLast || held.isEmpty { return nil }
    // The last row has no line end.
    return take(held.count, lines)
  }

  private mutating func scan() {
    while scanned < held.count {
      let byte = held[scanned]
      if scanned == 0 && byte == UInt8(ascii: "\n") && isBehindReturn {
        // It belongs to the line end behind which the last window was cut.
        held.removeFirst()
        isBehindReturn = false
        continue
      }
      scanned += 1
      let isLineEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
      let isSecond = byte == UInt8(ascii: "\n") && isBehindReturn
      isBehindReturn = byte == UInt8(ascii: "\r")
      if isLineEnd && !isSecond { lines += 1 }
      if state == .inQuotes {
        if byte == UInt8(ascii: "\"") { state = .behindQuote }
        continue
      }
      if isLineEnd {
        state = .atCellBegin
        (wholeEnd, wholeLines) = (scanned, lines)
      } else if byte == separator {
        state = .atCellBegin
      } else if byte == UInt8(ascii: "\"") && state != .inCell {
        // A doubled quote goes on within quotes.
        state = .inQuotes
      } else {
        state = .inCell
      }
    }
  }

  private mutating func take(_ count: Int, _ lineCount: Int) -> Window {
    defer {
      held.removeFirst(count)
      scanned -= count
      wholeEnd = 0
      wholeLines = 0
      lines -= lineCount
      line += lineCount
    }
    return Window(bytes: Array(held[..<count]), line: line)
  }

  /// The first line of a row without an end, after all whole ones before it.
  private mutating func giveUp() -> Window {
    if wholeEnd > 0 { return take(wholeEnd, wholeLines) }
    let lineEnd = held.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    let end = lineEnd.map { $0 + 1 } ?? held.count
    let window = Window(bytes: Array(held[..<end]), line: line, isCut: lineEnd == nil && end > rowBytes)
    held.removeFirst(end)
    if lineEnd != nil { line += 1 }
    isPassingOver = window.isCut
    beginAnew(behind: window.bytes.last)
    return window
  }

  private mutating func passOver() {
    guard let end = held.firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) else {
      held = []
      return
    }
    let last = held[end]
    held.removeFirst(end + 1)
    line += 1
    isPassingOver = false
    beginAnew(behind: last)
  }

  private mutating func beginAnew(behind byte: UInt8?) {
    (scanned, wholeEnd, wholeLines, lines) = (0, 0, 0, 0)
    state = .atCellBegin
    isBehindReturn = byte == UInt8(ascii: "\r")
  }
}
