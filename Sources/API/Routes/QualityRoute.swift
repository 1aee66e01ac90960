import Access
import Lagoon
import Primitives
import Registry
import Rollups
import Text

extension APIRoute {
  static let quality = APIRoute(
    "/v1/quality",
    Parameter.optional("step", "from", "to", "area", "class", "domain", "agency", "device", "group_by", "level"),
    access: .permitted(.read)
  ) { call in
    let query = try QualityQuery(call)
    let view = call.view()
    let answer = try call.asked {
      try query.run(on: view, directory: call.directory, zone: call.model.zone, heard: call.heard)
    }
    if answer.groups.isEmpty { try call.requireDevice(query.filter.device) }
    let groups = JSONPieces.Groups(count: answer.groups.count) { group in
      answer.groups[group].cells.count
    } open: { group, json in
      json.beginObject()
      json.group(answer.groups[group].name, by: query.groupBy)
      json.name("buckets")
      json.beginArray()
    } close: { _, json in
      json.endArray()
      json.endObject()
    } write: { group, index, json in
      json.object { json in json.quality(answer.groups[group].cells[index]) }
    }
    let cells = answer.groups.reduce(0) { $0 + $1.cells.count }
    let pieces = JSONPieces(heldBytes: cells * MemoryLayout<QualityAnswer.Cell>.stride, groups: groups) { json in
      json.name("step")
      json.string(query.step.name)
      json.name("from")
      json.time(query.from)
      json.name("to")
      json.time(query.to)
      json.name("watermark")
      json.time(view.watermark)
      json.name("groups")
    } tail: { json in
      json.missing(answer.missing)
    }
    return APIAnswer(json: pieces).lacking(answer.missing)
  }
}

extension JSONWriter {
  fileprivate mutating func quality(_ cell: QualityAnswer.Cell) {
    name("time")
    time(cell.time)
    func share(_ title: StaticString, _ value: Double?, to json: inout JSONWriter) {
      json.name(title)
      if let value { json.double(value) } else { json.null() }
    }
    share("correct", cell.correct, to: &self)
    share("complete", cell.complete, to: &self)
    share("clean", cell.clean, to: &self)
    share("live", cell.live, to: &self)
    name("devices")
    integer(cell.devices)
    name("received")
    integer(cell.received)
    name("expected")
    integer(cell.expected)
    name("duplicates")
    integer(cell.duplicates)
    name("malformed")
    integer(cell.malformed)
  }
}

extension QualityQuery {
  /// Reads the parameters. Without a range it is the 24 hours that end with the bucket of now.
  fileprivate init(_ call: APICall) throws {
    let parameters = call.parameters
    let text = parameters.text("step") ?? "1h"
    guard let step = Step(text) else {
      throw APIProblem.badParameter(
        "step", value: text, cause: "it must be a number of minutes, hours or whole days, such as 5m, 1h or 1d")
    }
    let range = try parameters.range()
    let now = call.model.now
    let to = range.to ?? max(step.bucket(of: now, zone: call.model.zone).end, (range.from ?? .min) + 1)
    let groupBy = try parameters.choice("group_by", of: GroupBy.self) ?? .none
    self.init(
      step: step, from: range.from ?? to - Nanos.perDay, to: to, filter: try call.filter(), groupBy: groupBy,
      level: try parameters.level(groupBy: groupBy), now: now, ranges: call.directory.registry.ranges,
      listeningSince: call.model.listeningSince)
  }
}
