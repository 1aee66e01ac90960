import Primitives
import Synchronization
import Telemetry

/// Reads a lane's batches, in order, into the tables. One a lane; it keeps what the lane's numbers mean.
///
/// A lane's numbers stay good as long as the process that gave them, so a live applier keeps them over segments and
/// skips what is defined again for a later recovery's sake. While recovering, each segment stands for itself.
public struct BatchApplier: ~Copyable {
  private var dictionary = LaneDictionary()
  private var segment = UInt64.max
  private var listener = 0
  private var arrival = ArrivalTime(nanos: 0)
  /// The table of the series defined last, whose buffer may have given way, and the bytes that named it.
  private var lastTable: TableBuffer?
  private var lastPrefix: [UInt8] = []

  public init() {}

  /// What applying one slice came to, beside the counts of its listeners.
  private struct Sum {
    var change = UnsealedAccount.Change()
    /// Rows that were looked at, whatever became of them.
    var handledRows = 0
  }

  /// What a row says before its values.
  private struct RowHead {
    var series: Int
    var layout: Int
    var timeNanos: UnixNanos
  }

  /// How far a slice has come.
  enum Progress {
    case more
    case done
    /// The bytes are no records, or speak of a layout that is not defined.
    case damaged
  }

  /// Rows of series that are defined nowhere: the frame that defined them was lost.
  public private(set) var unresolvedRows: UInt64 = 0

  /// Rows of one slice: some hundred microseconds.
  private static let sliceRows = 8_192

  /// Applies records from where `reader` stands, a slice of them at the most.
  mutating func applySlice(
    _ records: UnsafeRawBufferPointer, _ reader: inout RecordReader, to tables: UnsealedTables,
    options: UnsealedTables.ApplyOptions, counts: inout [LedgerCounts]
  ) -> Progress {
    if options.isRecovery && options.segment != segment {
      dictionary = LaneDictionary()
      segment = options.segment
    }
    let bytes = RawSpan(_unsafeBytes: records)
    var sum = Sum()
    var hasMore = false
    while let kind = reader.next(bytes) {
      switch kind {
      case .origin:
        takeOrigin(bytes, &reader, listenerCount: counts.count)
      case .series:
        defineSeries(bytes, &reader, tables, options: options)
      case .layout:
        defineLayout(bytes, &reader)
      case .rowSeconds, .rowMillis, .rowMicros, .rowNanos:
        var next = head(kind, bytes, &reader)
        while let row = next {
          next = applyRun(from: row, bytes, &reader, options: options, &sum, &counts)
        }
      }
      // What was applied before damage is there, and counts: else it would never be sealed.
      if reader.isDamaged { break }
      hasMore = sum.handledRows >= Self.sliceRows
      if hasMore { break }
    }
    tables.account.add(sum.change, to: options.generation, arrivalNanos: arrival.nanos)
    if reader.isDamaged { return .damaged }
    return hasMore ? .more : .done
  }

  // MARK: rows

  /// Reads what stands before a row's values; nil if it makes no sense.
  @inline(__always)
  private func head(_ kind: RecordKind, _ bytes: RawSpan, _ reader: inout RecordReader) -> RowHead? {
    let series = reader.number(bytes)
    let layout = reader.number(bytes)
    let timeNanos = reader.time(bytes, kind: kind, arrival: arrival)
    // Without its layout nobody can say where the row ends.
    if reader.isDamaged || !dictionary.hasLayout(layout) {
      reader.fail()
      return nil
    }
    return RowHead(series: series, layout: layout, timeNanos: timeNanos)
  }

  private mutating func takeOrigin(_ bytes: RawSpan, _ reader: inout RecordReader, listenerCount: Int) {
    let origin = reader.origin(bytes)
    listener = min(Int(origin.listener), listenerCount - 1)
    arrival = ArrivalTime(nanos: origin.arrivalNanos)
  }

  /// Applies that row and those that follow it into the same table, whose lock is taken once for all of them. Returns the
  /// row that goes elsewhere, or nil if what follows is no row.
  private mutating func applyRun(
    from first: RowHead, _ bytes: RawSpan, _ reader: inout RecordReader, options: UnsealedTables.ApplyOptions,
    _ sum: inout Sum, _ counts: inout [LedgerCounts]
  ) -> RowHead? {
    if !dictionary.isPlaced(first.series) { return refuse(first, bytes, &reader, &sum, &counts[listener]) }
    let table = dictionary.places[first.series].table
    return dictionary.tables[Int(table)].seat.lock.withLock { _ in
      var next: RowHead? = first
      while true {
        while let row = next {
          if !dictionary.isPlaced(row.series) || dictionary.places[row.series].table != table { return row }
          if dictionary.isGivenWay(row.series) {
            // To a buffer under the same lock, or to none, if that has no room for one more series.
            dictionary.follow(row.series)
            if !dictionary.isPlaced(row.series) { return row }
          }
          next = applyRows(from: row, bytes, &reader, options: options, &sum, &counts[listener])
        }
        // Mostly the next datagram's rows are of the same table: a lock that is let go of and taken again for each is one
        // for which the others queue.
        if reader.isDamaged || sum.handledRows >= Self.sliceRows || !reader.isNext(.origin, bytes) { return nil }
        _ = reader.next(bytes)
        takeOrigin(bytes, &reader, listenerCount: counts.count)
        guard let kind = reader.nextRow(bytes) else { return nil }
        next = head(kind, bytes, &reader)
      }
    }
  }

  /// Counts a row that is stored nowhere, and steps over it. Returns the row that follows, if one does.
  @inline(never)
  private mutating func refuse(
    _ row: RowHead, _ bytes: RawSpan, _ reader: inout RecordReader, _ sum: inout Sum, _ counts: inout LedgerCounts
  ) -> RowHead? {
    switch dictionary.refusal(row.series) {
    case .undefined: unresolvedRows += 1
    case .shed(let reason): counts.shed[Int(reason.rawValue)] += 1
    case .sealed: break
    }
    return skip(row, bytes, &reader, &sum)
  }

  /// Applies that row, whose table is locked, and those that follow it into the same columns. Returns the row that goes
  /// elsewhere, or nil if what follows is no row.
  private mutating func applyRows(
    from first: RowHead, _ bytes: RawSpan, _ reader: inout RecordReader, options: UnsealedTables.ApplyOptions,
    _ sum: inout Sum, _ counts: inout LedgerCounts
  ) -> RowHead? {
    let number = dictionary.shape(ofSeries: first.series, layout: first.layout)
    let shape = dictionary.shapes[Int(number)]
    let table = dictionary.tables[Int(shape.table)]
    let precision = table.precision(learningFrom: first.timeNanos)
    let rows = table.rows(of: options.generation)
    let chunk = rows.list.openChunk { missingColumns(of: shape, in: $0) }
    var content = 0
    defer {
      rows.contentBytes &+= content
      sum.change.contentBytes &+= content
      let growth = rows.takeGrowth() &+ table.takeContestedGrowth()
      rows.accountedBytes &+= growth
      sum.change.byteCount &+= growth
    }
    var row = first
    while true {
      let place = dictionary.places[row.series].series
      let time = precision.units(ofNanos: row.timeNanos)
      if table.mayBeSealed(series: place, time: time) {
        setAside(row, time: time, bytes, &reader, to: table, shape, options: options, &sum, &counts)
      } else {
        let heapBefore = chunk.textByteCount
        chunk.appendRow(series: place, time: time, previous: rows.previousRow(of: place))
        readValues(bytes, &reader, into: chunk, shape)
        if reader.isDamaged {
          takeBack(chunk, shape, heapCount: heapBefore)
          return nil
        }
        if !table.isCertainlyNew(series: place, time: time),
          table.isDoubled(chunk, series: place, time: time, generation: options.generation)
        {
          takeBack(chunk, shape, heapCount: heapBefore)
          counts.duplicate &+= 1
          table.noteDuplicate(of: place, in: options.faults)
        } else {
          if isLateToArrive(row) { chunk.setReceived(arrival.flooredMillis) }
          table.enterRow(in: rows, series: place, time: time, valueCount: shape.columnCount)
          content &+= GenerationRows.contentBytes(
            valueCount: shape.columnCount, textBytes: chunk.textByteCount &- heapBefore)
          counts.stored &+= 1
          if time &* precision.unitNanos != row.timeNanos { counts.timeCut &+= 1 }
          sum.change.rowCount &+= 1
        }
      }
      sum.handledRows &+= 1
      if reader.isDamaged || sum.handledRows >= Self.sliceRows { return nil }
      reader.skipSeries(bytes) { dictionary.isPlaced($0) }
      guard let kind = reader.nextRow(bytes) else { return nil }
      guard let next = head(kind, bytes, &reader) else { return nil }
      let isAlike =
        dictionary.isPlaced(next.series) && dictionary.places[next.series].shape == number
        && next.layout == first.layout && !chunk.isFull
      if !isAlike { return next }
      row = next
    }
  }

  /// Whether a row says when it arrived, beside its own time.
  @inline(__always)
  private borrowing func isLateToArrive(_ row: RowHead) -> Bool {
    let (age, overflow) = arrival.nanos.subtractingReportingOverflow(row.timeNanos)
    return overflow || age.magnitude > UInt64(Nanos.perSecond)
  }

  /// Columns of that shape which have no memory in the chunk yet.
  private borrowing func missingColumns(of shape: LaneDictionary.Shape, in chunk: RowChunk) -> Int {
    var missing = 0
    for index in shape.firstColumn..<shape.firstColumn &+ shape.columnCount
    where !chunk.hasColumn(Int(dictionary.columns[index])) { missing += 1 }
    return missing
  }

  private borrowing func takeBack(_ chunk: RowChunk, _ shape: LaneDictionary.Shape, heapCount: Int) {
    for index in shape.firstColumn..<shape.firstColumn &+ shape.columnCount {
      chunk.setValue(column: Int(dictionary.columns[index]), tag: .null, payload: 0)
    }
    chunk.removeLastRow(heapCount: heapCount)
  }

  /// Puts a row among those that are looked up in the parts. It is counted when that is done.
  @inline(never)
  private borrowing func setAside(
    _ row: RowHead, time: Int64, _ bytes: RawSpan, _ reader: inout RecordReader, to table: TableBuffer,
    _ shape: LaneDictionary.Shape, options: UnsealedTables.ApplyOptions, _ sum: inout Sum, _ counts: inout LedgerCounts
  ) {
    let place = dictionary.places[row.series].series
    let chunk = table.lateChunk { missingColumns(of: shape, in: $0) }
    let heapBefore = chunk.textByteCount
    chunk.appendRow(series: place, time: time, previous: UInt32.max)
    readValues(bytes, &reader, into: chunk, shape)
    if reader.isDamaged { return takeBack(chunk, shape, heapCount: heapBefore) }
    if isLateToArrive(row) { chunk.setReceived(arrival.flooredMillis) }
    let isTimeCut = time &* table.precision.unitNanos != row.timeNanos
    table.noteLate(
      LateRows.Origin(
        generation: options.generation, arrivalNanos: arrival.nanos, listener: UInt8(listener), isTimeCut: isTimeCut,
        valueCount: UInt16(truncatingIfNeeded: shape.columnCount)))
    counts.putOff(readings: UInt64(shape.columnCount), isEvent: table.name == .events)
    sum.change.lateRows &+= 1
    sum.change.lateBytes &+= table.takeLateGrowth()
  }

  @inline(__always)
  private borrowing func readValues(
    _ bytes: RawSpan, _ reader: inout RecordReader, into chunk: RowChunk, _ shape: LaneDictionary.Shape
  ) {
    for index in shape.firstColumn..<shape.firstColumn &+ shape.columnCount {
      let column = Int(dictionary.columns[index])
      let value = reader.value(bytes)
      if value.tag == .string {
        let range = TextRange(payload: value.payload)
        chunk.setString(column: column, bytes.extracting(range.offset..<range.offset &+ Int(range.length)))
      } else {
        chunk.setValue(column: column, tag: value.tag, payload: value.payload)
      }
    }
  }

  /// Steps over the values of a row that is not stored, and reads the next row's head.
  private func skip(
    _ row: RowHead, _ bytes: RawSpan, _ reader: inout RecordReader, _ sum: inout Sum
  ) -> RowHead? {
    for _ in 0..<dictionary.fieldCount(ofLayout: row.layout) { _ = reader.value(bytes) }
    sum.handledRows &+= 1
    if reader.isDamaged || sum.handledRows >= Self.sliceRows { return nil }
    return reader.nextRow(bytes).flatMap { head($0, bytes, &reader) }
  }

  // MARK: definitions

  private mutating func defineSeries(
    _ bytes: RawSpan, _ reader: inout RecordReader, _ tables: UnsealedTables, options: UnsealedTables.ApplyOptions
  ) {
    let number = reader.number(bytes)
    let key = reader.text(bytes)
    // No lane gives such numbers, and what they name is found by them in memory that is as long.
    if number >= Limits.seriesPerLane { return reader.fail() }
    if reader.isDamaged || dictionary.isPlaced(number) { return }
    let text = bytes.extracting(key.offset..<key.offset + Int(key.length))
    if !CanonicalKey.isWellFormed(text) { return reader.fail() }
    guard let table = table(of: CanonicalKey(text), tables, options: options) else { return reader.fail() }
    if options.isRecovery, table.sealedSegments.holds(options.segment, ofLane: options.lane) {
      return dictionary.refuse(number, .sealed)
    }
    table.locked { table in
      guard let series = table.seriesNumber(text) else { return dictionary.refuse(number, .shed(.seriesLimit)) }
      dictionary.place(number, in: table, as: series)
    }
  }

  /// The table of a series. Definitions come in runs of one table, which is then not looked up again.
  private mutating func table(
    of key: borrowing CanonicalKey, _ tables: UnsealedTables, options: UnsealedTables.ApplyOptions
  ) -> TableBuffer? {
    let prefix = key.bytes.extracting(0..<key.tableByteCount)
    if let lastTable, prefix.equals(lastPrefix.span.bytes) { return lastTable }
    guard let parsed = SeriesKey(canonicalBytes: key.bytes) else { return nil }
    let name = TableName(kind: parsed.kind, measurement: parsed.measurement)
    let table = tables.buffer(making: name, eventsPrecision: options.eventsPrecision)
    lastPrefix = prefix.withUnsafeBytes { Array($0) }
    lastTable = table
    return table
  }

  private mutating func defineLayout(_ bytes: RawSpan, _ reader: inout RecordReader) {
    let number = reader.number(bytes)
    let count = reader.number(bytes)
    // No lane has so many, nor rows of so many fields, each of which is a column with memory of its own.
    if number >= Limits.layoutsPerLane || count > Limits.fieldsPerRow { return reader.fail() }
    var fields: [FieldIdentity] = []
    for _ in 0..<count {
      let name = reader.text(bytes)
      let unit = reader.text(bytes)
      if reader.isDamaged { return }
      fields.append(FieldIdentity(name: Self.string(name, bytes), unit: Self.string(unit, bytes)))
    }
    if !dictionary.hasLayout(number) { dictionary.define(layout: number, fields: fields) }
  }

  private static func string(_ range: TextRange, _ bytes: RawSpan) -> String {
    bytes.extracting(range.offset..<range.offset + Int(range.length)).withUnsafeBytes {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
