import Telemetry

/// What the numbers in one lane's records mean, for one journal segment: series and layouts as they were defined.
struct SegmentDictionary {
  /// Where a series' rows go.
  struct SeriesPlace {
    var table: TableBuffer?
    var series: UInt32
    /// Why its rows are not stored, if they are not.
    var refusal: Refusal?
  }

  enum Refusal {
    case shed(ShedReason)
    /// The table has this segment already: the rows were sealed before the process ended.
    case sealed
  }

  /// A list of fields, and the numbers they have in the table that used it last.
  struct Layout {
    var fields: [FieldIdentity]
    var table: ObjectIdentifier?
    /// nil for a field that the table had no room for.
    var columns: [Int?] = []
    /// The columns again, all present: the common case, without an optional a value.
    var plainColumns: [Int] = []
    var isPlain = false
  }

  var series: [SeriesPlace] = []
  var layouts: [Layout] = []

  mutating func removeAll() {
    series.removeAll(keepingCapacity: true)
    layouts.removeAll(keepingCapacity: true)
  }

  mutating func define(series number: Int, as place: SeriesPlace) {
    while series.count <= number { series.append(SeriesPlace(table: nil, series: 0, refusal: .shed(.seriesLimit))) }
    series[number] = place
  }

  mutating func define(layout number: Int, fields: [FieldIdentity]) {
    while layouts.count <= number { layouts.append(Layout(fields: [])) }
    layouts[number] = Layout(fields: fields)
  }

  /// Makes sure that the layout's columns are those of `table`.
  @inline(__always)
  mutating func resolve(layout number: Int, for table: TableBuffer) {
    if layouts[number].table == ObjectIdentifier(table) { return }
    resolveAnew(layout: number, for: table)
  }

  @inline(never)
  private mutating func resolveAnew(layout number: Int, for table: TableBuffer) {
    let columns = layouts[number].fields.map { table.fieldNumber($0) }
    layouts[number].table = ObjectIdentifier(table)
    layouts[number].columns = columns
    layouts[number].plainColumns = columns.compactMap { $0 }
    layouts[number].isPlain = layouts[number].plainColumns.count == columns.count
  }
}
