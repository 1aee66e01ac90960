import Lagoon
import Parquet
import Primitives

/// Which column of a Parquet file is what.
struct ParquetPlan {
  /// A tag or a field.
  struct Value {
    let name: String
    /// As a line has it.
    let line: [UInt8]
    /// Places among `columns`: the first that has a value counts.
    let sources: [Int]
    /// Of each whether its texts are numbers.
    let areNumbers: [Bool]
  }

  /// What is read.
  private(set) var columns: [ForeignColumn] = []
  private(set) var time = 0
  /// nil where all rows are of the device that was named.
  private(set) var device: Int?
  private(set) var tags: [Value] = []
  private(set) var fields: [Value] = []
  private(set) var skipped: [String] = []
  let measurement: String

  private let path: String

  init(_ file: ForeignFile, _ path: String, _ options: ImportOptions) throws {
    self.path = path
    let layout = PartLayout(metadata: file.metadata)
    if let layout, layout.isOwnTable, options.measurement == nil {
      throw ImportError(
        path, "it is a part of '\(layout.table)', a table of ours; if its rows are readings name them by --measurement")
    }
    measurement = options.measurement ?? layout?.table ?? ImportOptions.measurement(path: path)
    let known = Dictionary(file.columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = file.columns.map(\.name)
    try readTime(known[options.timeColumn], names, options)
    try readDevice(known[options.deviceColumn], names, options)
    for wanted in options.tags + options.texts where known[wanted] == nil && layout?.has(wanted) != true {
      throw ImportError(path, "it has no column '\(wanted)'")
    }
    if let layout { try readValues(layout, known, options) } else { try readValues(file.columns, options) }
    if fields.isEmpty { throw ImportError(path, "it has no column with values") }
  }

  private mutating func readTime(_ column: ForeignColumn?, _ names: [String], _ options: ImportOptions) throws {
    guard let column else {
      throw ImportError(
        path,
        "it has no column '\(options.timeColumn)' among \(CSVHeader.list(names)); name the one with the time by --time")
    }
    switch column.type {
    case .time(_, isUTC: false) where options.zone == nil:
      throw ImportError(path, "its column '\(column.name)' \(TimeReading.zoneless)")
    case .time, .integer, .text: time = place(of: column)
    default: throw ImportError(path, "its column '\(column.name)' is no time: it is \(column.type.said)")
    }
  }

  private mutating func readDevice(_ column: ForeignColumn?, _ names: [String], _ options: ImportOptions) throws {
    if let column {
      try requireReadable(column)
      device = place(of: column)
    } else if options.device == nil {
      throw ImportError(
        path,
        "it has no column '\(options.deviceColumn)' among \(CSVHeader.list(names)); say whose rows it has by --device ID"
      )
    }
  }

  /// Of a part of ours: tags, fields and their siblings as its footer says. The time of arrival is no line's to say.
  private mutating func readValues(
    _ layout: PartLayout, _ known: [String: ForeignColumn], _ options: ImportOptions
  ) throws {
    for (value, isOwnTag) in layout.tags.map({ ($0, true) }) + layout.fields.map({ ($0, false) }) {
      let there = value.columns.filter { known[$0.name] != nil }
      if there.isEmpty { continue }
      if options.skipped.contains(value.name) {
        skipped.append(value.name)
        continue
      }
      try add(
        value.name, isTag: isOwnTag || options.tags.contains(value.name), there.compactMap { known[$0.name] },
        areNumbers: there.map { $0.isNumberText && !options.texts.contains(value.name) })
    }
  }

  private mutating func readValues(_ all: [ForeignColumn], _ options: ImportOptions) throws {
    var seen: Set<String> = []
    for column in all {
      guard seen.insert(column.name).inserted else {
        throw ImportError(path, "two of its columns are called '\(column.name)'")
      }
      if column.name == columns[time].name || column.name == device.map({ columns[$0].name }) { continue }
      if options.skipped.contains(column.name) {
        skipped.append(column.name)
        continue
      }
      try add(column.name, isTag: options.tags.contains(column.name), [column], areNumbers: [false])
    }
  }

  private mutating func add(_ name: String, isTag: Bool, _ sources: [ForeignColumn], areNumbers: [Bool]) throws {
    guard let line = isTag ? LineText.tag(name.utf8) : LineText.field(name) else {
      throw ImportError(path, "no line can have the name of its column '\(name)'; leave it out by --skip")
    }
    for source in sources { try requireReadable(source) }
    let value = Value(name: name, line: line, sources: sources.map { place(of: $0) }, areNumbers: areNumbers)
    if isTag { tags.append(value) } else { fields.append(value) }
  }

  private func requireReadable(_ column: ForeignColumn) throws {
    guard case .unreadable(let cause) = column.type else { return }
    throw ImportError(path, "its column '\(column.name)' cannot be read: \(cause); leave it out by --skip")
  }

  private mutating func place(of column: ForeignColumn) -> Int {
    if let place = columns.firstIndex(of: column) { return place }
    columns.append(column)
    return columns.count - 1
  }

  /// What a field is told to be.
  func kind(_ value: Value, texts: [String]) -> ImportPlan.ValueKind {
    if texts.contains(value.name) { return .text }
    // The own column is the last.
    return switch value.sources.last.map({ columns[$0].type }) {
    case .boolean?: .boolean
    case .integer?, .unsigned?: .integer
    case .decimal?, .double?, .float?: .number
    default: .text
    }
  }
}

extension PartLayout {
  fileprivate func has(_ name: String) -> Bool { (tags + fields).contains { $0.name == name } }
}

extension ForeignType {
  /// As a message names it.
  fileprivate var said: String {
    if case .unreadable(let cause) = self { return "unreadable (\(cause))" }
    return "a column of type \(name)"
  }
}
