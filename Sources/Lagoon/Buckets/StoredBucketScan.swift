import Parquet
import Primitives
import Rollups
import Telemetry

/// Reads the buckets of one field from a rollup part.
struct StoredBucketScan {
  let reader: ParquetReader
  let measurement: String
  let field: String
  let stepNanos: Int64
  let needs: BucketNeeds
  let wantsSketches: Bool
  /// Whether series are told apart.
  var bySeries = false
  /// Whether buckets whose sketch was not kept are taken without: their readings are gone.
  var takesUnsketched = false
  var probe = QuestionProbe.never

  /// The columns that buckets are made of, by number in the file.
  struct Columns {
    var measurement: Int
    var tags: Int
    var field: Int
    var count: Int
    var scale: Int
    var whole: [Int]
    var exact: [Int]
    var firstTime: Int
    var lastTime: Int
    var sketch: Int
    /// nil in parts of before there was such a column.
    var resets: Int?

    init?(_ schema: ParquetSchema) {
      let names = Dictionary(uniqueKeysWithValues: schema.columns.enumerated().map { ($1.name, $0) })
      let whole = RollupColumns.whole.compactMap { names[$0] }
      let exact = RollupColumns.exact.compactMap { names[$0] }
      guard let measurement = names["measurement"], let tags = names["tags"], let field = names["field"],
        let count = names["count"],
        let scale = names["scale"], let firstTime = names["first_time"], let lastTime = names["last_time"],
        let sketch = names["sketch"], whole.count == RollupColumns.whole.count, exact.count == RollupColumns.exact.count
      else { return nil }
      self.measurement = measurement
      self.tags = tags
      self.field = field
      self.count = count
      self.scale = scale
      self.whole = whole
      self.exact = exact
      self.firstTime = firstTime
      self.lastTime = lastTime
      self.sketch = sketch
      resets = names[RollupColumns.resets]
    }
  }

  /// nil if the part does not hold all that is asked for: it is of an older form, or has no sketch somewhere.
  func run() throws -> BucketColumns? {
    guard let columns = Columns(reader.schema) else { return nil }
    var builder = BucketColumnsBuilder(stepNanos: stepNanos, needs: needs, wantsSketches: wantsSketches)
    for group in reader.rowGroups.indices {
      try probe.check()
      let rows = try rowsOfField(columns, group)
      if rows.isEmpty { continue }
      if try !add(rows, columns, group, to: &builder) { return nil }
    }
    return builder.finish()
  }

  /// The rows of pages that may hold the field: they stand together.
  func rowsOfField(_ columns: Columns, _ group: Int) throws -> Range<Int> {
    let wanted = Array(field.utf8)
    var first = Int.max
    var end = 0
    for page in try reader.pages(column: columns.field, rowGroup: group) {
      if case .string(let low)? = page.min, wanted.lexicographicallyPrecedes(low) { continue }
      if case .string(let high)? = page.max, high.lexicographicallyPrecedes(wanted) { continue }
      first = min(first, page.firstRow)
      end = max(end, page.firstRow + page.rowCount)
    }
    return first < end ? first..<end : 0..<0
  }

  /// False if a bucket lacks a sketch that is wanted.
  private func add(
    _ rows: Range<Int>, _ columns: Columns, _ group: Int, to builder: inout BucketColumnsBuilder
  ) throws -> Bool {
    let read = { (column: Int) in try reader.read(column: column, rowGroup: group, rows: rows) }
    guard case .string(let fields) = try read(columns.field).values,
      case .string(let measurements) = try read(columns.measurement).values,
      let wantedField = fields.entryIndex(of: field.utf8),
      let wantedMeasurement = measurements.entryIndex(of: measurement.utf8)
    else { return true }
    guard case .string(let devices) = try read(0).values, case .int64(let times) = try read(1).values else {
      throw LagoonError("its device and time columns are of other types")
    }
    let numbers = try StoredBuckets(
      counts: read(columns.count), scales: read(columns.scale), whole: columns.whole.map(read),
      exact: columns.exact.map(read), firstTimes: read(columns.firstTime), lastTimes: read(columns.lastTime))
    let sketches = wantsSketches ? try read(columns.sketch) : nil
    var series = bySeries ? try StoredSeries(read(columns.tags)) : nil
    let stepMicros = stepNanos / Nanos.perMicrosecond
    var device = UInt32.max
    for row in 0..<rows.count
    where fields.indexes[row] == wantedField && measurements.indexes[row] == wantedMeasurement {
      let isOther = series?.moves(to: row) ?? false
      if devices.indexes[row] != device || isOther {
        device = devices.indexes[row]
        if let series {
          builder.begin(device: devices.string(at: row), tags: series.tags)
        } else {
          builder.begin(device: devices.string(at: row))
        }
      }
      guard let bucket = numbers.bucket(row) else { continue }
      if !numbers.isDecimal(row) { builder.isWide = true }
      var sketch: QuantileSketch?
      if let sketches {
        if sketches.isPresent(at: row), case .string(let texts) = sketches.values,
          let read = QuantileSketch(text: texts.bytes(at: row)), read.count == bucket.count
        {
          sketch = read
        } else if takesUnsketched {
          sketch = QuantileSketch()
        } else {
          return false
        }
      }
      builder.add(bucket, number: flooredDivision(times[row], by: stepMicros), sketch: sketch)
    }
    return true
  }
}

/// The tags of a rollup part's rows, as they are run down.
struct StoredSeries {
  private let texts: StringColumn
  private var entry = UInt32.max
  private(set) var tags: [SeriesKey.Tag] = []

  init(_ data: ColumnData) throws {
    guard case .string(let texts) = data.values else { throw LagoonError("its tags are no text") }
    self.texts = texts
  }

  /// Whether a row's tags are others than those of the row before.
  mutating func moves(to row: Int) -> Bool {
    if texts.indexes[row] == entry { return false }
    entry = texts.indexes[row]
    tags = RollupTags.tags(of: texts.string(at: row))
    return true
  }
}

/// The numbers of a rollup part's rows.
struct StoredBuckets {
  private let counts: [Int64]
  private let firstTimes: [Int64]
  private let lastTimes: [Int64]
  private let scales: ColumnData
  private let scaleValues: [Int64]
  private let whole: [[Int64]]
  private let exact: [[Double]]

  init(
    counts: ColumnData, scales: ColumnData, whole: [ColumnData], exact: [ColumnData], firstTimes: ColumnData,
    lastTimes: ColumnData
  ) throws {
    func integers(_ data: ColumnData) throws -> [Int64] {
      guard case .int64(let values) = data.values else { throw LagoonError("a column is no whole number") }
      return values
    }
    self.counts = try integers(counts)
    self.firstTimes = try integers(firstTimes)
    self.lastTimes = try integers(lastTimes)
    self.scales = scales
    scaleValues = try integers(scales)
    self.whole = try whole.map(integers)
    self.exact = try exact.map { data in
      guard case .double(let values) = data.values else { throw LagoonError("a column is no double") }
      return values
    }
  }

  /// Whether a row's numbers are decimals that 53 bits hold.
  func isDecimal(_ row: Int) -> Bool { scales.isPresent(at: row) }

  /// The first and the last reading of a row whose numbers are decimals, with all their digits; nil for another.
  func edges(_ row: Int) -> (first: CounterReading, last: CounterReading, scale: Int)? {
    guard scales.isPresent(at: row), counts[row] > 0, (0...Int64(ExactSum.places)).contains(scaleValues[row]) else {
      return nil
    }
    let scale = Int(scaleValues[row])
    let tag = scale == 0 ? ValueTag.integer : .decimal(scale: scale)
    return (
      CounterReading(time: firstTimes[row] * Nanos.perMicrosecond, payload: whole[1][row], tag: tag),
      CounterReading(time: lastTimes[row] * Nanos.perMicrosecond, payload: whole[2][row], tag: tag), scale
    )
  }

  func isSingle(_ row: Int) -> Bool { counts[row] == 1 }

  /// nil for a row that sums up nothing.
  func bucket(_ row: Int) -> Bucket? {
    let scale = scales.isPresent(at: row) ? Int(scaleValues[row]) : 0
    guard counts[row] > 0, (0...ExactSum.places).contains(scale) else { return nil }
    var total = ExactSum()
    let times = (first: firstTimes[row] * Nanos.perMicrosecond, last: lastTimes[row] * Nanos.perMicrosecond)
    if !scales.isPresent(at: row) {
      total.add(exact[0][row])
      return Bucket(
        count: counts[row], total: total, min: exact[3][row], max: exact[4][row],
        first: exact[1][row], firstTime: times.first, last: exact[2][row], lastTime: times.last)
    }
    let divisor = Self.powers[scale]
    let (first, last) = (whole[1][row], whole[2][row])
    total.add(mantissa: whole[0][row], scale: scale)
    return Bucket(
      count: counts[row], total: total, min: Double(min(first, last) &- whole[3][row]) / divisor,
      max: Double(max(first, last) &+ whole[4][row]) / divisor, first: Double(first) / divisor,
      firstTime: times.first, last: Double(last) / divisor, lastTime: times.last)
  }

  private static let powers: [Double] = (0...ExactSum.places).map { power in
    (0..<power).reduce(1.0) { product, _ in product * 10 }
  }
}
