import Primitives
import Telemetry

/// What the rows of one series and instant say together: which of them are one row, and whether another one would say
/// anything new. Memory, seals, compactions and late rows all ask it, so that they agree.
///
/// - A row is doubled if one row of the instant holds each of its fields with an equal value, be it a row as it came
///   or one that was joined of several.
/// - Otherwise it is joined with the first row that has none of its fields, or stands by itself.
///
/// Adding a row takes time in proportion to its own fields, however many rows the instant has: an equal row is found by
/// its fingerprint; rows that say only a part, and rows to be joined with, are looked for among the newest
/// `Limits.rowsComparedAtInstant`. A fingerprint only leads to a row: values are compared as they are.
struct InstantRows {
  /// What a row is among those that came before it.
  enum Verdict: Equatable {
    case doubled
    /// It is one with the row of that number, counted from 0 in the order in which they began.
    case joined(Int)
    case new
  }

  /// A row where it lies.
  struct Place {
    var chunk: RowChunk
    var row: Int
    /// The table's number of each column of the chunk, -1 for none; nil where columns have those numbers already.
    var fields: [Int]?

    /// The table's number of a column; -1 for none.
    func field(of column: Int) -> Int {
      fields.map { column < $0.count ? $0[column] : -1 } ?? column
    }

    /// The columns by the table's numbers.
    var columnsByField: [Int: Int] {
      var columns: [Int: Int] = [:]
      for column in 0..<chunk.columnCount where field(of: column) >= 0 { columns[field(of: column)] = column }
      return columns
    }
  }

  private struct CellKey: Hashable {
    var group: Int32
    var field: Int32
  }

  private struct CellPlace {
    var place: Int32
    var column: Int32
  }

  /// A field's value in a row that is looked at.
  struct Cell {
    var field: Int32
    var column: Int32
    var hash: UInt64
  }

  private var places: [Place] = []
  /// How many rows there are when those that belong together are joined.
  private(set) var groupCount = 0
  /// The sum of the cells' hashes, by group.
  private var sums: [UInt64] = []
  private var groupByFingerprint: [UInt64: Int32] = [:]
  private var cellPlaces: [CellKey: CellPlace] = [:]
  /// In how many groups a field has a value.
  private var groupsByField: [Int32: Int32] = [:]

  /// How many rows were entered.
  var count: Int { places.count }

  /// What the row is; enters it unless it is doubled.
  mutating func add(_ place: Place) -> Verdict {
    let cells = Self.cells(of: place)
    var sum: UInt64 = 0
    for cell in cells { sum &+= cell.hash }
    let verdict = verdict(place, cells, sum)
    switch verdict {
    case .doubled: break
    case .joined(let group): enter(place, cells, sum, into: group)
    case .new:
      groupCount += 1
      sums.append(0)
      enter(place, cells, sum, into: groupCount - 1)
    }
    return verdict
  }

  private func verdict(_ place: Place, _ cells: [Cell], _ sum: UInt64) -> Verdict {
    if groupCount == 0 { return .new }
    if let group = groupByFingerprint[sum], holds(Int(group), cells, of: place) { return .doubled }
    let newest = max(0, groupCount - Limits.rowsComparedAtInstant)..<groupCount
    for group in newest.reversed() where holds(group, cells, of: place) { return .doubled }
    // A field that every row has leaves none to be joined with.
    if cells.contains(where: { groupsByField[$0.field].map { Int($0) == groupCount } ?? false }) { return .new }
    for group in newest where isDisjoint(group, cells) { return .joined(group) }
    return .new
  }

  /// Whether that group holds each of the cells with an equal value.
  private func holds(_ group: Int, _ cells: [Cell], of place: Place) -> Bool {
    for cell in cells {
      guard let known = cellPlaces[CellKey(group: Int32(group), field: cell.field)] else { return false }
      let other = places[Int(known.place)]
      let isEqual = Self.isEqual(
        place.chunk, place.row, Int(cell.column), other.chunk, other.row, Int(known.column))
      if !isEqual { return false }
    }
    return true
  }

  private func isDisjoint(_ group: Int, _ cells: [Cell]) -> Bool {
    for cell in cells where cellPlaces[CellKey(group: Int32(group), field: cell.field)] != nil { return false }
    return true
  }

  private mutating func enter(_ place: Place, _ cells: [Cell], _ sum: UInt64, into group: Int) {
    let number = Int32(places.count)
    places.append(place)
    for cell in cells {
      cellPlaces[CellKey(group: Int32(group), field: cell.field)] = CellPlace(place: number, column: cell.column)
      groupsByField[cell.field, default: 0] += 1
    }
    sums[group] &+= sum
    // The row as it came, and what it became with those it was joined with.
    groupByFingerprint[sum] = Int32(group)
    groupByFingerprint[sums[group]] = Int32(group)
  }

  /// Whether `other` holds each value that `row` has: what `add` finds of two rows.
  static func says(_ other: Place, all row: Place) -> Bool {
    let (chunk, otherChunk) = (row.chunk, other.chunk)
    var columns: [Int: Int]?
    for column in 0..<chunk.columnCount where chunk.tag(row.row, column: column) != .null {
      let field = row.field(of: column)
      if field < 0 { continue }
      var otherColumn = column
      if other.field(of: column) != field {
        // The columns of both stand in different orders: seldom, and then found once.
        let made = columns ?? other.columnsByField
        columns = made
        guard let found = made[field] else { return false }
        otherColumn = found
      }
      if otherColumn >= otherChunk.columnCount
        || !isEqual(chunk, row.row, column, otherChunk, other.row, otherColumn)
      {
        return false
      }
    }
    return true
  }

  // MARK: cells

  /// Every value of a row.
  private static func cells(of place: Place) -> [Cell] {
    let chunk = place.chunk
    var cells: [Cell] = []
    for column in 0..<chunk.columnCount where chunk.tag(place.row, column: column) != .null {
      let field = place.field(of: column)
      if field < 0 { continue }
      let hash = hash(chunk, place.row, column, field: field)
      cells.append(Cell(field: Int32(truncatingIfNeeded: field), column: Int32(column), hash: hash))
    }
    return cells
  }

  private static let seed = Secret.word

  private static func hash(_ chunk: RowChunk, _ row: Int, _ column: Int, field: Int) -> UInt64 {
    let tag = chunk.tag(row, column: column)
    let payload = chunk.payload(row, column: column)
    var hash = mix(seed ^ UInt64(truncatingIfNeeded: field))
    if tag == .string {
      hash = mix(hash ^ UInt64(tag.rawValue))
      for byte in chunk.text(payload) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      return mix(hash)
    }
    let plain = DecimalNumber.canonical(tag: tag, payload: payload)
    hash = mix(hash ^ UInt64(plain.tag.rawValue))
    return mix(hash ^ UInt64(bitPattern: plain.payload))
  }

  /// The finalizer of splitmix64.
  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Whether two values are one, whatever form each came in.
  private static func isEqual(
    _ chunk: RowChunk, _ row: Int, _ column: Int, _ other: RowChunk, _ otherRow: Int, _ otherColumn: Int
  ) -> Bool {
    let tag = chunk.tag(row, column: column)
    let otherTag = other.tag(otherRow, column: otherColumn)
    let payload = chunk.payload(row, column: column)
    let otherPayload = other.payload(otherRow, column: otherColumn)
    if tag == .string || otherTag == .string {
      return tag == otherTag && chunk.text(payload).elementsEqual(other.text(otherPayload))
    }
    if tag == otherTag && payload == otherPayload { return true }
    return DecimalNumber.canonical(tag: tag, payload: payload)
      == DecimalNumber.canonical(tag: otherTag, payload: otherPayload)
  }
}
