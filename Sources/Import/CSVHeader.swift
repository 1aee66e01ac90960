/// The first row of a file of CSV: which column is what.
struct CSVHeader {
  /// A tag's or a field's column.
  struct Field {
    let name: String
    /// As a line has it.
    let line: [UInt8]
    let column: Int
    /// Whether it is text, whatever its values look like.
    let isText: Bool
  }

  static let deviceTag = Array("device".utf8)

  /// As they stand in the file.
  let names: [String]
  let time: Int
  let timeName: String
  /// nil where all rows are of the device that was named.
  let device: Int?
  private(set) var tags: [Field] = []
  private(set) var fields: [Field] = []
  private(set) var skipped: [String] = []
  private let nulls: Set<ArraySlice<UInt8>>

  /// - Parameters:
  ///   - rows: on the header.
  ///   - isFirst: whether every column that was named must be there.
  init(_ rows: CSVRows, _ path: String, _ options: ImportOptions, isFirst: Bool = true) throws {
    names = (0..<rows.count).map { String(decoding: CSVFile.withoutApostrophe(rows.cell($0)), as: UTF8.self) }
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw ImportError(path, "two of its columns are called '\(name)'")
    }
    guard let time = names.firstIndex(of: options.timeColumn) else {
      throw ImportError(
        path, "it has no column '\(options.timeColumn)' among \(Self.list(names)); name the one with the time by --time"
      )
    }
    self.time = time
    timeName = options.timeColumn
    device = names.firstIndex(of: options.deviceColumn)
    if device == nil && options.device == nil {
      throw ImportError(
        path,
        "it has no column '\(options.deviceColumn)' among \(Self.list(names)); say whose rows it has by --device ID")
    }
    for wanted in options.tags + options.texts where isFirst && !names.contains(wanted) {
      throw ImportError(path, "it has no column '\(wanted)'")
    }
    nulls = Set(options.nulls.map { ArraySlice($0.utf8) })
    for (column, name) in names.enumerated() where column != time && column != device {
      if options.skipped.contains(name) {
        skipped.append(name)
        continue
      }
      if name.isEmpty {
        throw ImportError(path, "its column \(column + 1) has no name; leave it out by --skip ''")
      }
      let isTag = options.tags.contains(name)
      guard let line = isTag ? LineText.tag(name.utf8) : LineText.field(name) else {
        throw ImportError(path, "no line can have the name of its column '\(name)'; leave it out by --skip")
      }
      let field = Field(name: name, line: line, column: column, isText: options.texts.contains(name))
      if isTag { tags.append(field) } else { fields.append(field) }
    }
    if fields.isEmpty { throw ImportError(path, "it has no column with values") }
  }

  /// Columns.
  var count: Int { names.count }

  func isNull(_ cell: ArraySlice<UInt8>) -> Bool { !nulls.isEmpty && nulls.contains(cell) }

  /// Whether a row names columns again: its time is the name of the time.
  func isHeader(_ rows: CSVRows) -> Bool { rows.cell(time).elementsEqual(timeName.utf8) }

  /// Whether it names the same ones.
  func isSame(_ rows: CSVRows) -> Bool {
    rows.count == names.count && names.indices.allSatisfy { rows.cell($0).elementsEqual(names[$0].utf8) }
  }

  static func list(_ names: [String]) -> String {
    let first = names.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 12 ? first + ", …" : first
  }
}
