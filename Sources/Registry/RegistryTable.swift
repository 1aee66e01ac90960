internal import Primitives

/// Reads a registry file row by row, with its columns found by the names in its first row, in any order. Columns of
/// other names are passed over; those that are missing read as empty.
struct RegistryTable {
  let file: String
  private var text: DelimitedText
  /// Where each known column stands.
  private var columns: [String: Int] = [:]
  /// Known columns that are there, and others, which are passed over.
  private(set) var found: [String] = []
  private(set) var passedOver: [String] = []
  private var headerCount = 0
  private var hasHeader = false

  /// Adds to `problems` if the file has no usable header; then it has no rows.
  init(_ bytes: [UInt8], file: String, known: [String], required: [String], problems: inout RegistryError) {
    self.file = file
    text = DelimitedText(bytes)
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      problems.add(file, nil, "it is in UTF-16: save it as UTF-8")
      return
    }
    guard nextFilledRow(&problems) else {
      problems.add(file, nil, "it has no header row")
      return
    }
    for column in 0..<text.count {
      let name = trimmed(text.text(column) ?? "").lowercased()
      guard known.contains(name) else {
        passedOver.append(name + NearestWord.question(name, among: known))
        continue
      }
      found.append(name)
      if columns.updateValue(column, forKey: name) != nil {
        problems.add(file, text.line, "column \(name) is there twice")
      }
    }
    let missing = required.filter { columns[$0] == nil }
    for name in missing {
      let others = passedOver.compactMap { $0.split(separator: ";").first.map(String.init) }
      let near = NearestWord.question(name, among: others)
      problems.add(file, text.line, "there is no column \(name)\(near)")
    }
    headerCount = text.count
    hasHeader = missing.isEmpty
  }

  /// The line at which the row begins.
  var line: Int { text.line }

  /// Goes to the next row that is not blank; false at the end.
  mutating func nextRow(_ problems: inout RegistryError) -> Bool {
    guard hasHeader else { return false }
    while nextFilledRow(&problems) {
      if text.count > headerCount, (headerCount..<text.count).contains(where: { !text.values[$0].range.isEmpty }) {
        problems.add(file, text.line, "it has \(text.count) values, the header names \(headerCount) columns")
        continue
      }
      if (0..<text.count).contains(where: { text.text($0) == nil }) {
        problems.add(file, text.line, "it is not in UTF-8")
        continue
      }
      return true
    }
    return false
  }

  /// The value of a known column, without blanks around it.
  subscript(name: String) -> String {
    guard let column = columns[name], let value = text.text(column) else { return "" }
    return trimmed(value).composed
  }

  private mutating func nextFilledRow(_ problems: inout RegistryError) -> Bool {
    while true {
      do {
        guard try text.nextRow() else { return false }
        if !text.isBlank { return true }
      } catch {
        problems.add(file, error.line, error.cause)
      }
    }
  }

  private func trimmed(_ value: String) -> String {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
    let scalars = value.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isBlank($0) }),
      let last = scalars.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(scalars[first...last])
  }
}
