import Parquet
import Primitives
import Telemetry

/// Reads rows of one part: those of some devices and a span of time, with some of their fields.
struct PartScan {
  let reader: ParquetReader
  let schema: TableSchema
  let precision: TimePrecision
  /// nil for every device.
  var devices: Set<String>?
  /// The first and the last device that are wanted, by their bytes; nil for every device.
  var span: DeviceSpan?
  /// Half-open, in the table's unit.
  var times: Range<Int64>?
  /// nil for every field.
  var fields: [String]?
  /// Whether the arrival times are wanted.
  var arrivals = true
  /// Where columns that were decoded are kept, and the part's name there: for questions about few devices.
  var cache: (columns: ColumnCache, path: String)?
  /// Whether the rows are still wanted.
  var probe = QuestionProbe.never
  /// Whether rows that have a newer one of their series in the row group may be left out.
  var newestOnly = false
  /// Whether decimals keep the scale of their column, for who writes them into it again.
  var keepsScale = false

  private struct Column {
    /// The part's column.
    var index: Int
    var stored: StoredColumn
    /// The number of the field in the result.
    var field: Int
  }

  /// What a scan takes of each row group.
  private struct Plan {
    var identities: [FieldIdentity] = []
    var columns: [Column] = []
    var tags: [Column] = []
  }

  private func plan() -> Plan {
    let names = Dictionary(uniqueKeysWithValues: reader.schema.columns.enumerated().map { ($1.name, $0) })
    var plan = Plan()
    // A field's own column before its siblings, which count first.
    for var stored in schema.columns.filter(\.isPrimary) + schema.columns.filter({ !$0.isPrimary }) {
      guard let index = names[stored.name] else { continue }
      // The file's type: the table's may be another by now.
      stored.type = reader.schema.columns[index].type
      if stored.role == .tag {
        plan.tags.append(Column(index: index, stored: stored, field: 0))
        continue
      }
      if let fields, !fields.contains(stored.wireName) { continue }
      var field = plan.identities.firstIndex { $0.name == stored.wireName }
      if field == nil {
        plan.identities.append(FieldIdentity(name: stored.wireName, unit: stored.unit))
        field = plan.identities.count - 1
      }
      plan.columns.append(Column(index: index, stored: stored, field: field ?? 0))
    }
    return plan
  }

  /// The part's row groups, by number.
  var groups: Range<Int> { reader.rowGroups.indices }

  func run() throws -> RowSource {
    let plan = plan()
    let series = SeriesList()
    var known: [SeriesKey: UInt32] = [:]
    var chunks: [RowChunk] = []
    for group in groups {
      try probe.check()
      if let chunk = try readGroup(group, plan, series, &known) { chunks.append(chunk) }
    }
    let source = RowSource(chunks: chunks, series: series, fields: plan.identities, precision: precision)
    return reader.isOurs ? source : Self.sorted(source)
  }

  /// Reads one row group, in the order in which its rows stand; nil if no row of it is asked for.
  func run(_ group: Int) throws -> RowSource? {
    try probe.check()
    let plan = plan()
    let series = SeriesList()
    var known: [SeriesKey: UInt32] = [:]
    guard let chunk = try readGroup(group, plan, series, &known) else { return nil }
    return RowSource(chunks: [chunk], series: series, fields: plan.identities, precision: precision)
  }

  /// Rows of another program's file stand in any order; ours are by device, tags and time.
  private static func sorted(_ source: RowSource) -> RowSource {
    var ranks = [UInt32](repeating: 0, count: source.series.count)
    for (rank, number) in source.series.sorted(count: source.series.count).enumerated() {
      ranks[Int(number)] = UInt32(rank)
    }
    var rows: [(rank: UInt32, time: Int64, chunk: Int, row: Int)] = []
    for (number, chunk) in source.chunks.enumerated() {
      for row in 0..<chunk.count { rows.append((ranks[Int(chunk.series(row))], chunk.time(row), number, row)) }
    }
    rows.sort { ($0.rank, $0.time, $0.chunk, $0.row) < ($1.rank, $1.time, $1.chunk, $1.row) }
    var chunks: [RowChunk] = []
    for row in rows {
      if chunks.last?.isFull ?? true {
        chunks.append(RowChunk(capacity: min(rows.count, Limits.rowsPerChunk)))
      }
      chunks[chunks.count - 1].appendCopy(of: row.row, from: source.chunks[row.chunk])
    }
    return RowSource(chunks: chunks, series: source.series, fields: source.fields, precision: source.precision)
  }

  private func readGroup(
    _ group: Int, _ plan: Plan, _ series: SeriesList, _ known: inout [SeriesKey: UInt32]
  ) throws -> RowChunk? {
    var hull = try candidateRows(group)
    if hull.isEmpty { return nil }
    if cache != nil { hull = try narrowed(hull, group) }
    if hull.isEmpty { return nil }
    let deviceColumn = try read(0, group, hull)
    let timeColumn = try read(1, group, hull)
    guard case .string(let names) = deviceColumn.values, case .int64(let instants) = timeColumn.values else {
      throw LagoonError("its device and time columns are of other types")
    }
    // Ours were bounded when they came in.
    if !reader.isOurs, (0..<names.dictionaryCount).contains(where: { names.entry($0).count > Limits.seriesKeyBytes }) {
      throw LagoonError("it has a device of more than \(Limits.seriesKeyBytes) bytes")
    }
    let wanted: [Bool] = (0..<names.dictionaryCount).map { entry in
      let name = names.entry(entry)
      if let span, !span.contains(name) { return false }
      return devices?.contains(String(decoding: name, as: UTF8.self)) ?? true
    }
    let tags = try tagColumns(plan.tags, group, hull)
    let rows =
      newestOnly && reader.isOurs
      ? newest(names, instants, wanted, tags) : matching(names, instants, wanted)
    if rows.isEmpty { return nil }
    let chunk = RowChunk(capacity: rows.count)
    try appendRows(rows, names, instants, hull, group, tags, series, &known, to: chunk)
    for column in plan.columns {
      try probe.check()
      let data = try read(column.index, group, hull)
      fill(column, data, rows, chunk)
    }
    return chunk
  }

  private func read(_ column: Int, _ group: Int, _ rows: Range<Int>) throws -> ColumnData {
    guard let cache else { return try reader.read(column: column, rowGroup: group, rows: rows) }
    return try cache.columns.column(ColumnCache.Key(path: cache.path, rowGroup: group, column: column)) {
      try reader.read(column: column, rowGroup: group)
    }.rows(rows)
  }

  /// From the first to the last row of wanted devices.
  private func narrowed(_ hull: Range<Int>, _ group: Int) throws -> Range<Int> {
    guard let devices, case .string(let names) = try read(0, group, 0..<reader.rowGroups[group].rowCount).values else {
      return hull
    }
    var isWanted = [Bool](repeating: false, count: names.dictionaryCount)
    for device in devices {
      if let entry = names.entryIndex(of: device.utf8) { isWanted[Int(entry)] = true }
    }
    var first = hull.lowerBound
    while first < hull.upperBound && !isWanted[Int(names.indexes[first])] { first += 1 }
    var end = hull.upperBound
    while end > first && !isWanted[Int(names.indexes[end - 1])] { end -= 1 }
    return first..<end
  }

  /// The rows of wanted devices and times.
  private func matching(_ names: StringColumn, _ instants: [Int64], _ wanted: [Bool]) -> [Int] {
    let times = times ?? Int64.min..<Int64.max
    var rows: [Int] = []
    rows.reserveCapacity(instants.count)
    for row in instants.indices where wanted[Int(names.indexes[row])] && times.contains(instants[row]) {
      rows.append(row)
    }
    return rows
  }

  /// The rows of each series that share its newest instant. Rows of a series stand together.
  private func newest(_ names: StringColumn, _ instants: [Int64], _ wanted: [Bool], _ tags: [TagColumn]) -> [Int] {
    let times = times ?? Int64.min..<Int64.max
    var rows: [Int] = []
    var end = instants.count
    while end > 0 {
      let last = end - 1
      let entry = names.indexes[last]
      let kept = rows.count
      var newest = Int64.min
      repeat {
        end -= 1
        let time = instants[end]
        if !wanted[Int(entry)] || time < newest || !times.contains(time) { continue }
        if time > newest { rows.removeSubrange(kept...) }
        newest = time
        rows.append(end)
      } while end > 0 && names.indexes[end - 1] == entry && tags.allSatisfy { $0.isAlike(end - 1, last) }
    }
    return rows.reversed()
  }

  /// The span of rows that may match, by the pages' bounds of device and time.
  private func candidateRows(_ group: Int) throws -> Range<Int> {
    let whole = 0..<reader.rowGroups[group].rowCount
    var hull = whole
    if let devices {
      let sorted = devices.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
      hull = try pages(0, group, hull) { low, high in
        guard case .string(let low) = low, case .string(let high) = high else { return true }
        // A bound may be cut: the upper one is rounded up, so both stay bounds.
        let first = sorted.firstPlace { !$0.lexicographicallyPrecedes(low) }
        return first < sorted.count && !high.lexicographicallyPrecedes(sorted[first])
      }
    }
    if let span {
      hull = try pages(0, group, hull) { low, high in
        guard case .string(let low) = low, case .string(let high) = high else { return true }
        return span.overlaps(low[...], high[...])
      }
    }
    if let times {
      hull = try pages(1, group, hull) { low, high in
        guard case .int64(let low) = low, case .int64(let high) = high else { return true }
        return high >= times.lowerBound && low < times.upperBound
      }
    }
    return hull
  }

  private func pages(
    _ column: Int, _ group: Int, _ hull: Range<Int>, _ matches: (ColumnBound, ColumnBound) -> Bool
  ) throws -> Range<Int> {
    var first = hull.upperBound
    var end = hull.lowerBound
    for page in try reader.pages(column: column, rowGroup: group) {
      let rows = page.firstRow..<page.firstRow + page.rowCount
      if !rows.overlaps(hull) { continue }
      if let low = page.min, let high = page.max, !matches(low, high) { continue }
      first = min(first, max(rows.lowerBound, hull.lowerBound))
      end = max(end, min(rows.upperBound, hull.upperBound))
    }
    return first < end ? first..<end : 0..<0
  }

  private func tagColumns(_ tags: [Column], _ group: Int, _ hull: Range<Int>) throws -> [TagColumn] {
    try tags.compactMap { TagColumn(name: $0.stored.wireName, try read($0.index, group, hull)) }
  }

  private func appendRows(
    _ rows: [Int], _ names: StringColumn, _ instants: [Int64], _ hull: Range<Int>, _ group: Int, _ tags: [TagColumn],
    _ series: SeriesList, _ known: inout [SeriesKey: UInt32], to chunk: RowChunk
  ) throws {
    let arrivals = arrivals ? try read(2, group, hull) : nil
    // Where a few rows are taken out of many, they are compared with each other alone.
    let isSparse = rows.count < instants.count / 16
    let runs = isSparse ? [] : Self.runs(names, tags)
    var lastRow = -1
    var number: UInt32 = 0
    for row in rows {
      let isOther =
        lastRow < 0
        || (isSparse
          ? names.indexes[row] != names.indexes[lastRow] || !tags.allSatisfy { $0.isAlike(row, lastRow) }
          : runs[row] != runs[lastRow])
      lastRow = row
      if isOther {
        let key = SeriesKey(
          kind: schema.kind, measurement: schema.measurement, device: names.string(at: row),
          tags: tags.compactMap { $0.tag(at: row) })
        number = known[key] ?? series.append(key)
        known[key] = number
      }
      chunk.appendRow(series: number, time: instants[row], previous: UInt32.max)
      if let arrivals, case .int64(let millis) = arrivals.values, arrivals.isPresent(at: row) {
        chunk.setReceived(millis[row])
      }
    }
  }

  /// Numbers that rows of one series share which stand together.
  private static func runs(_ names: StringColumn, _ tags: [TagColumn]) -> [UInt32] {
    var runs = [UInt32](repeating: 0, count: names.indexes.count)
    markChanges(names.indexes, nil, in: &runs)
    for tag in tags { markChanges(tag.texts.indexes, tag.data.isPresent, in: &runs) }
    for row in runs.indices.dropFirst() { runs[row] &+= runs[row - 1] }
    return runs
  }

  /// Marks the rows that differ from the one before: there a series may begin.
  private static func markChanges(_ entries: [UInt32], _ isPresent: [Bool]?, in marks: inout [UInt32]) {
    for row in entries.indices.dropFirst() {
      let differs = entries[row] != entries[row - 1]
      let turns = isPresent.map { $0[row] != $0[row - 1] } ?? false
      if differs || turns { marks[row] = 1 }
    }
  }

  /// Puts a column's values into the chunk's rows, siblings over their field.
  private func fill(_ column: Column, _ data: ColumnData, _ rows: [Int], _ chunk: RowChunk) {
    var own: ValueTag?
    if keepsScale, case .decimal(let scale) = column.stored.type { own = .decimal(scale: scale) }
    let field = column.field
    switch data.values {
    case .boolean(let values):
      for (index, row) in rows.enumerated() where data.isPresent(at: row) {
        chunk.setValue(row: index, column: field, tag: .boolean, payload: values[row] ? 1 : 0)
      }
    case .double(let values):
      for (index, row) in rows.enumerated() where data.isPresent(at: row) {
        let value = DecimalNumber.tagged(values[row])
        chunk.setValue(row: index, column: field, tag: value.tag, payload: value.payload)
      }
    case .int64(let values):
      for (index, row) in rows.enumerated() where data.isPresent(at: row) {
        let value = own.map { (tag: $0, payload: values[row]) } ?? ValueFit.value(values[row], type: column.stored.type)
        chunk.setValue(row: index, column: field, tag: value.tag, payload: value.payload)
      }
    case .string(let values):
      for (index, row) in rows.enumerated() where data.isPresent(at: row) {
        if column.stored.role == .text, let value = ValueFit.number(text: values.string(at: row)) {
          chunk.setValue(row: index, column: field, tag: value.tag, payload: value.payload)
        } else {
          values.bytes(at: row).withUnsafeBytes { bytes in
            chunk.setString(row: index, column: field, RawSpan(_unsafeBytes: bytes))
          }
        }
      }
    }
  }
}

extension [[UInt8]] {
  /// The first place from which on something holds, which does so for all behind it.
  fileprivate func firstPlace(_ holds: ([UInt8]) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
