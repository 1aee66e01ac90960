import Access
import Lagoon
import Primitives
import Registry
import Text

extension APIRoute {
  static let devices = APIRoute(
    "/v1/devices", Parameter.optional("area", "class", "domain", "agency", "status", "limit", "cursor"),
    access: .permitted(.read)
  ) { call in
    let query = DevicesQuery(
      filter: try call.filter(), status: try call.parameters.choice("status", of: DeviceStatus.self),
      limit: try call.parameters.limit(), cursor: try call.parameters.cursor { OpaqueText.decode($0) })
    return answer(try devices(query, call), refused: query.cursor == nil ? refused(query, call) : [])
  }

  /// Senders that are kept out, where they would be asked for: unknown ones, of no class or area.
  private static func refused(_ query: DevicesQuery, _ call: APICall) -> [RefusedSender] {
    query.status == .unknown && query.filter == DeviceFilter() && call.grant.scope.isEverything
      ? call.model.refusedSenders : []
  }

  static let device = APIRoute("/v1/devices/{id}", access: .permitted(.read)) { call in
    let id = call.id ?? ""
    let found = try devices(DevicesQuery(filter: DeviceFilter(device: id), limit: 1), call)
    // The registry's other devices are filtered out already: what is left is this one, if anybody knows it.
    guard found.devices.first?.facts.id == id else {
      throw APIProblem.notFound("cannot find device \(id): the registry does not know it, and no row of it was seen")
    }
    return answer(found)
  }

  private static func devices(_ query: DevicesQuery, _ call: APICall) throws -> DevicesQuery.Answer {
    try call.asked {
      try query.run(
        on: call.view(), directory: call.directory, now: call.model.now, cache: call.newestRows,
        heard: call.heard)
    }
  }

  private static func answer(_ found: DevicesQuery.Answer, refused: [RefusedSender] = []) -> APIAnswer {
    let heldBytes = (refused.count + found.devices.count) * 512
    let pieces = JSONPieces(heldBytes: heldBytes, count: refused.count + found.devices.count) { json in
      json.name("devices")
    } tail: { json in
      json.name("next")
      json.stringOrNull(found.next.map(OpaqueText.encode))
      json.missing(found.missing)
    } element: { index, json in
      if index < refused.count {
        json.refused(refused[index])
      } else {
        json.device(found.devices[index - refused.count])
      }
    }
    return APIAnswer(json: pieces).lacking(found.missing)
  }

  static let measurements = APIRoute("/v1/measurements", access: .permitted(.read), weighs: { _ in .page }) { call in
    let view = call.view()
    let measurements = try call.asked {
      try MeasurementsQuery().run(on: view, directory: call.directory, contents: call.contents)
    }
    let missing = view.missing
    let heldBytes = measurements.reduce(0) { $0 + 128 + $1.fields.count * 64 }
    let pieces = JSONPieces(heldBytes: heldBytes, count: measurements.count) { json in
      json.name("measurements")
    } tail: { json in
      json.missing(missing)
    } element: { index, json in
      json.measurement(measurements[index])
    }
    return APIAnswer(json: pieces).lacking(missing)
  }

  static let areas = APIRoute("/v1/areas", access: .named, weighs: { _ in .page }) { call in
    APIAnswer { json in
      json.name("areas")
      json.array { json in
        for area in call.directory.registry.areas.areas { json.object { json in json.area(area) } }
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func device(_ device: DeviceSummary) {
    let facts = device.facts
    name("id")
    string(facts.id)
    name("class")
    stringOrNull(facts.deviceClass)
    name("name")
    stringOrNull(facts.name)
    name("area")
    stringOrNull(facts.area)
    name("domain")
    stringOrNull(facts.domain)
    name("agency")
    stringOrNull(facts.agency)
    name("latitude")
    double(facts.latitude ?? .nan)
    name("longitude")
    double(facts.longitude ?? .nan)
    name("interval")
    double(facts.intervalSeconds ?? .nan)
    name("status")
    string(device.status.rawValue)
    name("last_seen")
    time(device.lastSeen)
    name("measurements")
    array { json in
      for measurement in device.measurements { json.string(measurement) }
    }
  }

  /// One that `admit: known` refuses: nothing of it is stored.
  fileprivate mutating func refused(_ sender: RefusedSender) {
    device(DeviceSummary(facts: DeviceFacts(id: sender.id), status: .unknown, lastSeen: sender.lastSeen))
    name("refused")
    object { json in
      json.name("source")
      json.string(sender.source)
      json.name("listener")
      json.string(sender.listener)
      json.name("count")
      json.integer(sender.count)
    }
  }

  fileprivate mutating func measurement(_ measurement: MeasurementSummary) {
    name("name")
    string(measurement.name)
    name("fields")
    array { json in
      for field in measurement.fields {
        json.object { json in
          json.name("name")
          json.string(field.name)
          json.name("type")
          json.string(field.type.rawValue)
          json.name("unit")
          json.stringOrNull(field.unit)
        }
      }
    }
    name("rows")
    integer(measurement.rows)
    name("first")
    time(measurement.first)
    name("last")
    time(measurement.last)
  }

  fileprivate mutating func area(_ area: Area) {
    name("code")
    string(area.code)
    name("parent")
    stringOrNull(area.parent)
    name("name")
    stringOrNull(area.name)
    name("valid_from")
    stringOrNull(area.validFrom?.description)
    name("valid_to")
    stringOrNull(area.validTo?.description)
  }
}
