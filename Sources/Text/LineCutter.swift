/// Cuts lines of line protocol as they come into pieces of whole ones. A line end inside a quoted text ends no line.
public struct LineCutter: Sendable {
  private var held: [UInt8] = []
  /// Whether what comes is the rest of a line that is longer than a piece.
  private var isPassingOver = false
  private let pieceBytes: Int

  /// - Parameter pieceBytes: what a piece holds at the most.
  public init(pieceBytes: Int) { self.pieceBytes = pieceBytes }

  /// Takes what came, behind what came before.
  public mutating func add(_ bytes: [UInt8]) { held += bytes }

  /// The next piece; nil while there is no full one, and at the end.
  ///
  /// - Parameter isLast: nothing more comes.
  /// - Returns: lines, or, where `isCut`, the beginning of one that is longer than a piece.
  public mutating func next(isLast: Bool) -> (bytes: [UInt8], isCut: Bool)? {
    if isPassingOver { passOver() }
    if held.isEmpty || isPassingOver || held.count <= pieceBytes && !isLast { return nil }
    if held.count <= pieceBytes {
      defer { held = [] }
      return (held, false)
    }
    let end = Self.lastLineEnd(held[..<pieceBytes])
    isPassingOver = end == 0
    let length = end == 0 ? pieceBytes : end
    let piece = Array(held[..<length])
    held.removeFirst(length)
    return (piece, end == 0)
  }

  private mutating func passOver() {
    guard let end = held.firstIndex(of: UInt8(ascii: "\n")) else {
      held = []
      return
    }
    held.removeFirst(end + 1)
    isPassingOver = false
  }

  /// Behind the last line that ends in `window`; 0 if none does.
  static func lastLineEnd(_ window: ArraySlice<UInt8>) -> Int {
    window.withUnsafeBufferPointer { bytes in
      // Most lines have no quotes.
      if !bytes.contains(UInt8(ascii: "\"")) {
        return (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
      }
      return lastEndOutsideQuotes(bytes)
    }
  }

  /// As InfluxDB finds the ends of lines (`scanLine` of `models/points.go`).
  private static func lastEndOutsideQuotes(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var end = 0
    var (isQuoted, isInFields) = (false, false)
    var (equals, commas) = (0, 0)
    var at = 0
    while at < bytes.count {
      let byte = bytes[at]
      if byte == UInt8(ascii: "\n") && !isQuoted {
        end = at + 1
        (isInFields, equals, commas) = (false, 0, 0)
      } else if byte == UInt8(ascii: "\\") {
        let isBeforeLineEnd = at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "\n")
        if isQuoted || !isBeforeLineEnd { at += 1 }
      } else if byte == UInt8(ascii: " ") {
        isInFields = true
      } else if isInFields {
        if byte == UInt8(ascii: "=") && !isQuoted { equals += 1 }
        if byte == UInt8(ascii: ",") && !isQuoted { commas += 1 }
        if byte == UInt8(ascii: "\"") && equals > commas { isQuoted.toggle() }
      }
      at += 1
    }
    // A quote that is never closed costs its own line, not all that follow.
    if end == 0 { return (bytes.firstIndex(of: UInt8(ascii: "\n")) ?? -1) + 1 }
    return end
  }
}
