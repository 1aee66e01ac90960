import HTTPTypes
import Lagoon
import Primitives
import Telemetry

extension APIRoute {
  static let latest = APIRoute(
    "/v1/latest", Parameter.optional("measurement", "area", "class", "device", "limit", "cursor")
  ) { call in
    let query = LatestQuery(
      measurement: call.parameters.text("measurement"), filter: call.parameters.filter(),
      limit: try call.parameters.limit(), cursor: try call.parameters.cursor(LatestQuery.Place.init(cursor:)))
    let answer = try call.asked {
      try query.run(on: call.model.view(), directory: call.directory, cache: call.newestRows)
    }
    return APIAnswer { json in
      json.name("rows")
      json.array { json in
        for row in answer.rows {
          json.object { json in
            json.name("device")
            json.string(row.device)
            json.name("measurement")
            json.string(row.measurement)
            json.row(row)
          }
        }
      }
      json.name("next")
      json.stringOrNull(answer.next?.cursor)
    }
  }

  static let readings = APIRoute(
    "/v1/devices/{id}/readings",
    [.required("measurement")] + Parameter.optional("from", "to", "format", "limit", "cursor")
  ) { call in
    let range = try call.parameters.range()
    let query = ReadingsQuery(
      device: call.id ?? "", measurement: try call.parameters.required("measurement"), from: range.from ?? .min,
      to: range.to ?? .max, limit: try call.parameters.limit(),
      cursor: try call.parameters.cursor { PageCursor($0) })
    let view = call.model.view()
    let page = try call.asked { try query.run(on: view) }
    switch try call.parameters.choice("format", of: AnswerFormat.self) ?? .json {
    case .csv: return csv(page, fields: view.tables[.readings(query.measurement)]?.fields.map(\.name) ?? [])
    case .json:
      return APIAnswer { json in
        json.name("device")
        json.string(query.device)
        json.name("measurement")
        json.string(query.measurement)
        json.name("rows")
        json.array { json in
          for row in page.rows { json.object { json in json.row(row) } }
        }
        json.name("next")
        json.stringOrNull(page.next?.text)
      }
    }
  }

  /// A column for each tag of the page's rows, and for each field of the measurement, so that pages are alike. The next
  /// page's cursor is in a header.
  private static func csv(_ page: RowPage, fields: [String]) -> APIAnswer {
    let tags = Set(page.rows.flatMap { $0.tags.map(\.name) }).sorted()
    let fields = Set(fields).union(page.rows.flatMap { $0.fields.map(\.name) }).sorted()
    var csv = CSVWriter()
    for name in ["time"] + tags + fields { csv.cell(name) }
    csv.endRow()
    for row in page.rows {
      csv.cell(Timestamp.text(row.time))
      for tag in tags { csv.cell(row.tags.first { $0.name == tag }?.value ?? "") }
      for field in fields { csv.cell(row.fields.first { $0.name == field }?.value) }
      csv.endRow()
    }
    var answer = APIAnswer(csv: csv)
    if let next = page.next { answer.headers[.nextCursor] = next.text }
    return answer
  }

  static let events = APIRoute(
    "/v1/events",
    Parameter.optional("from", "to", "severity", "kind", "device", "class", "area", "limit", "cursor")
  ) { call in
    let range = try call.parameters.range()
    let severities = call.parameters.text("severity").map { $0.split(separator: ",").map(String.init) } ?? []
    let query = EventsQuery(
      from: range.from ?? .min, to: range.to ?? .max, severities: severities, kind: call.parameters.text("kind"),
      filter: call.parameters.filter(), limit: try call.parameters.limit(),
      cursor: try call.parameters.cursor { PageCursor($0) })
    let page = try call.asked { try query.run(on: call.model.view(), directory: call.directory) }
    return APIAnswer { json in
      json.name("events")
      json.array { json in
        for row in page.rows { json.object { json in json.event(row) } }
      }
      json.name("next")
      json.stringOrNull(page.next?.text)
    }
  }
}

extension JSONWriter {
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
    } else if JSONObjectCheck.isObject(attributes) {
      raw(attributes)
    } else {
      object { json in
        json.name("text")
        json.string(attributes)
      }
    }
  }
}
