/// What an expression has as its value at all steps.
enum Value: Sendable {
  /// A number a step.
  case scalar([Double])
  case table(SeriesTable)
  case text(String)

  /// How much of the limit it takes.
  var cellCount: Int {
    switch self {
    case .scalar(let column): column.count
    case .table(let table): table.cells.count
    case .text: 0
    }
  }
}
