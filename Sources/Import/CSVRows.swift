import Primitives

/// The rows of a file of CSV, one after the other, in bounded memory.
struct CSVRows {
  /// What comes next.
  enum Step {
    /// `cell` has its cells.
    case row
    /// A row that is none.
    case fault(String)
    case end
  }

  let separator: UInt8
  /// The line of the file at which the row begins; the first is 1.
  private(set) var line = 0
  private let path: String
  private var file: UnpackedFile
  private var cutter: CSVCutter
  private var text: DelimitedText
  /// What is to be added to the text's lines.
  private var linesBefore = 0
  private var isBegun = false

  /// - Parameter separator: nil to find out.
  init(_ path: String, separator wanted: UInt8?) throws {
    self.path = path
    file = try UnpackedFile(path)
    let first = try file.next()
    if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) {
      throw ImportError(path, "it is UTF-16; save it as UTF-8")
    }
    separator = DelimitedText(first, delimiter: wanted).delimiter
    text = DelimitedText([], delimiter: separator)
    cutter = CSVCutter(separator: separator)
    cutter.add(first)
  }

  /// Octets of the file that were read.
  var offset: Int { file.offset }
  var byteCount: Int { file.byteCount }

  /// Cells of the row.
  var count: Int { text.count }

  /// A cell's octets; none of one that the row does not reach.
  func cell(_ column: Int) -> ArraySlice<UInt8> {
    guard column < text.values.count else { return [] }
    let value = text.values[column]
    if value.hasDoubledQuotes, let single = text.text(column) { return ArraySlice(single.utf8) }
    return text.bytes[value.range]
  }

  /// Whether all cells of the row are empty.
  var isBlank: Bool { text.isBlank }

  /// Goes to the next row.
  mutating func next() throws -> Step {
    while true {
      do throws(DelimitedTextError) {
        if try text.nextRow() {
          line = text.line + linesBefore
          return .row
        }
      } catch {
        line = error.line + linesBefore
        return .fault(error.cause)
      }
      guard let window = try window() else { return .end }
      if window.isCut {
        line = window.line
        return .fault("it is longer than any row may be")
      }
      // A mark of the byte order and `sep=;` are looked for where a text begins, and so at the file's begin alone.
      text = DelimitedText(isBegun ? [UInt8(ascii: "\n")] + window.bytes : window.bytes, delimiter: separator)
      linesBefore = window.line - (isBegun ? 2 : 1)
      isBegun = true
    }
  }

  private mutating func window() throws -> CSVCutter.Window? {
    while true {
      if let window = cutter.next(isLast: file.isAtEnd) { return window }
      if file.isAtEnd { return nil }
      cutter.add(try file.next())
    }
  }
}
