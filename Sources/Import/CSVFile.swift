import Primitives

/// A file of CSV: a row a line, columns as its header names them (RFC 4180, and what spreadsheets make of it).
///
/// All of it is read twice: first to learn one kind for each column (`LearnedColumn`), then to be sent.
public struct CSVFile: ImportSource {
  public private(set) var plan = ImportPlan(.csv)
  private let path: String
  private let options: ImportOptions
  private let times: TimeReading
  private let measurement: [UInt8]
  private var rows: CSVRows
  private var header: CSVHeader
  private var learned: [String: LearnedColumn] = [:]
  /// All that were learned, in the order in which they came.
  private var fieldNames: [String] = []
  /// What the header's fields hold.
  private var kinds: [ImportPlan.ValueKind?] = []
  private var writer = RowWriter()
  /// Whether the header was read in this pass.
  private var isBegun = false

  init(_ path: String, _ options: ImportOptions, whileLooking: (_ done: Int, _ total: Int) -> Void) throws {
    self.path = path
    self.options = options
    let name = options.measurement ?? ImportOptions.measurement(path: path)
    guard let measurement = LineText.measurement(name) else {
      throw ImportError(path, "no line can have the measurement '\(name)'; give another one by --measurement")
    }
    self.measurement = measurement
    times = TimeReading(unitNanos: ImportOptions.units[options.precision] ?? 1, zone: options.zone)
    rows = try CSVRows(path, separator: options.separator)
    if rows.separator == options.decimalMark {
      throw ImportError(path, "its separator is the decimal mark; say the separator by --separator")
    }
    header = try Self.header(&rows, path, options)
    try look(whileLooking)
    rows = try CSVRows(path, separator: options.separator)
    describe(name)
  }

  public var progress: (done: Int, total: Int) {
    (rows.byteCount + rows.offset, 2 * rows.byteCount)
  }

  public mutating func next() throws -> ImportPiece? {
    if !isBegun {
      begin(try Self.header(&rows, path, options))
      isBegun = true
    }
    var seen = 0
    while seen < ImportFile.rowsPerPiece && !writer.isFull {
      switch try rows.next() {
      case .end: return writer.take()
      case .fault(let cause): writer.refuse(row: rows.line, cause)
      case .row:
        // Rows without a single value stand at the end of sheets.
        if rows.isBlank { continue }
        if try turnHeader() { continue }
        write()
      }
      seen += 1
    }
    // There is something: at least one row was sent or refused.
    return writer.take()
  }

  private static func header(
    _ rows: inout CSVRows, _ path: String, _ options: ImportOptions
  ) throws -> CSVHeader {
    switch try rows.next() {
    case .end: throw ImportError(path, "it is empty")
    case .fault(let cause): throw ImportError(path, "its header cannot be read: \(cause)")
    case .row: return try CSVHeader(rows, path, options)
    }
  }

  /// A second header names the columns of what follows, as pages do that were put together.
  private mutating func turnHeader() throws -> Bool {
    guard header.isHeader(rows) else { return false }
    if !header.isSame(rows) { begin(try CSVHeader(rows, path, options, isFirst: false)) }
    return true
  }

  private mutating func begin(_ header: CSVHeader) {
    self.header = header
    kinds = header.fields.map { learned[$0.name]?.kind }
  }

  // MARK: what the columns hold

  private mutating func look(_ whileLooking: (_ done: Int, _ total: Int) -> Void) throws {
    var columns = header.fields.map { _ in LearnedColumn() }
    func keep() {
      for (field, column) in zip(header.fields, columns) {
        if learned.updateValue(column, forKey: field.name) == nil { fieldNames.append(field.name) }
      }
    }
    for count in 0... {
      if count % 4_096 == 0 { whileLooking(rows.offset, 2 * rows.byteCount) }
      guard case .row = try nextToLearn() else { break }
      if header.isHeader(rows) {
        keep()
        _ = try turnHeader()
        columns = header.fields.map { learned[$0.name] ?? LearnedColumn() }
        continue
      }
      if rows.count != header.count { continue }
      for (index, field) in header.fields.enumerated() {
        let cell = rows.cell(field.column)
        if cell.isEmpty || header.isNull(cell) { continue }
        columns[index].learn(field.isText ? .text : CellForm(cell, mark: options.decimalMark))
      }
    }
    keep()
  }

  /// The next row that is one.
  private mutating func nextToLearn() throws -> CSVRows.Step {
    while true {
      let step = try rows.next()
      if case .fault = step { continue }
      return step
    }
  }

  private mutating func describe(_ name: String) {
    plan.measurement = name
    plan.time = header.timeName
    plan.device = header.device.map { _ in options.deviceColumn } ?? "'\(options.device ?? "")' (--device)"
    plan.tags = header.tags.map(\.name)
    for name in fieldNames {
      if let kind = learned[name]?.kind { plan.fields.append((name, kind)) } else { plan.unused.append(name) }
    }
    plan.unused += header.skipped
  }

  // MARK: rows

  private mutating func write() {
    guard rows.count == header.count else {
      writer.refuse(row: rows.line, "it has \(rows.count) values, and the header names \(header.count)")
      return
    }
    writer.begin(row: rows.line, measurement)
    writeDevice()
    for tag in header.tags {
      let value = Self.withoutApostrophe(rows.cell(tag.column))
      if !header.isNull(value) { writer.tag(tag.line, value, shown: "the tag \(tag.name)") }
    }
    for (index, field) in header.fields.enumerated() {
      let cell = rows.cell(field.column)
      if cell.isEmpty || header.isNull(cell) { continue }
      if let cause = write(cell, field, kinds[index]) {
        writer.leaveOut("column \(field.name): \(RowWriter.excerpt(cell)) \(cause)")
      }
    }
    let cell = rows.cell(header.time)
    switch cell.isEmpty ? .fault("") : times.read(cell) {
    case .time(let time): writer.end(time: time)
    case .fault(let cause):
      writer.refuse(cell.isEmpty ? "it has no time" : "its time \(RowWriter.excerpt(cell)) \(cause)")
      writer.end(time: 0)
    }
  }

  private mutating func writeDevice() {
    let own = header.device.map { Self.withoutApostrophe(rows.cell($0)) } ?? []
    if !own.isEmpty { return writer.tag(CSVHeader.deviceTag, own, shown: "the device") }
    guard let device = options.device else { return writer.refuse("it has no device") }
    writer.tag(CSVHeader.deviceTag, device.utf8, shown: "the device")
  }

  /// Writes a cell as its column's kind has it; what is wrong with it else.
  private mutating func write(
    _ cell: ArraySlice<UInt8>, _ field: CSVHeader.Field, _ kind: ImportPlan.ValueKind?
  ) -> String? {
    let mark = options.decimalMark
    switch kind {
    case .integer?:
      guard CellForm(cell, mark: mark) == .integer else { return "is no integer" }
      writer.integer(field.line, cell)
    case .number?:
      switch CellForm(cell, mark: mark) {
      case .integer:
        // A double has fewer digits than 64 bits, and so would a number without the mark of an integer.
        if cell.count > 15 { writer.integer(field.line, cell) } else { writer.field(field.line) { $0 += cell } }
      case .number: writer.field(field.line) { $0 += cell.map { $0 == mark ? UInt8(ascii: ".") : $0 } }
      case .notANumber: return "is no number"
      default: return "is no number, as the column's other values are"
      }
    case .boolean?:
      guard CellForm(cell, mark: mark) == .boolean else { return "is neither true nor false" }
      writer.field(field.line) { $0 += cell.count == 4 ? "true".utf8 : "false".utf8 }
    case .text?:
      let text = Self.withoutApostrophe(cell)
      guard text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil else {
        return "is no UTF-8"
      }
      writer.field(field.line) { LineText.appendText(text, to: &$0) }
    case nil: return "was not there when the file was read first"
    }
    return nil
  }

  /// A text without the apostrophe that our own CSV puts before what a spreadsheet would run as a formula.
  static func withoutApostrophe(_ cell: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard cell.first == UInt8(ascii: "'") else { return cell }
    let rest = cell.dropFirst()
    switch rest.first(where: { $0 != 9 && $0 != 10 && $0 != 13 }) {
    case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"): return rest
    default: return cell
    }
  }
}
