import Parquet
import Telemetry

/// Which columns of a table do not suit what they hold by now, and what types would.
///
/// A column's type only ever goes up: INT64, decimals of ever more places, DOUBLE. So it changes a few times in a
/// table's life, and never back and forth.
struct TypeNeeds {
  /// Values of a part that must stand in siblings before it is looked at: a handful is no reason to write a table anew…
  static let fewestMisfits = 16
  /// …and neither is one in so many of the table's rows.
  private static let rowsPerMisfit = 100_000

  /// More places than this, or DOUBLE, are dear for all values of a table: half of a part's values must need them…
  private static let placesNear = NumberTally.placesForFew
  /// …or so many of a hundred of the table's.
  private static let farPercent = 100 - NumberTally.leastPercent

  let table: TableState
  /// The type that each column shall have, by its name.
  private(set) var types: [String: ColumnType] = [:]
  /// Types that a part asks for and that the whole table is to be asked about.
  private var far: [String: ColumnType] = [:]

  /// Whether no part asks for anything.
  var isEmpty: Bool { types.isEmpty && far.isEmpty }

  init(_ table: TableState, types: [String: ColumnType] = [:]) {
    self.table = table
    self.types = types
  }

  /// Looks at a part: at its footer, and only where that tells of many values in siblings at the values.
  mutating func look(at reader: ParquetReader) throws {
    let names = Dictionary(uniqueKeysWithValues: reader.schema.columns.enumerated().map { ($1.name, $0) })
    let rows = table.parts.reduce(0) { $0 + $1.rowCount }
    for column in table.schema.columns where column.role == .field && Self.mayChange(column.type) {
      let (misfits, values) = counts(reader, column, names)
      guard misfits >= max(Self.fewestMisfits, rows / Self.rowsPerMisfit), misfits * 1_000 >= values else { continue }
      let tally = try Self.tally(reader, column, table.schema, names)
      guard let type = Self.raised(column.type, for: tally) else { continue }
      let isNear = type != .double && Self.scale(type) <= Self.scale(column.type) + Self.placesNear
      if isNear || tally.fitting(column.type) * 2 <= tally.nonzero {
        types[column.name] = Self.higher(types[column.name], type)
      } else {
        far[column.name] = Self.higher(far[column.name], type)
      }
    }
  }

  /// How many values of a field stand in number siblings of a part, and how many there are, as the footer tells.
  private func counts(_ reader: ParquetReader, _ column: StoredColumn, _ names: [String: Int]) -> (Int, Int) {
    let siblings = [StoredColumn.Role.exact, .text].compactMap { role in
      table.schema.index(wireName: column.wireName, role: role).flatMap { names[table.schema.columns[$0].name] }
    }
    let misfits = siblings.reduce(0) { $0 + Self.valueCount(reader, $1) }
    return (misfits, max(misfits, names[column.name].map { Self.valueCount(reader, $0) } ?? 0))
  }

  /// Takes what a part asks for if enough of the whole table does.
  private mutating func weigh(_ readers: [ParquetReader]) {
    let names = readers.map { reader in
      Dictionary(uniqueKeysWithValues: reader.schema.columns.enumerated().map { ($1.name, $0) })
    }
    for column in table.schema.columns where column.role == .field {
      guard let type = far[column.name] else { continue }
      let all = zip(readers, names).map { counts($0, column, $1) }
      let (misfits, values) = all.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
      if misfits * 100 >= values * Self.farPercent { types[column.name] = Self.higher(types[column.name], type) }
    }
    far = [:]
  }

  /// Asks all parts, and raises what does not do for the magnitudes that the columns of all parts hold, which their footers tell.
  ///
  /// - Returns: names of columns of which some values may then need a `text` sibling.
  mutating func settle(_ readers: [ParquetReader]) -> Set<String> {
    weigh(readers)
    var long: Set<String> = []
    for (name, type) in types {
      for reader in readers {
        guard let column = reader.schema.index(of: name) else { continue }
        let most = Self.largest(reader, column)
        if most >= 1_000_000_000_000_000 { long.insert(name) }
        guard case .decimal(let scale) = type else { continue }
        let places = max(0, scale - Self.scale(reader.schema.columns[column].type))
        let (digits, overflow) = most.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[places].magnitude)
        if overflow || digits >= 1_000_000_000_000_000_000 {
          types[name] = .double
          long.insert(name)
        }
      }
    }
    return long
  }

  private static func mayChange(_ type: ColumnType) -> Bool {
    switch type {
    case .int64, .decimal: true
    case .boolean, .string, .timestampMillis, .timestampMicros, .double: false
    }
  }

  /// Places of a column that is no DOUBLE.
  private static func scale(_ type: ColumnType) -> Int {
    if case .decimal(let scale) = type { return scale }
    return 0
  }

  /// The type that a column becomes so that it suits those numbers; nil if it stays.
  private static func raised(_ type: ColumnType, for tally: NumberTally) -> ColumnType? {
    guard tally.isMisfit(type), let best = tally.best else { return nil }
    guard case .decimal(let scale) = best else { return best }
    if scale > Self.scale(type) { return best }
    // No scale does better. Where even most do not fit it is for the digits before the point.
    return tally.fitsMost(type) ? nil : .double
  }

  private static func higher(_ known: ColumnType?, _ type: ColumnType) -> ColumnType {
    known.flatMap { higher($0, type) } ?? type
  }

  /// The type of two that says all that the other one does; nil if they are not of numbers.
  static func higher(_ left: ColumnType, _ right: ColumnType) -> ColumnType? {
    let types = [left, right]
    guard types.allSatisfy({ mayChange($0) || $0 == .double }) else { return nil }
    if types.contains(.double) { return .double }
    return left == .int64 || right != .int64 && scale(left) < scale(right) ? right : left
  }

  /// How many rows of a column have a value, as the footer tells.
  private static func valueCount(_ reader: ParquetReader, _ column: Int) -> Int {
    reader.rowGroups.reduce(0) { $0 + $1.rowCount - ($1.columns[column].nullCount ?? 0) }
  }

  /// The largest magnitude in a column of whole numbers, as the footer tells; all that there may be if it is silent.
  private static func largest(_ reader: ParquetReader, _ column: Int) -> UInt64 {
    reader.rowGroups.reduce(0) { most, group in
      let info = group.columns[column]
      if info.nullCount == group.rowCount { return most }
      guard case .int64(let low)? = info.min, case .int64(let high)? = info.max else { return .max }
      return max(most, low.magnitude, high.magnitude)
    }
  }

  private static func tally(
    _ reader: ParquetReader, _ column: StoredColumn, _ schema: TableSchema, _ names: [String: Int]
  ) throws -> NumberTally {
    var tally = NumberTally()
    let columns = schema.siblingsLast(of: column.wireName).compactMap { stored in
      names[stored.name].map { (index: $0, role: stored.role) }
    }
    for group in reader.rowGroups.indices {
      var numbers = FieldNumbers(count: reader.rowGroups[group].rowCount)
      for (index, role) in columns {
        numbers.take(
          try reader.read(column: index, rowGroup: group), role: role, type: reader.schema.columns[index].type)
      }
      for row in numbers.doubles.indices where !numbers.doubles[row].isNaN {
        if numbers.scales[row] >= 0 {
          tally.note(tag: .decimal(scale: Int(numbers.scales[row])), payload: numbers.mantissas[row])
        } else {
          tally.note(tag: .double, payload: Int64(bitPattern: numbers.doubles[row].bitPattern))
        }
      }
    }
    return tally
  }
}
