import Parquet
import Primitives
import Rollups
import Telemetry

/// The buckets of one part of readings, as rows of a rollup table, sorted by device and time.
struct RollupRows {
  private struct Row {
    var device: String
    var tags: String
    var field: String
    var micros: Int64
    var bucket: Bucket
  }

  private var rows: [Row] = []
  private var readings: Int64 = 0
  private let measurement: String

  /// The columns behind `device`, `time` and `received`.
  static let schema: TableSchema = {
    var schema = TableSchema()
    let columns: [(String, ColumnType)] = [
      ("measurement", .string), ("tags", .string), ("field", .string), ("count", .int64), ("sum", .double),
      ("sum_squares", .double), ("min", .double), ("max", .double), ("first", .double),
      ("first_time", .timestampMicros), ("last", .double), ("last_time", .timestampMicros),
    ]
    for (name, type) in columns { _ = schema.column(wireName: name, role: .field, type: type) }
    return schema
  }()

  init(_ source: PartColumns, _ positions: [Int], measurement: String, stepNanos: Int64, precision: TimePrecision) {
    self.measurement = measurement
    let unit = precision.unitNanos
    let step = stepNanos / unit
    var index = 0
    while index < positions.count {
      let first = source.order.places[positions[index]]
      let start = flooredDivision(first.time, by: step)
      var end = index + 1
      while end < positions.count {
        let place = source.order.places[positions[end]]
        if place.rank != first.rank || flooredDivision(place.time, by: step) != start { break }
        end += 1
      }
      let key = source.order.keys[Int(first.rank)]
      for field in source.fields.indices {
        var bucket = Bucket()
        for position in positions[index..<end] { source.add(position, field: field, unit: unit, to: &bucket) }
        if bucket.count == 0 { continue }
        readings += bucket.count
        rows.append(
          Row(
            device: key.device, tags: Self.text(key.tags), field: source.fields[field].name,
            micros: start * stepNanos / Nanos.perMicrosecond, bucket: bucket))
      }
      index = end
    }
  }

  private static func text(_ tags: [SeriesKey.Tag]) -> String {
    tags.isEmpty ? "" : JSONValue.members(tags.map { ($0.name, .string($0.value)) }).serialized
  }

  var count: Int { rows.count }
  var oldest: Int64 { rows.map(\.micros).min() ?? 0 }
  var newest: Int64 { rows.map(\.micros).max() ?? 0 }
  var firstDevice: String { rows.first?.device ?? "" }
  var lastDevice: String { rows.last?.device ?? "" }

  /// Whether the buckets sum up too few readings to be worth their bytes.
  func isTooSparse(_ readingsPerBucket: Int) -> Bool {
    rows.isEmpty || readings < Int64(rows.count * readingsPerBucket)
  }

  /// In the order of the parquet schema: the fixed columns, then `schema`'s.
  var columns: [ColumnData] {
    func strings(_ value: (Row) -> String) -> ColumnData {
      ColumnData(values: .string(StringColumn(rows.map { value($0) })))
    }
    func numbers(_ value: (Row) -> Int64) -> ColumnData { ColumnData(values: .int64(rows.map(value))) }
    func doubles(_ value: (Row) -> Double) -> ColumnData { ColumnData(values: .double(rows.map(value))) }
    let never = [Bool](repeating: false, count: rows.count)
    return [
      strings(\.device), numbers(\.micros),
      ColumnData(values: .int64([Int64](repeating: 0, count: rows.count)), isPresent: never),
      strings { _ in measurement }, strings(\.tags), strings(\.field), numbers(\.bucket.count), doubles(\.bucket.sum),
      doubles(\.bucket.sumSquares), doubles(\.bucket.min), doubles(\.bucket.max), doubles(\.bucket.first),
      numbers { $0.bucket.firstTime / Nanos.perMicrosecond }, doubles(\.bucket.last),
      numbers { $0.bucket.lastTime / Nanos.perMicrosecond },
    ]
  }
}

extension PartColumns {
  /// Adds the number that the row at `position` has in `field`, if any.
  func add(_ position: Int, field: Int, unit: Int64, to bucket: inout Bucket) {
    add(order.places[position], field, unit, &bucket)
    if order.joined.isEmpty { return }
    for place in order.joined[position] ?? [] { add(place, field, unit, &bucket) }
  }

  private func add(_ place: RowOrder.Place, _ field: Int, _ unit: Int64, _ bucket: inout Bucket) {
    guard let column = columnOf(field, source: Int(place.source)) else { return }
    let chunk = sources[Int(place.source)].chunks[Int(place.chunk)]
    guard let value = chunk.double(Int(place.row), column: column) else { return }
    bucket.add(value, at: place.time * unit)
  }
}
