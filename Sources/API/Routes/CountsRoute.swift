import Access
import Lagoon
import Primitives
import Registry
import Text

extension APIRoute {
  static let counts = APIRoute(
    "/v1/counts", Parameter.optional("area", "class", "domain", "agency", "limit"), access: .permitted(.read)
  ) { call in
    let query = DeviceCountsQuery(filter: try call.filter(), areaLimit: try call.parameters.limit())
    let found = try call.asked {
      try query.run(
        on: call.view(), directory: call.directory, now: call.model.now, cache: call.newestRows, heard: call.heard)
    }
    return APIAnswer { json in json.counts(found) }.lacking(found.missing)
  }
}

extension JSONWriter {
  fileprivate mutating func counts(_ found: DeviceCountsQuery.Answer) {
    name("total")
    object { json in json.count(found.total) }
    name("classes")
    array { json in
      for (name, count) in found.classes {
        json.object { json in
          json.name("class")
          json.stringOrNull(name)
          json.count(count)
        }
      }
    }
    name("areas")
    array { json in
      for (code, count) in found.areas {
        json.object { json in
          json.member("area", code)
          json.count(count)
        }
      }
    }
    name("area_count")
    integer(found.areaCount)
    missing(found.missing)
  }

  private mutating func count(_ count: DeviceCount) {
    name("devices")
    integer(count.devices)
    name("live")
    integer(count.live)
    name("late")
    integer(count.late)
    name("silent")
    integer(count.silent)
    name("never")
    integer(count.never)
    name("unknown")
    integer(count.unknown)
  }
}
