/// What a cell of CSV looks like, which decides what its column holds.
///
/// ```
/// integer    7  -7  0               of 64 bits: one beyond them is text, since no number holds it
/// number     1.5  -0.25  .5  2e-3   no group marks; with a decimal comma 1,5
/// notANumber NaN  inf  -Infinity    a number's column may have it, but it is no value
/// boolean    true  False  TRUE
/// text       all else: 007 and +84 are no numbers, since codes and telephone numbers look so
/// ```
enum CellForm {
  case integer
  case number
  case notANumber
  case boolean
  case text

  /// - Parameter mark: what stands before a number's fraction.
  init(_ cell: ArraySlice<UInt8>, mark: UInt8) {
    guard let first = cell.first else {
      self = .text
      return
    }
    if first == UInt8(ascii: "-") || first == mark || first &- 48 <= 9 {
      self = Self.number(cell, mark: mark) ?? (Self.isNotANumber(cell) ? .notANumber : .text)
      return
    }
    switch cell.count {
    case 4 where Self.words(cell, "true"), 5 where Self.words(cell, "false"): self = .boolean
    case 3...9 where Self.isNotANumber(cell): self = .notANumber
    default: self = .text
    }
  }

  private static func number(_ cell: ArraySlice<UInt8>, mark: UInt8) -> CellForm? {
    var at = cell.startIndex
    func digits() -> Int {
      let start = at
      while at < cell.endIndex && cell[at] &- 48 <= 9 { at += 1 }
      return at - start
    }
    if cell[at] == UInt8(ascii: "-") { at += 1 }
    let start = at
    let whole = digits()
    // 007 is a code.
    if whole > 1 && cell[start] == UInt8(ascii: "0") { return nil }
    if at == cell.endIndex { return whole > 0 && isOf64Bits(cell) ? .integer : nil }
    var fraction = 0
    if cell[at] == mark {
      at += 1
      fraction = digits()
    }
    if whole + fraction == 0 { return nil }
    var hasExponent = false
    if at < cell.endIndex && cell[at] | 0x20 == UInt8(ascii: "e") {
      hasExponent = true
      at += 1
      if at < cell.endIndex && (cell[at] == UInt8(ascii: "-") || cell[at] == UInt8(ascii: "+")) { at += 1 }
      if digits() == 0 { return nil }
    }
    if at != cell.endIndex { return nil }
    // Beyond every double: no number, and so text.
    if hasExponent || whole > 300 {
      let plain = String(decoding: cell.map { $0 == mark ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
      guard let value = Double(plain), value.isFinite else { return nil }
    }
    return .number
  }

  private static func isOf64Bits(_ cell: ArraySlice<UInt8>) -> Bool {
    cell.count <= 18 || Int64(String(decoding: cell, as: UTF8.self)) != nil
  }

  private static func isNotANumber(_ cell: ArraySlice<UInt8>) -> Bool {
    let rest = cell.first == UInt8(ascii: "-") ? cell.dropFirst() : cell
    let word = String(decoding: rest.map { $0 | 0x20 }, as: UTF8.self)
    return word == "nan" || word == "inf" || word == "infinity"
  }

  /// Whether a cell is that word, small, in capitals or with a capital at its begin.
  private static func words(_ cell: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
    word.withUTF8Buffer { small in
      let isCapital = cell.dropFirst().allSatisfy { $0 < 0x60 }
      let isSmall = cell.dropFirst().allSatisfy { $0 >= 0x60 }
      guard isSmall || (isCapital && cell[cell.startIndex] < 0x60) else { return false }
      return zip(cell, small).allSatisfy { $0 | 0x20 == $1 }
    }
  }
}

/// What a column of CSV holds, learned from all of its cells.
struct LearnedColumn {
  private var hasInteger = false
  private var hasNumber = false
  private var hasBoolean = false
  private var hasText = false

  init() {}

  /// Takes a cell that is not empty.
  mutating func learn(_ form: CellForm) {
    switch form {
    case .integer: hasInteger = true
    case .number, .notANumber: hasNumber = true
    case .boolean: hasBoolean = true
    case .text: hasText = true
    }
  }

  /// One kind for all cells: integers beside decimals are numbers, whatever else stands together is text. nil of a column
  /// without a value.
  var kind: ImportPlan.ValueKind? {
    let isNumber = hasInteger || hasNumber
    if hasText || hasBoolean && isNumber { return .text }
    if hasBoolean { return .boolean }
    if hasNumber { return .number }
    return hasInteger ? .integer : nil
  }
}
