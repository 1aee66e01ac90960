/// InfluxDB's annotated CSV, as `influx query --raw` writes it: tables one behind the other, a value a row.
///
/// ```
/// #datatype,string,long,dateTime:RFC3339,double,string,string,string
/// #group,false,false,false,false,true,true,true
/// #default,_result,,,,,,
/// ,result,table,_time,_value,_field,_measurement,host
/// ,,0,2026-11-20T00:00:00Z,20.5,t,weather,a
/// ```
public struct FluxFile: ImportSource {
  public private(set) var plan = ImportPlan(.csv)
  private let path: String
  private let options: ImportOptions
  private let times: TimeReading
  private var rows: CSVRows
  private var writer = RowWriter()
  private var types: [String] = []
  private var defaults: [String] = []
  /// nil between annotations and the header that follows them.
  private var table: Table?

  /// What each column of a table is.
  private struct Table {
    var names: [String]
    var time: Int
    var measurement: Int
    var field: Int
    var value: Int
    var tags: [(name: String, line: [UInt8], column: Int)] = []
    var hasDevice = false
  }

  private static let annotation = UInt8(ascii: "#")
  /// Columns that say how the table was asked for.
  private static let passedOver: Set<String> = ["", "result", "table", "_start", "_stop"]

  /// Whether a file that begins so is one.
  static func isOne(_ head: ArraySlice<UInt8>) -> Bool {
    ["#datatype", "#group", "#default"].contains { head.elementsEqual($0.utf8) }
  }

  init(_ path: String, _ options: ImportOptions) throws {
    self.path = path
    self.options = options
    times = TimeReading(unitNanos: 1, zone: options.zone)
    rows = try CSVRows(path, separator: options.separator)
    plan.measurement = "by column _measurement"
    plan.time = "_time"
    plan.device = options.device.map { "the tag device, else '\($0)' (--device)" } ?? "by the tags device or host"
  }

  public var progress: (done: Int, total: Int) { (rows.offset, rows.byteCount) }

  public mutating func next() throws -> ImportPiece? {
    var seen = 0
    while seen < ImportFile.rowsPerPiece && !writer.isFull {
      switch try rows.next() {
      case .end: return writer.take()
      case .fault(let cause): writer.refuse(row: rows.line, cause)
      case .row:
        if rows.isBlank { continue }
        if rows.cell(0).first == Self.annotation {
          annotate()
          continue
        }
        guard let table else {
          self.table = try header()
          continue
        }
        // Tables of one kind may follow each other with their header alone.
        if rows.count == table.names.count, table.names.indices.allSatisfy({ cell($0) == table.names[$0] }) { continue }
        write(table)
      }
      seen += 1
    }
    return writer.take()
  }

  private func cell(_ column: Int) -> String { String(decoding: rows.cell(column), as: UTF8.self) }

  private mutating func annotate() {
    table = nil
    let cells = (0..<rows.count).map(cell)
    if cells[0] == "#datatype" { types = cells }
    if cells[0] == "#default" { defaults = cells }
  }

  private func header() throws -> Table {
    let names = (0..<rows.count).map(cell)
    func place(_ name: String) throws -> Int {
      guard let place = names.firstIndex(of: name) else {
        throw ImportError(path, "its table at line \(rows.line) has no column '\(name)' among \(CSVHeader.list(names))")
      }
      return place
    }
    guard types.count == names.count else {
      throw ImportError(path, "its table at line \(rows.line) has no #datatype for each column")
    }
    var table = Table(
      names: names, time: try place("_time"), measurement: try place("_measurement"), field: try place("_field"),
      value: try place("_value"))
    let own = [table.time, table.measurement, table.field, table.value]
    for (column, name) in names.enumerated() where !Self.passedOver.contains(name) && !own.contains(column) {
      if options.skipped.contains(name) { continue }
      guard let line = LineText.tag(name.utf8) else {
        throw ImportError(path, "no line can have the name of its column '\(name)'; leave it out by --skip")
      }
      table.tags.append((name, line, column))
      if name == options.deviceColumn { table.hasDevice = true }
    }
    return table
  }

  private func value(_ column: Int) -> ArraySlice<UInt8> {
    let own = rows.cell(column)
    return own.isEmpty && column < defaults.count ? ArraySlice(defaults[column].utf8) : own
  }

  private mutating func write(_ table: Table) {
    guard rows.count == table.names.count else {
      writer.refuse(row: rows.line, "it has \(rows.count) values, and the header names \(table.names.count)")
      return
    }
    let measurement = LineText.measurement(options.measurement ?? cell(table.measurement))
    writer.begin(row: rows.line, measurement ?? [])
    if measurement == nil { writer.refuse("no line can have its measurement '\(cell(table.measurement))'") }
    if !table.hasDevice, let device = options.device {
      writer.tag(CSVHeader.deviceTag, device.utf8, shown: "the device")
    }
    for tag in table.tags {
      let isDevice = tag.name == options.deviceColumn
      writer.tag(isDevice ? CSVHeader.deviceTag : tag.line, value(tag.column), shown: "the tag \(tag.name)")
    }
    if let name = LineText.field(cell(table.field)) {
      let found = value(table.value)
      if !found.isEmpty || types[table.value] == "string" { write(found, name, types[table.value]) }
    } else {
      writer.refuse("no line can have its field '\(cell(table.field))'")
    }
    switch times.read(value(table.time)) {
    case .time(let time): writer.end(time: time)
    case .fault(let cause):
      writer.refuse("its time \(RowWriter.excerpt(value(table.time))) \(cause)")
      writer.end(time: 0)
    }
  }

  private mutating func write(_ found: ArraySlice<UInt8>, _ name: [UInt8], _ type: String) {
    let form = CellForm(found, mark: UInt8(ascii: "."))
    switch type {
    case "long" where form == .integer: writer.integer(name, found)
    case "unsignedLong" where form == .integer: writer.integer(name, found)
    // Beyond 63 bits a server takes those that a double holds exactly, and names the others.
    case "unsignedLong" where UInt64(String(decoding: found, as: UTF8.self)) != nil:
      writer.field(name) { $0 += found + [UInt8(ascii: "u")] }
    case "double" where form == .number || form == .integer: writer.field(name) { $0 += found }
    case "boolean" where form == .boolean: writer.field(name) { $0 += found }
    case "long", "unsignedLong", "double", "boolean":
      writer.leaveOut("its value \(RowWriter.excerpt(found)) is no \(type)")
    default:
      guard String(validating: found, as: UTF8.self) != nil else {
        return writer.leaveOut("its value \(RowWriter.excerpt(found)) is no UTF-8")
      }
      writer.field(name) { LineText.appendText(found, to: &$0) }
    }
  }
}
