import Lagoon
import Primitives
import Rollups
import Text

/// Rollups as an Arrow stream, made batch by batch: the group's name if there are groups, the bucket's time, and the
/// aggregates asked for.
struct ArrowPieces: PieceSource {
  private let answer: RollupAnswer
  private let query: RollupQuery
  private let firstAggregate: Int
  private var columns: [ArrowColumn] = []
  private var stream: ArrowStream
  private var group = 0
  private var bucket = 0
  private var isDone = false

  var heldBytes: Int { answer.byteCount }
  var rowCount: Int { answer.groups.reduce(0) { $0 + $1.count } }

  init(_ answer: RollupAnswer, query: RollupQuery) {
    self.answer = answer
    self.query = query
    if let name = query.groupName { columns.append(ArrowColumn(name, .text)) }
    columns.append(ArrowColumn("time", .time))
    firstAggregate = columns.count
    columns += query.aggregates.map { ArrowColumn($0.name, $0 == .count || $0 == .distinct ? .integer : .double) }
    columns.append(ArrowColumn("complete", .boolean))
    stream = ArrowStream(columns: columns)
  }

  mutating func next(to bytes: inout [UInt8]) -> Bool {
    if isDone { return false }
    while group < answer.groups.count && columns[0].count < Limits.arrowBatchRows {
      let current = answer.groups[group]
      let end = min(current.count, bucket + Limits.arrowBatchRows - columns[0].count)
      for index in bucket..<end { append(current.cell(index), of: current.name) }
      bucket = end
      if bucket < current.count { continue }
      group += 1
      bucket = 0
    }
    if columns[0].count > 0 {
      stream.append(batch: columns)
      for index in columns.indices { columns[index].clear() }
    }
    if group == answer.groups.count {
      stream.end()
      isDone = true
    }
    stream.move(to: &bytes)
    return true
  }

  private mutating func append(_ cell: RollupAnswer.Cell, of group: String) {
    if query.groupName != nil { columns[0].append(group) }
    columns[firstAggregate - 1].append(flooredDivision(cell.time, by: Nanos.perMillisecond))
    var quantile = 0
    for (index, aggregate) in query.aggregates.enumerated() {
      switch cell.value(of: aggregate, quantile: &quantile) {
      case .integer(let value): columns[firstAggregate + index].append(value)
      case .double(let value): columns[firstAggregate + index].append(value)
      case .digits(let mantissa, let scale):
        columns[firstAggregate + index].append(Double(NumberFormat.decimal(mantissa: mantissa, scale: scale)) ?? .nan)
      }
    }
    columns[columns.count - 1].append(cell.isComplete)
  }
}
