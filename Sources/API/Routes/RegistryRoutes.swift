import Access
import HTTPTypes
import Primitives
import Registry
import Text

/// The registry's files, replaced whole, or with rows added.
extension APIRoute {
  static let registryDevices = registry(.devices)
  static let registryAreas = registry(.areas)
  static let registryRanges = registry(.ranges)

  private static func registry(_ kind: RegistryFileKind) -> APIRoute {
    APIRoute(
      "/v1/registry/\(kind.rawValue)", Parameter.optional("dry_run", "add"), access: .whole(.admin), methods: [.post],
      body: .whole(limitBytes: Limits.registryFileBytes)
    ) { call in
      guard let writes = call.writes else { throw APIProblem.readOnly }
      let isTrial = try call.parameters.flag("dry_run")
      let isAddition = try call.parameters.flag("add")
      let difference: RegistryDifference
      do throws(RegistryRefusal) {
        difference = try writes.replaceRegistry(kind, by: call.body, isTrial: isTrial, isAddition: isAddition)
      } catch {
        throw APIProblem(error)
      }
      return APIAnswer { $0.difference(difference, isTrial: isTrial) }
    }
  }
}

extension APIProblem {
  fileprivate init(_ refusal: RegistryRefusal) {
    switch refusal {
    case .notConfigured(let key):
      self.init(
        .conflict, kind: "not-configured", title: "There is no such file",
        detail: "cannot replace a file that the configuration does not name: set \(key)")
    case .unusable(let faults):
      self.init(.badRequest, kind: "registry", title: "The registry cannot be used", detail: faults)
    case .busy:
      self.init(
        .serviceUnavailable, kind: "busy", title: "The registry is being changed",
        detail: "cannot change the registry now: somebody else does")
      retryAfterSeconds = 2
    case .failed(let cause):
      self.init(.internalServerError, kind: "registry-file", title: "The file cannot be written", detail: cause)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func difference(_ difference: RegistryDifference, isTrial: Bool) {
    name("dry_run")
    boolean(isTrial)
    for (title, count) in [
      ("rows", difference.total), ("added", difference.added), ("changed", difference.changed),
      ("removed", difference.removed),
    ] {
      name(title)
      integer(count)
    }
    name("changes")
    array { json in
      for row in difference.rows {
        json.object { json in
          json.name("change")
          json.string(row.kind.rawValue)
          json.name("key")
          json.object { json in
            for part in row.key {
              json.name(part.column)
              json.string(part.value)
            }
          }
          if row.kind == .changed { json.columns(row.changes) }
        }
      }
    }
    name("omitted")
    integer(difference.added + difference.changed + difference.removed - difference.rows.count)
  }

  private mutating func columns(_ changes: [RegistryDifference.Change]) {
    name("columns")
    object { json in
      for change in changes {
        json.name(change.column)
        json.object { json in
          json.name("before")
          json.string(change.before)
          json.name("after")
          json.string(change.after)
        }
      }
    }
  }
}
