import Parquet
import Primitives
import Rollups
import Telemetry

/// The buckets of one part of readings, as rows of a rollup table, sorted by device and time.
///
/// They are summed up while the part is written, field by field, since each value is at hand then. A bucket that two row
/// groups share stands in two rows: whoever reads buckets adds them up.
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

  /// Rows of one series and step.
  private struct Group {
    /// Indices of the cells that are summed up now.
    var rows: Range<Int>
    var rank: UInt32
    /// The step's number since 1970.
    var start: Int64
  }

  /// A bucket that was summed up: it stands under its group and its field, in that order.
  private struct Found {
    var group: Int
    var field: Int
    var bucket: Bucket
  }

  private let stepNanos: Int64
  private let unitNanos: Int64
  private var groups: [Group] = []
  /// Where the groups of the cells that are summed up now begin.
  private var firstGroup = 0
  private var found: [Found] = []
  private var summedRows = 0
  /// Groups and rows that were let go of.
  private var forgottenGroups = 0
  private var forgottenRows = 0
  private var isSparse = false
  private let leastReadings: Int

  /// - Parameter leastReadings: readings per bucket below which, on the average, buckets are not worth their bytes.
  init(measurement: String, stepNanos: Int64, precision: TimePrecision, leastReadings: Int) {
    self.leastReadings = leastReadings
    self.measurement = measurement
    self.stepNanos = stepNanos
    unitNanos = precision.unitNanos
  }

  /// Tells which rows, in which order and of which times, the cells of the next calls of `add` are of.
  mutating func begin(_ positions: [UInt32], times: [Int64], of order: RowOrder) {
    firstGroup = groups.count
    let step = stepNanos / unitNanos
    var index = 0
    while index < positions.count {
      let rank = order.places[Int(positions[index])].rank
      let start = flooredDivision(times[index], by: step)
      let inStep = start * step..<(start + 1) * step
      var end = index + 1
      while end < positions.count && inStep.contains(times[end])
        && order.places[Int(positions[end])].rank == rank
      {
        end += 1
      }
      groups.append(Group(rows: index..<end, rank: rank, start: start))
      index = end
    }
    summedRows += positions.count
    // A bucket sums up at most one reading a row. What was once left out stays out: a bucket too few would be a lie.
    isSparse = isSparse || summedRows < (forgottenGroups + groups.count) * leastReadings
  }

  /// Sums up one field's cells.
  mutating func add(_ cells: borrowing ColumnCells, field: Int, times: [Int64]) {
    if isSparse { return }
    for number in firstGroup..<groups.count {
      var bucket = Bucket()
      for index in groups[number].rows {
        let tag = cells.tag(index)
        if tag == .null { continue }
        if let value = DecimalNumber.double(tag: tag, payload: cells.payload(index)) {
          bucket.add(value, at: times[index] * unitNanos)
        }
      }
      if bucket.count > 0 { found.append(Found(group: number, field: field, bucket: bucket)) }
    }
  }

  /// Makes rows of all that was added.
  mutating func finish(_ source: PartColumns) {
    if isSparse { found = [] }
    found.sort { ($0.group, $0.field) < ($1.group, $1.field) }
    rows.reserveCapacity(found.count)
    var rank: UInt32?
    var key = SeriesKey(measurement: measurement, device: "")
    for one in found {
      if groups[one.group].rank != rank {
        rank = groups[one.group].rank
        key = SeriesKey(canonicalBytes: source.order.key(groups[one.group].rank).bytes) ?? key
      }
      readings += one.bucket.count
      rows.append(
        Row(
          device: key.device, tags: Self.text(key.tags), field: source.fields[one.field].name,
          micros: groups[one.group].start * stepNanos / Nanos.perMicrosecond, bucket: one.bucket))
    }
    found = []
    forgottenGroups += groups.count
    groups = []
  }

  /// Lets go of the rows, which were written.
  mutating func forgetRows() {
    forgottenRows += rows.count
    rows = []
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
  var isTooSparse: Bool {
    let count = forgottenRows + rows.count
    return isSparse || count == 0 || readings < Int64(count * leastReadings)
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
