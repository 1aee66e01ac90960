import Parquet
import Primitives
import Sys

/// A Parquet file, a part of ours or of any program: a row a line.
///
/// What is held at once: the rows of one window, which are 2 Mi values, 131,072 rows and 64 MiB at the most, and beside
/// them one column of a row group as it is compressed and one page of it.
public struct ParquetFile: ImportSource {
  public private(set) var plan: ImportPlan
  private let path: String
  private let options: ImportOptions
  private let file: ForeignFile
  private let columns: ParquetPlan
  private let times: TimeReading
  private let measurement: [UInt8]
  private var writer = RowWriter()

  // The window that is at hand, and where it stands.
  private var cells: [ParquetCells] = []
  private var group = 0
  private var window = 0..<0
  /// The next row of the window, and how many rows of the file are before it.
  private var nextRow = 0
  private var rowsBefore = 0
  private var rowCount = 0

  private let windowRows: Int
  private static let windowValues = 1 << 21
  private static let windowBytes = 64 << 20

  /// - Parameter windowRows: at the most.
  init(_ path: String, _ options: ImportOptions, windowRows: Int = 131_072) throws {
    self.path = path
    self.options = options
    self.windowRows = windowRows
    do {
      file = try ForeignFile(try FileBytes(path))
    } catch let error as ParquetError {
      throw ImportError(path, "\(error)")
    }
    columns = try ParquetPlan(file, path, options)
    guard let measurement = LineText.measurement(columns.measurement) else {
      throw ImportError(
        path, "no line can have the measurement '\(columns.measurement)'; give another one by --measurement")
    }
    self.measurement = measurement
    times = TimeReading(unitNanos: ImportOptions.units[options.precision] ?? 1, zone: options.zone)
    rowCount = file.rowGroups.reduce(0, +)
    plan = ImportPlan(.parquet)
    plan.measurement = columns.measurement
    plan.time = columns.columns[columns.time].name
    plan.device = columns.device.map { columns.columns[$0].name } ?? "'\(options.device ?? "")' (--device)"
    plan.tags = columns.tags.map(\.name)
    plan.fields = columns.fields.map { ($0.name, columns.kind($0, texts: options.texts)) }
    plan.unused = columns.skipped
  }

  /// Of a file whose columns lie apart rows tell better than octets how far it is.
  public var progress: (done: Int, total: Int) { (rowsBefore + nextRow, rowCount) }

  public mutating func next() throws -> ImportPiece? {
    var seen = 0
    while seen < ImportFile.rowsPerPiece && !writer.isFull {
      if nextRow == window.count {
        rowsBefore += window.count
        (window, nextRow) = (window.upperBound..<window.upperBound, 0)
        if !(try turn()) { break }
        continue
      }
      write()
      nextRow += 1
      seen += 1
    }
    return writer.take()
  }

  /// Reads the next window; false at the end.
  private mutating func turn() throws -> Bool {
    var start = window.upperBound
    while group < file.rowGroups.count && start >= file.rowGroups[group] { (group, start) = (group + 1, 0) }
    if group == file.rowGroups.count { return false }
    let byValues = Self.windowValues / columns.columns.count
    let byBytes = Self.windowBytes / max(1, file.bytesPerRow(rowGroup: group))
    let rows = max(1, min(windowRows, byValues, byBytes))
    window = start..<min(start + rows, file.rowGroups[group])
    nextRow = 0
    cells.removeAll()
    do {
      for column in columns.columns {
        cells.append(ParquetCells(column, try file.read(column, rowGroup: group, rows: window)))
      }
    } catch let error as ParquetError {
      throw ImportError(path, "\(error)")
    }
    return true
  }

  private mutating func write() {
    writer.begin(row: rowsBefore + nextRow + 1, measurement)
    var text: [UInt8] = []
    if let device = columns.device, cells[device].append(nextRow, to: &text), !text.isEmpty {
      writer.tag(CSVHeader.deviceTag, text, shown: "the device")
    } else if let device = options.device {
      writer.tag(CSVHeader.deviceTag, device.utf8, shown: "the device")
    } else {
      writer.refuse("it has no device")
    }
    for tag in columns.tags {
      text.removeAll(keepingCapacity: true)
      if cells[tag.sources[0]].append(nextRow, to: &text) { writer.tag(tag.line, text, shown: "the tag \(tag.name)") }
    }
    for field in columns.fields {
      guard let index = field.sources.firstIndex(where: { cells[$0].isPresent(nextRow) }) else { continue }
      let isText = options.texts.contains(field.name)
      let cause = cells[field.sources[index]].write(
        nextRow, field.line, isText: isText, isNumber: field.areNumbers[index], to: &writer)
      if let cause { writer.leaveOut("column \(field.name): \(cause)") }
    }
    switch cells[columns.time].time(nextRow, times) {
    case .time(let time)?: writer.end(time: time)
    case .fault(let cause)?:
      writer.refuse("its time \(cause)")
      writer.end(time: 0)
    case nil: writer.end(time: nil)
    }
  }
}

/// A file's octets. Read and not mapped: a file that somebody cuts meanwhile is an error then, and no signal.
private struct FileBytes: RandomAccessBytes {
  private let file: File
  let byteCount: Int

  init(_ path: String) throws {
    file = try File(path, .read)
    byteCount = try file.size()
  }

  func bytes(at offset: Int, count: Int) throws -> [UInt8] { try file.read(at: offset, byteCount: count) }
}
