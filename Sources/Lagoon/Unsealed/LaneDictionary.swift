import Primitives
import Telemetry

/// What the numbers in one lane's records mean: its series and layouts as they were defined.
struct LaneDictionary: ~Copyable {
  /// Where a series' rows go.
  struct SeriesPlace: BitwiseCopyable {
    /// Index of `tables`; `nowhere` if its rows are not stored.
    var table: UInt32
    var series: UInt32
    /// The shape of its last row, the likely one of its next: index of `shapes`, or `nowhere`.
    var shape: UInt32
  }

  /// Why a series' rows are not stored.
  enum Refusal {
    /// It was never defined.
    case undefined
    case shed(ShedReason)
    /// The table has this segment already: the rows were sealed before the process ended.
    case sealed
  }

  /// A layout in one table: the columns that its values go to.
  struct Shape: BitwiseCopyable {
    var table: UInt32
    var layout: UInt32
    /// Indices of `columns`.
    var firstColumn: Int
    var columnCount: Int
  }

  static let nowhere = UInt32.max

  private(set) var places = GrowingSlab<SeriesPlace>()
  private(set) var tables: [TableBuffer] = []
  private(set) var shapes = GrowingSlab<Shape>()
  /// The columns of all shapes.
  private(set) var columns = GrowingSlab<Int32>()
  /// By number; nil where none is defined, which is not the same as one without fields.
  private var layouts: [[FieldIdentity]?] = []
  private var tableNumbers: [ObjectIdentifier: UInt32] = [:]
  /// By table and layout.
  private var shapeNumbers: [UInt64: UInt32] = [:]
  /// By series, of those that are stored nowhere.
  private var refusals: [UInt32: Refusal] = [:]

  /// Whether rows of that series have a table to go to.
  func isPlaced(_ number: Int) -> Bool {
    number < places.count && places[number].table != Self.nowhere
  }

  @inline(__always)
  func hasLayout(_ number: Int) -> Bool { number < layouts.count && layouts[number] != nil }

  func fieldCount(ofLayout number: Int) -> Int { hasLayout(number) ? layouts[number]?.count ?? 0 : 0 }

  /// Why the rows of that series are not stored.
  func refusal(_ number: Int) -> Refusal {
    refusals[UInt32(truncatingIfNeeded: number)] ?? .undefined
  }

  mutating func place(_ number: Int, in table: TableBuffer, as series: UInt32) {
    let index: UInt32
    if let known = tableNumbers[ObjectIdentifier(table)] {
      index = known
    } else {
      index = UInt32(tables.count)
      tables.append(table)
      tableNumbers[ObjectIdentifier(table)] = index
    }
    refusals[UInt32(truncatingIfNeeded: number)] = nil
    put(SeriesPlace(table: index, series: series, shape: Self.nowhere), at: number)
  }

  mutating func refuse(_ number: Int, _ refusal: Refusal) {
    refusals[UInt32(truncatingIfNeeded: number)] = refusal
    put(SeriesPlace(table: Self.nowhere, series: 0, shape: Self.nowhere), at: number)
  }

  /// Whether the table of that series, which must be placed, has given way to another buffer.
  @inline(__always)
  func isGivenWay(_ number: Int) -> Bool { tables[Int(places[number].table)].successor != nil }

  /// Places a series in the buffer that has taken its table's place.
  @inline(never)
  mutating func follow(_ number: Int) {
    let former = tables[Int(places[number].table)]
    var table = former
    while let successor = table.successor { table = successor }
    let formerSeries = former.series
    guard let series = table.seriesNumber(formerSeries.canonicalKey(places[number].series)) else {
      return refuse(number, .shed(.seriesLimit))
    }
    place(number, in: table, as: series)
  }

  private mutating func put(_ place: SeriesPlace, at number: Int) {
    places.grow(to: number + 1, repeating: SeriesPlace(table: Self.nowhere, series: 0, shape: Self.nowhere))
    places[number] = place
  }

  mutating func define(layout number: Int, fields: [FieldIdentity]) {
    while layouts.count <= number { layouts.append(nil) }
    layouts[number] = fields
  }

  /// The shape of that series' rows with that layout. The series must be placed, the layout defined.
  @inline(__always)
  mutating func shape(ofSeries number: Int, layout: Int) -> UInt32 {
    let likely = places[number].shape
    if likely != Self.nowhere && shapes[Int(likely)].layout == UInt32(truncatingIfNeeded: layout) { return likely }
    return findShape(ofSeries: number, layout: layout)
  }

  @inline(never)
  private mutating func findShape(ofSeries number: Int, layout: Int) -> UInt32 {
    let table = places[number].table
    let key = UInt64(table) << 32 | UInt64(UInt32(truncatingIfNeeded: layout))
    if let known = shapeNumbers[key] {
      places[number].shape = known
      return known
    }
    guard let fields = layouts[layout] else { fatalError("BUG: a layout that is not defined") }
    let numbers = fields.map { tables[Int(table)].fieldNumber($0) }
    let shape = UInt32(shapes.count)
    shapes.append(
      Shape(
        table: table, layout: UInt32(truncatingIfNeeded: layout), firstColumn: columns.count,
        columnCount: numbers.count))
    for number in numbers { columns.append(Int32(number)) }
    shapeNumbers[key] = shape
    places[number].shape = shape
    return shape
  }
}
