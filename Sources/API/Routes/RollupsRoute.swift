import Access
import Lagoon
import Primitives
import Rollups
import Text

extension APIRoute {
  static let rollups = APIRoute(
    "/v1/rollups",
    [.required("measurement"), .required("field"), .required("step")]
      + Parameter.optional(
        "from", "to", "aggregate", "area", "class", "domain", "agency", "device", "group_by", "level", "format", "tag.*"
      ), access: .permitted(.read)
  ) { call in
    let query = try RollupQuery(call)
    let view = call.view(of: [.readings(query.measurement)])
    let answer = try call.asked { try query.run(on: view, directory: call.directory, zone: call.model.zone) }
    if answer.groups.isEmpty { try call.requireDevice(query.filter.device) }
    let made =
      switch try call.parameters.choice("format", of: RollupFormat.self) ?? .json {
      case .json: APIAnswer(json: RollupPieces(answer, query: query, view: view))
      case .csv: APIAnswer(csv: csv(answer, query: query))
      case .arrow: APIAnswer(ArrowPieces(answer, query: query), contentType: ArrowStream.contentType)
      }
    return query.isClosed(at: view.watermark, zone: call.model.zone) ? made.tagged() : made
  }

  private static func csv(_ answer: RollupAnswer, query: RollupQuery) -> CSVPieces {
    var head = CSVWriter()
    if let name = query.groupName { head.cell(name) }
    head.cell("time")
    for aggregate in query.aggregates { head.cell(aggregate.name) }
    head.cell("complete")
    head.endRow()
    // Where each group's rows begin.
    var starts = [0]
    for group in answer.groups { starts.append(starts[starts.count - 1] + group.count) }
    let rows = starts[starts.count - 1]
    return CSVPieces(heldBytes: answer.byteCount, head: head, rows: rows) { [starts] row, csv in
      let number = starts.partition(after: row) - 1
      let group = answer.groups[number]
      let cell = group.cell(row - starts[number])
      if query.groupName != nil { csv.cell(group.name) }
      csv.cell(RFC3339.text(cell.time))
      var quantile = 0
      for aggregate in query.aggregates {
        switch cell.value(of: aggregate, quantile: &quantile) {
        case .integer(let value): csv.cell(value)
        case .double(let value): csv.cell(value)
        case .digits(let mantissa, let scale): csv.cell(mantissa: mantissa, scale: scale)
        }
      }
      csv.cell(cell.isComplete ? "true" : "false")
      csv.endRow()
    }
  }
}

extension [Int] {
  /// How many of them, which ascend, are not above a value.
  fileprivate func partition(after value: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension RollupQuery {
  /// Reads the parameters. Without a range it is the 24 hours that end with the bucket of now.
  fileprivate init(_ call: APICall) throws {
    let parameters = call.parameters
    let stepText = try parameters.required("step")
    guard let step = Step(stepText) else {
      throw APIProblem.badParameter(
        "step", value: stepText, cause: "it must be a number of minutes, hours or whole days, such as 5m, 1h or 1d")
    }
    let range = try parameters.range()
    let to = range.to ?? max(step.bucket(of: call.model.now, zone: call.model.zone).end, (range.from ?? .min) + 1)
    let from = range.from ?? to - Nanos.perDay
    let groupTag = parameters.groupTag()
    let groupBy = groupTag == nil ? try parameters.choice("group_by", of: GroupBy.self) ?? .none : .none
    self.init(
      measurement: try parameters.required("measurement"), field: try parameters.required("field"), step: step,
      from: from, to: to, aggregates: try Self.aggregates(parameters), filter: try call.filter(),
      groupBy: groupBy, level: try parameters.level(groupBy: groupBy), groupTag: groupTag)
  }

  /// Whether the last bucket asked for had ended: only late rows, or another registry, change the answer then.
  fileprivate func isClosed(at watermark: UnixNanos, zone: TimeZoneRules) -> Bool {
    step.bucket(of: to - 1, zone: zone).end <= watermark
  }

  private static func aggregates(_ parameters: QueryParameters) throws -> [Aggregate] {
    guard let text = parameters.text("aggregate") else { return defaultAggregates }
    var aggregates: [Aggregate] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let aggregate = Aggregate(name: String(name)) else {
        throw APIProblem.badParameter(
          "aggregate", value: text,
          cause:
            "each must be one of avg, min, max, sum, count, first, last, stddev, increase, rate, distinct, or a quantile such as p95"
        )
      }
      if aggregates.contains(aggregate) { continue }
      if aggregates.count == Limits.aggregates {
        throw APIProblem.badParameter(
          "aggregate", value: text, cause: "there may be \(Limits.aggregates) at the most")
      }
      aggregates.append(aggregate)
    }
    return aggregates
  }
}
