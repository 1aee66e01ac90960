import Access
import HTTPTypes
import Lagoon
import Primitives
import Text

extension APIRoute {
  static let audit = APIRoute(
    "/v1/audit", Parameter.optional("from", "to", "name", "path", "status", "limit", "cursor"),
    access: .whole(.admin)
  ) { call in
    let range = try call.parameters.range()
    let query = AuditQuery(
      from: range.from ?? .min, to: range.to ?? .max, name: call.parameters.text("name"),
      path: call.parameters.text("path"), status: try call.parameters.count("status", in: 100...599),
      limit: try call.parameters.limit(), cursor: try call.parameters.cursor { AuditQuery.Place($0) })
    let page = try call.asked { try call.model.audit?.page(query) { try call.probe.check() } }
    let records = page?.records ?? []
    let heldBytes = records.reduce(0) { $0 + $1.line.heldBytes }
    return APIAnswer(
      json: JSONPieces(heldBytes: heldBytes, count: records.count) { json in
        json.name("audit")
      } tail: { json in
        json.name("next")
        json.stringOrNull(page?.next?.text)
      } element: { index, json in
        json.audit(records[index])
      })
  }
}

extension JSONWriter {
  fileprivate mutating func audit(_ record: AuditRecord) {
    let line = record.line
    func text(_ name: StaticString, _ value: String, to json: inout JSONWriter) {
      json.name(name)
      json.stringOrNull(value.isEmpty ? nil : value)
    }
    func number(_ name: StaticString, _ value: Int?, to json: inout JSONWriter) {
      json.name(name)
      if let value { json.integer(value) } else { json.null() }
    }
    name("time")
    time(line.time)
    text("name", line.name, to: &self)
    text("address", line.address, to: &self)
    text("method", line.method, to: &self)
    text("path", line.path, to: &self)
    text("query", line.query, to: &self)
    number("status", line.status, to: &self)
    number("rows", line.rows, to: &self)
    number("bytes", line.bytes, to: &self)
    number("duration", line.durationMicros, to: &self)
    name("node")
    string(record.node)
    name("sequence")
    integer(record.sequence)
    name("previous")
    string(record.previous)
    name("hash")
    string(record.hash)
  }
}
