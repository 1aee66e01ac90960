/// A column of a series and what becomes of its values.
struct SeriesColumn: Sendable {
  enum Kind: Sendable, Equatable {
    /// Every value in the file is a number: sent as it stands, as a float.
    case number
    /// Some value is none: all are sent as strings, so that the field has one type.
    case text
    /// Not sent.
    case skipped
  }

  let index: Int
  let name: String
  let lineKey: [UInt8]
  var kind: Kind

  /// - Parameter header: the column's title; where line protocol cannot say it, what it cannot say becomes `_`.
  init(index: Int, header: String, isSent: Bool) {
    let title = header.isEmpty ? "column_\(index + 1)" : header
    if let key = LineEncoder.key(title) {
      name = title
      lineKey = key
    } else {
      let sayable = title.unicodeScalars.map { $0.value < 0x20 || $0 == "\\" || $0 == "#" ? "_" : String($0) }.joined()
      name = sayable
      lineKey = LineEncoder.key(sayable) ?? []
    }
    self.index = index
    kind = isSent ? .number : .skipped
  }

  /// Texts that say that there is no value.
  static func isMissing(_ value: some Collection<UInt8>) -> Bool {
    switch value.count {
    case 0: true
    case 1: value.first == UInt8(ascii: "-") || value.first == UInt8(ascii: "?")
    case 2...4:
      ["NA", "N/A", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None"].contains { value.elementsEqual($0.utf8) }
    default: false
    }
  }

  /// Whether line protocol takes the text as a float: `-?digits[.digits][e[±]digits]`, a digit before or after the
  /// point, and not beyond a double.
  static func isNumber(_ value: some Collection<UInt8>) -> Bool {
    var rest = value[...]
    func digits() -> Int {
      let count = rest.prefix { (48...57).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    var mantissa = digits()
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      mantissa += digits()
    }
    if mantissa == 0 { return false }
    if let exponent = rest.first, exponent | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
      if digits() == 0 { return false }
    }
    return rest.isEmpty && Double(String(decoding: value, as: UTF8.self)).map(\.isFinite) == true
  }
}
