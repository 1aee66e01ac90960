import Access
import Lagoon
import Text

extension APIRoute {
  static let changes = APIRoute(
    "/v1/changes", [.required("since")] + Parameter.optional("limit", "cursor"), access: .permitted(.read)
  ) { call in
    let query = ChangesQuery(
      since: try call.parameters.version("since"), limit: try call.parameters.limit(orElse: 1_000),
      cursor: try call.parameters.cursor { OpaqueText.decode($0).flatMap(BucketChange.init(text:)) })
    let answer = try call.asked {
      try query.run(on: call.view(), directory: call.directory, zone: call.model.zone, known: call.changes)
    }
    let pieces = JSONPieces(heldBytes: answer.changes.count * 200, count: answer.changes.count) { json in
      json.name("version")
      json.integer(answer.version)
      json.name("changes")
    } tail: { json in
      json.name("next")
      json.stringOrNull(answer.next.map { OpaqueText.encode($0.text) })
      json.missing(answer.missing)
    } element: { index, json in
      json.change(answer.changes[index])
    }
    return APIAnswer(json: pieces).lacking(answer.missing)
  }
}

extension JSONWriter {
  mutating func change(_ change: BucketChange) {
    name("measurement")
    string(change.measurement)
    name("device")
    string(change.device)
    name("field")
    string(change.field)
    name("step")
    string(change.step)
    name("time")
    time(change.time)
    name("version")
    integer(change.version)
  }
}
