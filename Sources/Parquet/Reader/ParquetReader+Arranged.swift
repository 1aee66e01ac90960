extension ParquetReader {
  /// Whether our writer wrote the file.
  public var isOurs: Bool { checksums != nil }

  /// The same file with those columns first, in that order and of those types, whatever program wrote it: times are
  /// brought to the unit that is wanted (what is finer is cut), and an optional column that the file lacks has no values.
  ///
  /// - Throws: `ParquetError` if a column is missing or of another kind.
  public func arranged(_ leading: [ColumnSchema]) throws(ParquetError) -> ParquetReader {
    if schema.columns.prefix(leading.count).elementsEqual(leading) { return self }
    var places: [Int?] = []
    var units: [Int: TimeUnitChange] = [:]
    for (number, wanted) in leading.enumerated() {
      let place = schema.index(of: wanted.name)
      places.append(place)
      guard let place else {
        if wanted.isOptional { continue }
        throw ParquetError("schema", "it has no column \(wanted.name)")
      }
      let found = schema.columns[place].type
      if found == wanted.type { continue }
      switch (found, wanted.type) {
      case (.timestampMicros, .timestampMillis): units[number] = .cut
      case (.timestampMillis, .timestampMicros): units[number] = .widen
      default: throw ParquetError("column \(wanted.name)", "it is \(found), not \(wanted.type)")
      }
    }
    let taken = Set(places.compactMap { $0 })
    places += schema.columns.indices.filter { !taken.contains($0) }.map { $0 }
    var columns = leading
    for (number, place) in places.enumerated() {
      guard let place else { continue }
      // Whether there may be nulls is the file's to say.
      if number < leading.count {
        columns[number].isOptional = schema.columns[place].isOptional
      } else {
        columns.append(schema.columns[place])
      }
    }
    return ParquetReader(self, columns: columns, places: places, units: units)
  }
}

/// How a column's times are brought to another unit.
enum TimeUnitChange: Sendable {
  /// Microseconds to milliseconds, rounded down.
  case cut
  /// Milliseconds to microseconds.
  case widen

  func apply(_ value: Int64) -> Int64 {
    switch self {
    case .cut:
      let (quotient, rest) = value.quotientAndRemainder(dividingBy: 1_000)
      return rest < 0 ? quotient - 1 : quotient
    case .widen:
      let (product, overflow) = value.multipliedReportingOverflow(by: 1_000)
      return overflow ? (value < 0 ? .min : .max) : product
    }
  }

  func apply(_ data: ColumnData) -> ColumnData {
    guard case .int64(let values) = data.values else { return data }
    return ColumnData(values: .int64(values.map { apply($0) }), isPresent: data.isPresent)
  }

  func apply(_ bound: ColumnBound?) -> ColumnBound? {
    guard case .int64(let value)? = bound else { return bound }
    return .int64(apply(value))
  }
}
