import Lagoon
import Registry
import Rollups

/// What one subscriber wants. `measurement`, `field` and `step` are of changes, `kind` is of events; devices of both.
struct StreamFilter: Hashable, Sendable {
  /// The devices that exist for who asks.
  var scope = DeviceScope.everything
  var devices = DeviceFilter()
  var measurement: String?
  var field: String?
  var step: String?
  var eventKind: String?
  var kinds = Set(StreamItem.Kind.allCases)

  static let parameters = APIRoute.Parameter.optional(
    "types", "area", "class", "domain", "agency", "device", "measurement", "field", "step", "kind")

  init() {}

  init(_ parameters: QueryParameters, within scope: DeviceScope) throws(APIProblem) {
    self.scope = scope
    devices = parameters.filter()
    measurement = parameters.text("measurement")
    field = parameters.text("field")
    eventKind = parameters.text("kind")
    step = parameters.text("step")
    if let step, !ChangesQuery.steps.contains(step) {
      throw APIProblem.badParameter(
        "step", value: step, cause: "it must be one of \(ChangesQuery.steps.joined(separator: ", "))")
    }
    if let types = parameters.text("types") {
      kinds = []
      for name in types.split(separator: ",", omittingEmptySubsequences: false) {
        guard let kind = StreamItem.Kind(rawValue: String(name)) else {
          throw APIProblem.badParameter("types", value: types, cause: "each must be one of change, event")
        }
        kinds.insert(kind)
      }
    }
  }

  func takes(_ item: StreamItem, directory: RegistryDirectory) -> Bool {
    guard kinds.contains(item.kind) else { return false }
    switch item {
    case .change(let change):
      if let step, step != change.step { return false }
      if let field, field != change.field { return false }
      if let measurement, measurement != change.measurement { return false }
      // A bucket belongs to where its device was when it began.
      return devices.takes(change.device, at: change.time, directory: directory)
        && scope.takes(change.device, at: change.time, directory: directory)
    case .event(let event):
      if let eventKind, !EventsQuery.takes(event.row.text("kind"), asked: eventKind) { return false }
      return devices.takes(event.row.device, at: event.row.time, directory: directory)
        && scope.takes(event.row.device, at: event.row.time, directory: directory)
    }
  }
}
