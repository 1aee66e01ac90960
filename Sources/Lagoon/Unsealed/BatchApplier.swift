import Primitives
import Telemetry

/// Reads a lane's batches, in order, into the tables. One a lane; it keeps what the lane's numbers mean.
public struct BatchApplier: ~Copyable {
  private var dictionary = SegmentDictionary()
  private var segment = UInt64.max
  private var listener = 0
  private var arrivalNanos: UnixNanos = 0

  public init() {}

  mutating func apply(
    _ records: UnsafeRawBufferPointer, to state: inout UnsealedTables.State, sealed: any SealedRows,
    options: UnsealedTables.ApplyOptions, counts: inout [LedgerCounts]
  ) -> Bool {
    if options.segment != segment {
      dictionary.removeAll()
      segment = options.segment
    }
    let bytes = RawSpan(_unsafeBytes: records)
    var reader = RecordReader()
    while let kind = reader.next(bytes) {
      switch kind {
      case .origin:
        let origin = reader.origin(bytes)
        listener = min(Int(origin.listener), counts.count - 1)
        arrivalNanos = origin.arrivalNanos
      case .series:
        let number = reader.number(bytes)
        let key = reader.text(bytes)
        if reader.isDamaged { return false }
        dictionary.define(
          series: number, as: Self.place(text(key, bytes), state: &state, sealed: sealed, options: options))
      case .layout:
        let number = reader.number(bytes)
        let fields = Self.fields(bytes, &reader)
        if reader.isDamaged { return false }
        dictionary.define(layout: number, fields: fields)
      case .rowSeconds, .rowMillis, .rowMicros, .rowNanos:
        applyRow(kind, bytes, &reader, to: &state, sealed: sealed, options: options, counts: &counts[listener])
      }
      if reader.isDamaged { return false }
    }
    if arrivalNanos > state.newestArrivalNanos { state.newestArrivalNanos = arrivalNanos }
    state.version += 1
    return !reader.isDamaged
  }

  private func text(_ range: TextRange, _ bytes: RawSpan) -> SeriesKey? {
    SeriesKey(canonicalBytes: bytes.extracting(range.offset..<range.offset + Int(range.length)))
  }

  private static func fields(_ bytes: RawSpan, _ reader: inout RecordReader) -> [FieldIdentity] {
    let count = reader.number(bytes)
    var fields: [FieldIdentity] = []
    for _ in 0..<count {
      let name = reader.text(bytes)
      let unit = reader.text(bytes)
      if reader.isDamaged { return [] }
      fields.append(FieldIdentity(name: string(name, bytes), unit: string(unit, bytes)))
    }
    return fields
  }

  private static func string(_ range: TextRange, _ bytes: RawSpan) -> String {
    bytes.extracting(range.offset..<range.offset + Int(range.length)).withUnsafeBytes {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The table and number of a series that a lane defines.
  private static func place(
    _ key: SeriesKey?, state: inout UnsealedTables.State, sealed: any SealedRows,
    options: UnsealedTables.ApplyOptions
  ) -> SegmentDictionary.SeriesPlace {
    func refused(_ refusal: SegmentDictionary.Refusal) -> SegmentDictionary.SeriesPlace {
      SegmentDictionary.SeriesPlace(table: nil, series: 0, refusal: refusal)
    }
    guard let key else { return refused(.shed(.seriesLimit)) }
    let name = TableName(kind: key.kind, measurement: key.measurement)
    var table = state.tables[name]
    if table == nil {
      let known = sealed.knownTable(name)
      if known == nil && state.tables.count >= Limits.tables { return refused(.shed(.tableLimit)) }
      // Readings learn their precision from their first row; see `applyRow`.
      let precision = key.kind == .events ? options.eventsPrecision : nil
      let made = TableBuffer(
        name: name, known: known, precision: precision, newestSealedTime: sealed.newestTime(in: name))
      state.tables[name] = made
      table = made
    }
    guard let table else { return refused(.shed(.tableLimit)) }
    if options.isRecovery, let done = table.sealedSegments[options.lane], done >= options.segment {
      return refused(.sealed)
    }
    guard let number = table.seriesNumber(key) else { return refused(.shed(.seriesLimit)) }
    return SegmentDictionary.SeriesPlace(table: table, series: number, refusal: nil)
  }

  private mutating func applyRow(
    _ kind: RecordKind, _ bytes: RawSpan, _ reader: inout RecordReader, to state: inout UnsealedTables.State,
    sealed: any SealedRows, options: UnsealedTables.ApplyOptions, counts: inout LedgerCounts
  ) {
    let series = reader.number(bytes)
    let layout = reader.number(bytes)
    let timeNanos = reader.time(bytes, kind: kind, arrivalNanos: arrivalNanos)
    if reader.isDamaged || series >= dictionary.series.count || layout >= dictionary.layouts.count {
      reader.fail()
      return
    }
    let fieldCount = dictionary.layouts[layout].fields.count
    guard let table = dictionary.series[series].table else {
      skip(fieldCount, bytes, &reader)
      if case .shed(let reason) = dictionary.series[series].refusal { counts.shed[Int(reason.rawValue)] += 1 }
      return
    }
    if let limit = options.byteLimit, state.byteCount > limit {
      skip(fieldCount, bytes, &reader)
      counts.shed[Int(ShedReason.unsealedLimit.rawValue)] += 1
      return
    }
    dictionary.resolve(layout: layout, for: table)
    if !dictionary.layouts[layout].isPlain {
      skip(fieldCount, bytes, &reader)
      counts.shed[Int(ShedReason.tableLimit.rawValue)] += 1
      return
    }
    let place = dictionary.series[series].series
    let unit = table.unitNanos(learningFrom: timeNanos)
    let time = flooredDivision(timeNanos, by: unit)
    let rows = table.rows(of: options.generation)
    let chunk = rows.openChunk()
    let heapBefore = chunk.textByteCount
    chunk.appendRow(series: place, time: time, previous: rows.previousRow(of: place))
    for column in dictionary.layouts[layout].plainColumns {
      let value = reader.value(bytes)
      if value.tag == .string {
        let range = TextRange(payload: value.payload)
        chunk.setString(column: column, bytes.extracting(range.offset..<range.offset + Int(range.length)))
      } else {
        chunk.setValue(column: column, tag: value.tag, payload: value.payload)
      }
    }
    if reader.isDamaged { return }
    if !table.isCertainlyNew(series: place, time: time),
      table.isDoubled(chunk, series: place, time: time, sealed: sealed)
    {
      chunk.removeLastRow(heapCount: heapBefore)
      counts.duplicate += 1
      return
    }
    if (arrivalNanos &- timeNanos).magnitude > UInt64(Nanos.perSecond) {
      chunk.setReceived(flooredDivision(arrivalNanos, by: Nanos.perMillisecond))
    }
    table.enterRow(in: rows, series: place, time: time)
    counts.stored += 1
    if time &* unit != timeNanos { counts.timeCut += 1 }
    let size = 24 &+ 9 &* fieldCount &+ chunk.textByteCount &- heapBefore
    state.byteCount += size
    state.byteCounts[options.generation, default: 0] += size
    state.rowCounts[options.generation, default: 0] += 1
  }

  private func skip(_ fieldCount: Int, _ bytes: RawSpan, _ reader: inout RecordReader) {
    for _ in 0..<fieldCount { _ = reader.value(bytes) }
  }
}
