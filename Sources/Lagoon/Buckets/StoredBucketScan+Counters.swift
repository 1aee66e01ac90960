import Parquet
import Primitives
import Rollups
import Telemetry

extension StoredBucketScan {
  /// What the field's counters did in each bucket of a rollup part.
  ///
  /// - Parameter isAlone: whether the readings have expired. Then what is not known is told as such; else there is no
  ///   answer, since the readings know.
  /// - Returns: nil if the part does not tell it of every bucket.
  func counters(isAlone: Bool) throws -> CounterColumns? {
    guard let columns = Columns(reader.schema) else { return nil }
    if columns.resets == nil && !isAlone { return nil }
    var builder = CounterColumnsBuilder(stepNanos: stepNanos)
    for group in reader.rowGroups.indices {
      try probe.check()
      let rows = try rowsOfField(columns, group)
      if rows.isEmpty { continue }
      if try !add(rows, columns, group, isAlone: isAlone, to: &builder) { return nil }
    }
    return builder.finish()
  }

  /// False if a bucket does not tell it, and the readings would.
  private func add(
    _ rows: Range<Int>, _ columns: Columns, _ group: Int, isAlone: Bool, to builder: inout CounterColumnsBuilder
  ) throws -> Bool {
    let read = { (column: Int) in try reader.read(column: column, rowGroup: group, rows: rows) }
    guard case .string(let fields) = try read(columns.field).values,
      case .string(let measurements) = try read(columns.measurement).values,
      let wantedField = fields.entryIndex(of: field.utf8),
      let wantedMeasurement = measurements.entryIndex(of: measurement.utf8)
    else { return true }
    guard case .string(let devices) = try read(0).values else { throw LagoonError("its devices are no text") }
    let numbers = try StoredBuckets(
      counts: read(columns.count), scales: read(columns.scale), whole: columns.whole.map(read),
      exact: columns.exact.map(read), firstTimes: read(columns.firstTime), lastTimes: read(columns.lastTime))
    let resets = try columns.resets.map(read)
    var resetValues: [Int64] = []
    if case .int64(let values)? = resets?.values { resetValues = values }
    var series = try StoredSeries(read(columns.tags))
    var device = UInt32.max
    for row in 0..<rows.count
    where fields.indexes[row] == wantedField && measurements.indexes[row] == wantedMeasurement {
      let isOther = series.moves(to: row)
      if devices.indexes[row] != device || isOther {
        device = devices.indexes[row]
        builder.begin(device: devices.string(at: row), tags: series.tags)
      }
      guard let stretch = stretch(row, numbers, resets, resetValues, isAlone: isAlone) else {
        if isAlone { continue }
        return false
      }
      if stretch.isUnknown && !isAlone { return false }
      builder.add(stretch)
    }
    return true
  }

  /// nil for a row whose numbers are no decimals of 53 bits.
  private func stretch(
    _ row: Int, _ numbers: StoredBuckets, _ resets: ColumnData?, _ values: [Int64], isAlone: Bool
  ) -> CounterStretch? {
    guard let (first, last, scale) = numbers.edges(row) else {
      // Of others, doubles are kept; what they rose by is not.
      guard let bucket = numbers.bucket(row), isAlone else { return nil }
      let (first, last) = (DecimalNumber.tagged(bucket.first), DecimalNumber.tagged(bucket.last))
      return CounterStretch(
        stored: CounterReading(time: bucket.firstTime, payload: first.payload, tag: first.tag),
        CounterReading(time: bucket.lastTime, payload: last.payload, tag: last.tag), isSingle: numbers.isSingle(row),
        risen: numbers.isSingle(row) ? 0 : nil, scale: 0, isAlone: isAlone)
    }
    var risen: Int64?
    if numbers.isSingle(row) {
      risen = 0
    } else if let resets, resets.isPresent(at: row), row < values.count {
      let (between, isWide) = last.payload.subtractingReportingOverflow(first.payload)
      let (sum, isTooMuch) = between.addingReportingOverflow(values[row])
      if !isWide && !isTooMuch { risen = sum }
    }
    return CounterStretch(
      stored: first, last, isSingle: numbers.isSingle(row), risen: risen, scale: scale, isAlone: isAlone)
  }
}
