import Parquet
import Primitives
import Rollups

/// Rows of a rollup table as columns.
///
/// ```
/// device  time      received  measurement  tags  field   count  scale  sum    first  last   below  above
/// STRING  bucket's  null      STRING       JSON  STRING  INT64  INT64  INT64  INT64  INT64  INT64  INT64
///         start, µs
/// first_time  last_time  exact_sum  exact_first  exact_last  exact_min  exact_max  sketch  resets
/// µs          µs         DOUBLE     DOUBLE       DOUBLE      DOUBLE     DOUBLE     STRING  INT64
/// ```
/// `sum`, `first`, `last`, `below` and `above` are whole numbers, to be divided by 10^`scale`: deltas of whole numbers are
/// small, those of doubles are not. The least reading is the smaller of `first` and `last` less `below`, the largest the
/// larger of them and `above`: both are mostly near 0, and of a counter 0. A row whose numbers are no such decimals has
/// no `scale`, and stands in the columns `exact_…`. `sketch` is `QuantileSketch.text`. What a counter rose by inside of a
/// bucket is `last` less `first` and `resets`, which is 0 unless it was reset; of a field that falls often `resets` is
/// null. Parts of before 2026-12 have no such column.
///
/// Sums of squares are not kept: they would weigh half as much as all else (ADR 12).
struct RollupColumns {
  private let rows: [RollupRows.Row]
  private let measurement: String
  private let fields: [String]
  private var scales: [Int64]
  private var hasScale: [Bool]

  static let whole = ["sum", "first", "last", "below", "above"]
  static let exact = ["exact_sum", "exact_first", "exact_last", "exact_min", "exact_max"]
  static let resets = "resets"

  /// The columns behind `device`, `time` and `received`.
  static let schema: TableSchema = {
    var schema = TableSchema()
    let columns: [(String, ColumnType)] =
      [("measurement", .string), ("tags", .string), ("field", .string), ("count", .int64), ("scale", .int64)]
      + whole.map { ($0, .int64) } + [("first_time", .timestampMicros), ("last_time", .timestampMicros)]
      + exact.map { ($0, .double) } + [("sketch", .string), (resets, .int64)]
    for (name, type) in columns { _ = schema.column(wireName: name, role: .field, type: type) }
    return schema
  }()

  /// The columns without which a table is of a form that cannot be read beside this one.
  static let required = schema.columns.filter { $0.name != resets }

  /// - Parameter rows: by field, since those of one field share a scale.
  init(_ rows: [RollupRows.Row], measurement: String, fields: [String]) {
    self.rows = rows
    self.measurement = measurement
    self.fields = fields
    scales = [Int64](repeating: 0, count: rows.count)
    hasScale = [Bool](repeating: false, count: rows.count)
    var start = 0
    while start < rows.count {
      var end = start + 1
      while end < rows.count && rows[end].field == rows[start].field { end += 1 }
      learnScale(start..<end)
      start = end
    }
  }

  /// The places that all decimals of a field take.
  private mutating func learnScale(_ range: Range<Int>) {
    var scale = 0
    for row in range {
      guard let own = Self.places(of: rows[row].bucket, atLeast: scale) else { continue }
      scale = own
    }
    for row in range where Self.isWhole(rows[row].bucket, scale) {
      scales[row] = Int64(scale)
      hasScale[row] = true
    }
  }

  private static func places(of bucket: Bucket, atLeast least: Int) -> Int? {
    (least...ExactSum.places).first { isWhole(bucket, $0) }
  }

  private static func isWhole(_ bucket: Bucket, _ scale: Int) -> Bool {
    numbers(bucket, scale) != nil
  }

  private static let powers: [Double] = (0...ExactSum.places).map { power in
    (0..<power).reduce(1.0) { product, _ in product * 10 }
  }

  /// A value times 10^scale, if it is exactly that number.
  private static func mantissa(_ value: Double, _ scale: Int) -> Int64? {
    let scaled = (value * powers[scale]).rounded()
    guard scaled.magnitude < 9e15, scaled / powers[scale] == value, !(value == 0 && value.sign == .minus) else {
      return nil
    }
    return Int64(scaled)
  }

  /// The numbers of `whole`; nil if one of them is no whole number.
  private static func numbers(_ bucket: Bucket, _ scale: Int) -> [Int64]? {
    guard let sum = bucket.total.mantissa(scale: scale), let first = mantissa(bucket.first, scale),
      let last = mantissa(bucket.last, scale), let least = mantissa(bucket.min, scale),
      let largest = mantissa(bucket.max, scale)
    else { return nil }
    return [sum, first, last, Swift.min(first, last) - least, largest - Swift.max(first, last)]
  }

  /// In the order of the parquet schema: the fixed columns, then `schema`'s.
  var columns: [ColumnData] {
    func strings(_ value: (RollupRows.Row) -> String) -> ColumnData {
      ColumnData(values: .string(StringColumn(rows.map { value($0) })))
    }
    func numbers(_ value: (RollupRows.Row) -> Int64) -> ColumnData { ColumnData(values: .int64(rows.map(value))) }
    let sketches = rows.map { $0.sketch?.text }
    let resets = rows.indices.map { hasScale[$0] ? Self.resets(rows[$0], Int(scales[$0])) : nil }
    let (whole, exact) = values()
    return [
      strings(\.device), numbers(\.micros), PartSchema.empty(.timestampMillis, rows.count),
      strings { _ in measurement }, strings(\.tags), strings { fields[$0.field] }, numbers(\.bucket.count),
      ColumnData(values: .int64(scales), isPresent: hasScale),
    ] + whole + [
      numbers { $0.bucket.firstTime / Nanos.perMicrosecond }, numbers { $0.bucket.lastTime / Nanos.perMicrosecond },
    ] + exact + [
      ColumnData(values: .string(StringColumn(sketches)), isPresent: sketches.map { $0 != nil }),
      ColumnData(values: .int64(resets.map { $0 ?? 0 }), isPresent: resets.map { $0 != nil }),
    ]
  }

  /// What a row's counter rose by beyond what lies between its first and its last reading.
  private static func resets(_ row: RollupRows.Row, _ scale: Int) -> Int64? {
    guard let rise = row.rise?.mantissa(scale: scale), let first = mantissa(row.bucket.first, scale),
      let last = mantissa(row.bucket.last, scale)
    else { return nil }
    let (resets, isTooMuch) = rise.subtractingReportingOverflow(last - first)
    return isTooMuch ? nil : resets
  }

  /// The columns of `whole` and of `exact`: each row stands in one of both.
  private func values() -> (whole: [ColumnData], exact: [ColumnData]) {
    var whole = [[Int64]](repeating: [Int64](repeating: 0, count: rows.count), count: Self.whole.count)
    var exact = [[Double]](repeating: [Double](repeating: 0, count: rows.count), count: Self.exact.count)
    for (row, one) in rows.enumerated() {
      let bucket = one.bucket
      if hasScale[row], let numbers = Self.numbers(bucket, Int(scales[row])) {
        for (column, number) in numbers.enumerated() { whole[column][row] = number }
      } else {
        let numbers = [bucket.sum, bucket.first, bucket.last, bucket.min, bucket.max]
        for (column, number) in numbers.enumerated() { exact[column][row] = number }
      }
    }
    let isExact = hasScale.map { !$0 }
    return (
      whole.map { ColumnData(values: .int64($0), isPresent: hasScale) },
      exact.map { ColumnData(values: .double($0), isPresent: isExact) }
    )
  }
}

extension RollupRows {
  /// Columns of the rows, in the order of the parquet schema.
  mutating func columns() -> [ColumnData] {
    // By field first: a column's values are then alike from row to row. Of one field they are by series and time.
    var byField: [[Row]] = Array(repeating: [], count: fieldNames.count)
    for row in rows { byField[row.field].append(row) }
    rows = Array(byField.joined())
    return RollupColumns(rows, measurement: measurement, fields: fieldNames).columns
  }
}
