import Access
import HTTPTypes
import Lagoon
import Primitives
import Telemetry
import Text

extension APIRoute {
  static let latest = APIRoute(
    "/v1/latest", Parameter.optional("measurement", "area", "class", "device", "limit", "cursor", "tag.*"),
    access: .permitted(.read),
    weighs: { $0.text("measurement") != nil || $0.text("device") != nil ? .page : .question }
  ) { call in
    let query = LatestQuery(
      measurement: call.parameters.text("measurement"), filter: try call.filter(),
      limit: try call.parameters.limit(), cursor: try call.parameters.cursor(LatestQuery.Place.init(cursor:)))
    let names = query.measurement.map { Set([TableName.readings($0)]) }
    let answer = try call.asked {
      try query.run(on: call.view(of: names), directory: call.directory, cache: call.newestRows)
    }
    if answer.rows.isEmpty { try call.requireDevice(query.filter.device) }
    let heldBytes = answer.rows.reduce(0) { $0 + 128 + $1.fields.count * 64 }
    let pieces = JSONPieces(heldBytes: heldBytes, count: answer.rows.count) { json in
      json.name("rows")
    } tail: { json in
      json.name("next")
      json.stringOrNull(answer.next?.cursor)
      json.missing(answer.missing)
    } element: { index, json in
      let row = answer.rows[index]
      json.name("device")
      json.string(row.device)
      json.name("measurement")
      json.string(row.measurement)
      json.row(row)
    }
    return APIAnswer(json: pieces).lacking(answer.missing)
  }

  static let readings = APIRoute(
    "/v1/devices/{id}/readings",
    [.required("measurement")] + Parameter.optional("from", "to", "format", "limit", "cursor", "tag.*"),
    access: .permitted(.read), weighs: { _ in .page }
  ) { call in
    let range = try call.parameters.range()
    let query = ReadingsQuery(
      device: call.id ?? "", measurement: try call.parameters.required("measurement"),
      tags: call.parameters.filter().tags, from: range.from ?? .min, to: range.to ?? .max,
      limit: try call.parameters.limit(),
      cursor: try call.parameters.cursor { PageCursor($0) })
    let table = TableName.readings(query.measurement)
    let view = call.view(of: [table])
    let page = try call.asked { try query.run(on: view, directory: call.directory) }
    if page.count == 0 { try call.requireDevice(query.device) }
    switch try call.parameters.choice("format", of: AnswerFormat.self) ?? .json {
    case .csv:
      var answer = APIAnswer(csv: csv(page, fields: view.tables[table]?.fields.map(\.name) ?? []))
      if let next = page.next { answer.headers[.nextCursor] = next.text }
      return answer
    case .json:
      let pieces = JSONPieces(heldBytes: page.byteCount, count: page.count) { json in
        json.name("device")
        json.string(query.device)
        json.name("measurement")
        json.string(query.measurement)
        json.name("rows")
      } tail: { json in
        json.name("next")
        json.stringOrNull(page.next?.text)
      } element: { index, json in
        json.row(page.row(index))
      }
      return APIAnswer(json: pieces)
    }
  }

  /// A column for each tag of the page's rows, and for each field of the measurement, so that pages are alike. The next
  /// page's cursor is in a header.
  private static func csv(_ page: RowPage, fields: [String]) -> CSVPieces {
    var tags: Set<String> = []
    var all = Set(fields)
    for index in 0..<page.count {
      let row = page.row(index)
      for tag in row.tags { tags.insert(tag.name) }
      for field in row.fields { all.insert(field.name) }
    }
    let (tagNames, fieldNames) = (tags.sorted(), all.sorted())
    var head = CSVWriter()
    for name in ["time"] + tagNames + fieldNames { head.cell(name) }
    head.endRow()
    return CSVPieces(heldBytes: page.byteCount, head: head, rows: page.count) { index, csv in
      let row = page.row(index)
      csv.cell(RFC3339.text(row.time))
      for tag in tagNames { csv.cell(row.tags.first { $0.name == tag }?.value ?? "") }
      let values = Dictionary(row.fields.map { ($0.name, $0.value) }) { first, _ in first }
      for field in fieldNames { csv.cell(values[field]) }
      csv.endRow()
    }
  }

  static let events = APIRoute(
    "/v1/events",
    Parameter.optional("from", "to", "severity", "kind", "device", "class", "area", "limit", "cursor"),
    access: .permitted(.read), weighs: { _ in .page }
  ) { call in
    let range = try call.parameters.range()
    let query = EventsQuery(
      from: range.from ?? .min, to: range.to ?? .max, severities: try call.severities(),
      kind: call.parameters.text("kind"), filter: try call.filter(), limit: try call.parameters.limit(),
      cursor: try call.parameters.cursor { PageCursor($0) })
    let page = try call.asked { try query.run(on: call.view(of: [.events]), directory: call.directory) }
    if page.count == 0 {
      try call.requireDevice(query.filter.device)
      try call.requireKind(query.kind)
    }
    let pieces = JSONPieces(heldBytes: page.byteCount, count: page.count) { json in
      json.name("events")
    } tail: { json in
      json.name("next")
      json.stringOrNull(page.next?.text)
      json.missing(page.missing)
    } element: { index, json in
      json.event(page.row(index))
    }
    return APIAnswer(json: pieces).lacking(page.missing)
  }
}

extension JSONWriter {
  /// `"missing":[{"table":"rain","cause":"…"}]`: what the answer lacks; nothing where it lacks nothing.
  mutating func missing(_ missing: [MissingTable]) {
    if missing.isEmpty { return }
    name("missing")
    array { json in
      for table in missing {
        json.object { json in
          json.name("table")
          json.string(table.table)
          json.name("cause")
          json.string(table.cause)
        }
      }
    }
  }

  /// The members of a row beside its device and measurement.
  fileprivate mutating func row(_ row: ResultRow) {
    name("time")
    time(row.time)
    if let received = row.receivedMillis {
      name("received")
      time(received * Nanos.perMillisecond)
    }
    if !row.tags.isEmpty {
      name("tags")
      object { json in
        for tag in row.tags {
          json.name(tag.name)
          json.string(tag.value)
        }
      }
    }
    name("fields")
    object { json in
      for field in row.fields {
        json.name(field.name)
        json.value(field.value)
      }
    }
  }

  mutating func event(_ row: ResultRow) {
    name("time")
    time(row.time)
    name("device")
    string(row.device)
    name("severity")
    stringOrNull(row.text("severity"))
    name("kind")
    stringOrNull(row.text("kind"))
    name("message")
    string(row.text("message") ?? "")
    name("attributes")
    let attributes = row.text("attributes") ?? ""
    // The decoders write an object; what else might stand in a file that others touched stays text.
    if attributes.isEmpty {
      raw("{}")
    } else if JSONReader.isObject(attributes) {
      raw(attributes)
    } else {
      object { json in
        json.name("text")
        json.string(attributes)
      }
    }
  }
}
