import Parquet

/// A column in the plainest form: one optional value a row. Doubles are held as bit patterns, so that NaN equals itself
/// and -0.0 does not equal 0.0.
enum Cells: Equatable {
  case boolean([Bool?])
  case int64([Int64?])
  case double([UInt64?])
  case string([String?])

  init(_ values: [Double?]) {
    self = .double(values.map { $0?.bitPattern })
  }

  init(_ data: ColumnData) {
    func cells<Cell>(_ cell: (Int) -> Cell) -> [Cell?] {
      (0..<data.count).map { data.isPresent(at: $0) ? cell($0) : nil }
    }
    switch data.values {
    case .boolean(let values): self = .boolean(cells { values[$0] })
    case .int64(let values): self = .int64(cells { values[$0] })
    case .double(let values): self = .double(cells { values[$0].bitPattern })
    case .string(let values): self = .string(cells { values.string(at: $0) })
    }
  }

  /// As the writer takes them. Null rows get odd placeholders, which must not show.
  func data(isOptional: Bool) -> ColumnData {
    func presence<Cell>(_ cells: [Cell?]) -> [Bool]? { isOptional ? cells.map { $0 != nil } : nil }
    switch self {
    case .boolean(let cells):
      return ColumnData(values: .boolean(cells.map { $0 ?? true }), isPresent: presence(cells))
    case .int64(let cells):
      return ColumnData(values: .int64(cells.map { $0 ?? .min }), isPresent: presence(cells))
    case .double(let cells):
      let values = cells.map { Double(bitPattern: $0 ?? Double.nan.bitPattern) }
      return ColumnData(values: .double(values), isPresent: presence(cells))
    case .string(let cells):
      return ColumnData(values: .string(StringColumn(cells)), isPresent: presence(cells))
    }
  }

  subscript(rows: Range<Int>) -> Cells {
    switch self {
    case .boolean(let cells): .boolean(Array(cells[rows]))
    case .int64(let cells): .int64(Array(cells[rows]))
    case .double(let cells): .double(Array(cells[rows]))
    case .string(let cells): .string(Array(cells[rows]))
    }
  }

  var count: Int {
    switch self {
    case .boolean(let cells): cells.count
    case .int64(let cells): cells.count
    case .double(let cells): cells.count
    case .string(let cells): cells.count
    }
  }
}
