import Primitives
import Sys

/// Plays a series from a file as line protocol: a line a record, every number with exactly the text of the file.
///
/// A first pass over the file decides for each column whether all its values are numbers; the second one makes lines.
struct SeriesPlayer: ~Copyable, DatagramSource {
  private let options: SeriesOptions
  private let columns: [SeriesColumn]
  private let timeColumns: [Int]
  private let deviceColumn: Int?
  private let tallyFields: [Int]
  private var records: DelimitedText
  private var heads: [[UInt8]: (head: [UInt8], group: Int)] = [:]
  /// A line that did not fit the last datagram.
  private var line = DatagramBuffer(byteCount: FleetPlan.datagramBytes, datagrams: 1)
  private var lineReadings = 0
  private var hasLine = false
  /// Hashes of the lines sent: a line that stands twice in the file is one row.
  private var seen: Set<UInt64> = []
  var tally: FleetTally

  init(_ options: SeriesOptions, grouping: FleetTally.Grouping) throws {
    let bytes: [UInt8]
    do {
      bytes = try File.readWhole(options.path)
    } catch {
      throw FleetError("cannot read series \(options.path): \(error)")
    }
    try self.init(options, bytes: bytes, grouping: grouping)
  }

  init(_ options: SeriesOptions, bytes: [UInt8], grouping: FleetTally.Grouping) throws {
    func fail(_ cause: String) -> FleetError { FleetError("cannot play series \(options.path): \(cause)") }
    if !(1...10_000).contains(options.linesPerDatagram) {
      throw fail("\(options.linesPerDatagram) lines a datagram is not between 1 and 10000")
    }
    if LineEncoder.head(measurement: options.measurement, tags: [(options.deviceTag, options.device)]) == nil {
      throw fail("line protocol cannot say measurement \(options.measurement) or device \(options.device)")
    }
    var records = DelimitedText(bytes)
    do {
      guard try records.nextRow() else { throw fail("the file is empty") }
    } catch let error as DelimitedTextError {
      throw fail("\(error)")
    }
    let titles = (0..<records.count).map { String(decoding: records.value($0), as: UTF8.self) }
    func position(of title: String) throws -> Int {
      guard let index = titles.firstIndex(of: title) else {
        throw fail("there is no column \(title) among \(titles.joined(separator: ", "))")
      }
      return index
    }
    if options.timeColumns.isEmpty { throw fail("no time column is named") }
    let timeColumns = try options.timeColumns.map(position(of:))
    let deviceColumn = try options.deviceColumn.map(position(of:))
    let wanted = try options.columns.map { try Set($0.map(position(of:))) }
    var columns = titles.indices.map { index in
      SeriesColumn(
        index: index, header: titles[index],
        isSent: !timeColumns.contains(index) && index != deviceColumn && (wanted?.contains(index) ?? true))
    }
    self.records = records
    Self.classify(&columns, records: records, text: options.text)
    var tally = FleetTally(grouping: grouping)
    tallyFields = columns.map { $0.kind == .number ? tally.field($0.name, of: options.measurement) : -1 }
    self.options = options
    self.columns = columns
    self.timeColumns = timeColumns
    self.deviceColumn = deviceColumn
    self.tally = tally
  }

  private static func classify(_ columns: inout [SeriesColumn], records: DelimitedText, text: SeriesOptions.Text) {
    var records = records
    while let isRow = records.advance() {
      if !isRow { continue }
      for index in 0..<min(records.count, columns.count) where columns[index].kind == .number {
        let value = records.value(index)
        if !SeriesColumn.isMissing(value) && !SeriesColumn.isNumber(value) {
          columns[index].kind = text == .field ? .text : .skipped
        }
      }
    }
  }

  mutating func next(into buffer: inout DatagramBuffer) throws -> FleetDatagram? {
    var datagram = FleetDatagram(transport: .line, source: 0)
    while datagram.rows < options.linesPerDatagram {
      if !hasLine && !readLine() { break }
      if buffer.openByteCount + line.bytes.count > FleetPlan.datagramBytes { break }
      buffer.append(line.span(0))
      hasLine = false
      datagram.rows += 1
      datagram.readings += lineReadings
      count()
    }
    if datagram.rows == 0 { return nil }
    let bytes = buffer.openByteCount
    let fitted = buffer.close()
    precondition(fitted, "BUG: a datagram of \(bytes) bytes does not fit the buffer")
    tally.transports[.line, default: FleetTally.TransportCount()].count(datagram, bytes: bytes)
    return datagram
  }

  mutating func rest(into buffer: inout DatagramBuffer) throws -> FleetDatagram? { nil }

  /// Makes the line of the next record that has a time and a value; false at the end of the file.
  private mutating func readLine() -> Bool {
    while let isRow = records.advance() {
      guard isRow, let time = recordTime(), let head = head() else {
        tally.unreadableRows += 1
        continue
      }
      line.removeAll()
      line.append(head.head)
      lineReadings = 0
      for column in columns where column.kind != .skipped && column.index < records.count {
        let value = records.value(column.index)
        if SeriesColumn.isMissing(value) { continue }
        LineEncoder.appendKey(column.lineKey, isFirst: lineReadings == 0, to: &line)
        if column.kind == .number {
          line.append(value)
        } else {
          LineEncoder.appendString(value, to: &line)
        }
        lineReadings += 1
      }
      if lineReadings == 0 { continue }
      LineEncoder.appendTime(time, to: &line)
      if !line.close() {
        tally.unreadableRows += 1
        continue
      }
      current = (time, head.group)
      hasLine = true
      return true
    }
    return false
  }

  /// Time and group of the line that was made last; `records` still stands at its record.
  private var current: (time: UnixNanos, group: Int) = (0, 0)

  private func recordTime() -> UnixNanos? {
    guard timeColumns.allSatisfy({ $0 < records.count }) else { return nil }
    if timeColumns.count == 1 {
      return SeriesTime.parse(records.value(timeColumns[0]), utcOffsetSeconds: options.utcOffsetSeconds)
    }
    let parts = timeColumns.compactMap { Int(String(decoding: records.value($0), as: UTF8.self)) }
    if timeColumns.count >= 3 && parts.count == timeColumns.count {
      return SeriesTime.instant(parts: parts, utcOffsetSeconds: options.utcOffsetSeconds)
    }
    let joined = timeColumns.map { records.value($0) }.joined(separator: [UInt8(ascii: " ")])
    return SeriesTime.parse(joined, utcOffsetSeconds: options.utcOffsetSeconds)
  }

  private mutating func head() -> (head: [UInt8], group: Int)? {
    var key: [UInt8] = []
    if let deviceColumn {
      guard deviceColumn < records.count, !SeriesColumn.isMissing(records.value(deviceColumn)) else { return nil }
      key = Array(records.value(deviceColumn))
    }
    if let known = heads[key] { return known }
    let device = deviceColumn == nil ? options.device : String(decoding: key, as: UTF8.self)
    guard let bytes = LineEncoder.head(measurement: options.measurement, tags: [(options.deviceTag, device)]) else {
      return nil
    }
    let made = (bytes, tally.group(device: device, area: ""))
    heads[key] = made
    return made
  }

  /// Takes the line that was just sent into the tally.
  private mutating func count() {
    // FNV-1a of 64 bits: among a million lines two differ and meet with a probability of some 10^-8.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 0..<line.bytes.count { hash = (hash ^ UInt64(line.bytes[index])) &* 0x100_0000_01B3 }
    let isDouble = !seen.insert(hash).inserted
    tally.measurements[options.measurement, default: FleetTally.MeasurementCount()].count(
      readings: lineReadings, isDouble: isDouble, isLate: false)
    if isDouble { return }
    tally.note(time: current.time)
    for column in columns where column.kind == .number && column.index < records.count {
      let value = records.value(column.index)
      guard !SeriesColumn.isMissing(value), let number = Double(String(decoding: value, as: UTF8.self)) else {
        continue
      }
      tally.add(number, time: current.time, group: current.group, field: tallyFields[column.index])
    }
  }
}

extension DelimitedText {
  /// Goes to the next row: true; false where a row cannot be read; nil at the end.
  fileprivate mutating func advance() -> Bool? {
    do {
      return try nextRow() ? true : nil
    } catch {
      return false
    }
  }

  /// The bytes of a value, doubled quotes made single; spaces around it are dropped unless it is quoted.
  fileprivate func value(_ column: Int) -> ArraySlice<UInt8> {
    let quote = UInt8(ascii: "\"")
    let space = UInt8(ascii: " ")
    var slice = bytes[values[column].range]
    if values[column].hasDoubledQuotes {
      var isSecond = false
      return slice.filter { byte in
        isSecond = byte == quote && !isSecond
        return byte != quote || isSecond
      }[...]
    }
    if slice.startIndex > 0 && bytes[slice.startIndex - 1] == quote { return slice }
    while slice.last == space { slice.removeLast() }
    while slice.first == space { slice.removeFirst() }
    return slice
  }
}
