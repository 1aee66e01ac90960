import Parquet
import Primitives
import Telemetry

/// Sums up one field of a part of readings, column by column, without making rows of it.
struct BucketScan {
  let reader: ParquetReader
  let schema: TableSchema
  let precision: TimePrecision
  let field: String
  let stepNanos: Int64
  let wantsSketches: Bool
  var needs = BucketNeeds.all
  var summed = BucketRequest.Summed.values
  /// Whether the series of a device are told apart.
  var bySeries = false
  var probe = QuestionProbe.never

  func run() throws -> BucketColumns {
    var builder = BucketColumnsBuilder(stepNanos: stepNanos, needs: needs, wantsSketches: wantsSketches)
    try run(into: &builder)
    return builder.finish()
  }

  /// Hands over the field's numbers, in the order of the part's rows.
  func run(into builder: inout some SeriesSink) throws {
    let names = Dictionary(uniqueKeysWithValues: reader.schema.columns.enumerated().map { ($1.name, $0) })
    let columns = schema.siblingsLast(of: field)
      .compactMap { stored in names[stored.name].map { (index: $0, stored: stored) } }
    if columns.isEmpty && summed != .rows { return }
    for group in reader.rowGroups.indices {
      try probe.check()
      let count = reader.rowGroups[group].rowCount
      let used = columns.filter { reader.rowGroups[group].columns[$0.index].nullCount != count }
      if used.isEmpty && summed != .rows { continue }
      var numbers = FieldNumbers(count: count)
      if summed == .rows {
        let told = schema.columns.first { $0.role == .tag && $0.wireName == SeriesKey.toldTag }.flatMap {
          names[$0.name]
        }
        numbers.countRows(exceptOf: try told.map { try reader.read(column: $0, rowGroup: group) })
      }
      for column in used {
        // The file's type: the table's may be another by now.
        numbers.take(
          try reader.read(column: column.index, rowGroup: group), role: column.stored.role,
          type: reader.schema.columns[column.index].type)
      }
      numbers.keep(summed)
      guard case .string(let devices) = try reader.read(column: 0, rowGroup: group).values,
        case .int64(let times) = try reader.read(column: 1, rowGroup: group).values
      else { throw LagoonError("its device and time columns are of other types") }
      let tags = bySeries ? try tagColumns(names, group) : []
      var start = 0
      while start < count {
        let entry = devices.indexes[start]
        var end = start + 1
        while end < count && devices.indexes[end] == entry && tags.allSatisfy({ $0.isAlike(end, end - 1) }) { end += 1 }
        if bySeries {
          builder.begin(device: devices.string(at: start), tags: tags.compactMap { $0.tag(at: start) })
        } else {
          builder.begin(device: devices.string(at: start))
        }
        builder.add(rows: start..<end, times: times, unitNanos: precision.unitNanos, values: numbers)
        start = end
      }
    }
  }

  /// The tags of a row group that has any.
  private func tagColumns(_ names: [String: Int], _ group: Int) throws -> [TagColumn] {
    try schema.columns.compactMap { stored in
      guard stored.role == .tag, let index = names[stored.name] else { return nil }
      return TagColumn(name: stored.wireName, try reader.read(column: index, rowGroup: group))
    }.sorted { $0.name < $1.name }
  }
}
