import Parquet
import Primitives
import Rollups
import Telemetry

/// The buckets of one part of readings, as rows of a rollup table, sorted by field, series and time.
///
/// They are summed up while the part is written, field by field, since each value is at hand then. A bucket that two row
/// groups share stands in two rows: whoever reads buckets adds them up.
struct RollupRows {
  struct Row {
    var device: String
    var tags: String
    var field: Int
    var micros: Int64
    var bucket: Bucket
    var sketch: QuantileSketch?
    /// What a counter rose by inside; nil where it is not known, or the field is none.
    var rise: ExactSum?
  }

  var rows: [Row] = []
  private var readings: Int64 = 0
  let measurement: String
  /// Of the part's columns, by the number that rows have.
  private(set) var fieldNames: [String] = []

  /// Rows of one series and step.
  private struct Group {
    /// Indices of the cells that are summed up now.
    var rows: Range<Int>
    var rank: UInt32
    /// The step's number since 1970.
    var start: Int64
  }

  /// A bucket that was summed up: it stands under its field and its group, in that order.
  private struct Found {
    var group: Int
    var field: Int
    var bucket: Bucket
    var sketch: QuantileSketch?
    var rise: ExactSum?
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
  private let keepsSketches: Bool
  /// By field: its readings, and those below the one before.
  private var counted: [(readings: Int64, falls: Int64)] = []

  /// Readings of a bucket below which a sketch is not worth its bytes.
  static let leastSketched: Int64 = 120
  /// A field of which more than one reading of so many is below the one before is no counter.
  private static let leastReadingsAFall: Int64 = 50

  /// - Parameter leastReadings: readings per bucket below which, on the average, buckets are not worth their bytes.
  init(measurement: String, step: StoredStep, precision: TimePrecision, leastReadings: Int) {
    self.leastReadings = leastReadings
    self.measurement = measurement
    stepNanos = step.nanos
    keepsSketches = step == .hour
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
      let rows = groups[number].rows
      var rises = CellRises()
      let quick = Bucket(decimals: cells, rows, times, unitNanos, rises: &rises)
      let bucket = quick ?? Bucket(cells, rows, times, unitNanos)
      if bucket.count == 0 { continue }
      while counted.count <= field { counted.append((0, 0)) }
      counted[field].readings += bucket.count
      counted[field].falls += rises.falls
      var sketch: QuantileSketch?
      if keepsSketches && bucket.count >= Self.leastSketched { sketch = Self.sketch(cells, rows) }
      found.append(
        Found(group: number, field: field, bucket: bucket, sketch: sketch, rise: quick == nil ? nil : rises.sum))
    }
  }

  private static func sketch(_ cells: borrowing ColumnCells, _ rows: Range<Int>) -> QuantileSketch {
    var sketch = QuantileSketch()
    for index in rows {
      guard let value = DecimalNumber.double(tag: cells.tag(index), payload: cells.payload(index)), value.isFinite
      else {
        continue
      }
      sketch.add(value)
    }
    return sketch
  }

  /// Makes rows of all that was added.
  mutating func finish(_ source: PartColumns) {
    if isSparse { found = [] }
    fieldNames = source.fields.map(\.name)
    rows.reserveCapacity(rows.count + found.count)
    var rank: UInt32?
    var key = SeriesKey(measurement: measurement, device: "")
    var tags = ""
    for one in found {
      let group = groups[one.group]
      if group.rank != rank {
        rank = group.rank
        key = SeriesKey(canonicalBytes: source.order.key(group.rank).bytes) ?? key
        tags = RollupTags.text(of: key.tags)
      }
      readings += one.bucket.count
      rows.append(
        Row(
          device: key.device, tags: tags, field: one.field, micros: group.start * stepNanos / Nanos.perMicrosecond,
          bucket: one.bucket, sketch: one.sketch, rise: isCounter(one.field) ? one.rise : nil))
    }
    found = []
    forgottenGroups += groups.count
    groups = []
  }

  /// Whether a field falls seldom, as counters do. What others rose by would weigh as much as all else that is kept of
  /// them, and nobody asks for it.
  private func isCounter(_ field: Int) -> Bool {
    counted[field].falls * Self.leastReadingsAFall <= counted[field].readings
  }

  /// Lets go of the rows, which were written.
  mutating func forgetRows() {
    forgottenRows += rows.count
    rows = []
  }

  var count: Int { rows.count }
  var oldest: Int64 { rows.map(\.micros).min() ?? 0 }
  var newest: Int64 { rows.map(\.micros).max() ?? 0 }
  var firstDevice: String { rows.min { $0.device.utf8.lexicographicallyPrecedes($1.device.utf8) }?.device ?? "" }
  var lastDevice: String { rows.max { $0.device.utf8.lexicographicallyPrecedes($1.device.utf8) }?.device ?? "" }

  /// Whether the buckets sum up too few readings to be worth their bytes.
  var isTooSparse: Bool {
    let count = forgottenRows + rows.count
    return isSparse || count == 0 || readings < Int64(count * leastReadings)
  }
}

/// What cells of one series rose by, as a counter does.
struct CellRises {
  var sum = ExactSum()
  /// How many are below the one before.
  var falls: Int64 = 0
}

extension Bucket {
  /// Sums up cells of one series in the order of their times.
  init(_ cells: borrowing ColumnCells, _ rows: Range<Int>, _ times: [Int64], _ unitNanos: Int64) {
    self.init()
    for index in rows {
      let tag = cells.tag(index)
      if tag == .null { continue }
      add(tag: tag, payload: cells.payload(index), at: times[index] * unitNanos)
    }
  }

  /// The same of decimals that a double holds with all their digits, as most numbers are: whole numbers are summed up and
  /// compared, and doubles are made of the bucket's numbers alone. nil if there are others, or none.
  ///
  /// - Parameter rises: what a counter rose by from one to the next.
  init?(
    decimals cells: borrowing ColumnCells, _ rows: Range<Int>, _ times: [Int64], _ unitNanos: Int64,
    rises: inout CellRises
  ) {
    var scale = -1
    for index in rows {
      let tag = cells.tag(index)
      if tag == .null { continue }
      let own = tag == .integer ? 0 : tag.isDecimal ? tag.scale : ExactSum.places + 1
      scale = Swift.max(scale, own)
    }
    guard (0...ExactSum.places).contains(scale) else { return nil }
    var (count, first, last) = (0, 0, 0)
    var (sum, least, largest): (Int64, Int64, Int64) = (0, .max, .min)
    var (risen, falls): (Int64, Int64) = (0, 0)
    var (firstNumber, lastNumber): (Int64, Int64) = (0, 0)
    // Nearly always all of them have as many places. The table of powers is copied when it is asked, so it is asked seldom.
    var (known, factor): (ValueTag, Int64) = (.null, 1)
    for index in rows {
      let tag = cells.tag(index)
      if tag == .null { continue }
      if tag != known {
        known = tag
        factor = DecimalNumber.powersOfTen[scale - (tag == .integer ? 0 : tag.scale)]
      }
      let (number, isTooLarge) = cells.payload(index).multipliedReportingOverflow(by: factor)
      if isTooLarge || WideNumber.isWide(number) { return nil }
      if count == 0 {
        (first, firstNumber) = (index, number)
      } else {
        // One below the one before is a reset: the counter rose from 0.
        let isFall = number < lastNumber
        falls &+= isFall ? 1 : 0
        let (total, isTooMuch) = risen.addingReportingOverflow(isFall ? Swift.max(0, number) : number - lastNumber)
        if isTooMuch { return nil }
        risen = total
      }
      (last, lastNumber) = (index, number)
      count &+= 1
      least = Swift.min(least, number)
      largest = Swift.max(largest, number)
      let (total, isTooMuch) = sum.addingReportingOverflow(number)
      if isTooMuch { return nil }
      sum = total
    }
    var total = ExactSum()
    total.add(mantissa: sum, scale: scale)
    rises.sum.add(mantissa: risen, scale: scale)
    rises.falls = falls
    func double(_ number: Int64) -> Double { DecimalNumber.double(mantissa: number, scale: scale) }
    self.init(
      count: Int64(count), total: total, min: double(least), max: double(largest), first: double(firstNumber),
      firstTime: times[first] * unitNanos, last: double(lastNumber), lastTime: times[last] * unitNanos)
  }

  /// Adds a reading as it is stored, if it is a number.
  mutating func add(tag: ValueTag, payload: Int64, at time: UnixNanos) {
    guard let value = DecimalNumber.double(tag: tag, payload: payload) else { return }
    let scale = tag.isDecimal ? tag.scale : tag == .integer ? 0 : ExactSum.places + 1
    if scale <= ExactSum.places {
      add(value, mantissa: payload, scale: scale, at: time)
    } else {
      add(value, at: time)
    }
  }
}
