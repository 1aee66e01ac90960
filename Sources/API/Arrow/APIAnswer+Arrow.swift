import Lagoon
import Primitives
import Rollups

extension APIAnswer {
  /// Rollups as an Arrow stream: the group's name if there are groups, the bucket's time, and the aggregates asked for.
  init(arrow answer: RollupAnswer, query: RollupQuery) {
    var columns: [ArrowColumn] = []
    if query.groupBy != .none { columns.append(ArrowColumn(query.groupBy.rawValue, .text)) }
    columns.append(ArrowColumn("time", .time))
    let firstAggregate = columns.count
    columns += query.aggregates.map { ArrowColumn($0.name, $0 == .count || $0 == .distinct ? .integer : .double) }
    columns.append(ArrowColumn("complete", .boolean))
    let complete = columns.count - 1
    var stream = ArrowStream(columns: columns)
    for group in answer.groups {
      for cell in group.cells {
        if query.groupBy != .none { columns[0].append(group.name) }
        columns[firstAggregate - 1].append(flooredDivision(cell.time, by: Nanos.perMillisecond))
        var quantile = 0
        for (index, aggregate) in query.aggregates.enumerated() {
          switch cell.value(of: aggregate, quantile: &quantile) {
          case .integer(let value): columns[firstAggregate + index].append(value)
          case .double(let value): columns[firstAggregate + index].append(value)
          }
        }
        columns[complete].append(cell.isComplete)
        if columns[0].count == ArrowStream.largestBatch { Self.move(&columns, to: &stream) }
      }
    }
    if columns[0].count > 0 { Self.move(&columns, to: &stream) }
    stream.end()
    self.init(bytes: stream.bytes, contentType: ArrowStream.contentType)
  }

  private static func move(_ columns: inout [ArrowColumn], to stream: inout ArrowStream) {
    stream.append(batch: columns)
    for index in columns.indices { columns[index].clear() }
  }
}
