import Access
import Alerts
import Lagoon
import Primitives
import Registry

/// Why a device is silent: everything that is known of it at one moment, what explains most first.
struct WhyQuestion {
  /// One thing that explains the silence, or part of it.
  struct Cause {
    /// Names of the interface.
    enum Kind: String {
      case maintenance, parent, storm, refused, alarm
      /// It was never heard.
      case never
      /// It is silent, and nothing says why.
      case unknown
      /// It is not silent.
      case live
    }

    var kind: Kind
    var device: String?
    var alarm: String?
    var text: String
  }

  var device: DeviceSummary
  var sender: DeviceSender?
  var refusal: Refusal?
  var event: ResultRow?
  /// What it depends on, the nearest first.
  var parents: [DeviceSummary] = []
  /// Alarms of it, and of what it depends on, that last.
  var alarms: [Alarm] = []
  var windows: [MaintenanceWindow] = []
  /// Devices of its area that are silent too, some of them, and whether there are more.
  var neighbours: [DeviceSummary] = []
  var hasMoreNeighbours = false

  static let neighboursListed = 20

  init(_ call: APICall) throws {
    let id = call.id ?? ""
    let found = try Self.devices(DevicesQuery(filter: DeviceFilter(device: id), limit: 1), call)
    guard let device = found.devices.first, device.facts.id == id else {
      throw APIProblem.notFound("cannot find device \(id): the registry does not know it, and no row of it was seen")
    }
    self.device = device
    sender = call.model.sender(of: id)
    refusal = Self.refusal(of: id, sender, call)
    event = try call.asked {
      try EventsQuery(filter: DeviceFilter(device: id), limit: 1).run(
        on: call.view(of: [.events]), directory: call.directory
      ).rows.first
    }
    parents = try Self.parents(of: device.facts, call)
    let ids = Set(parents.map(\.facts.id) + [id])
    alarms = (call.model.alarms?.alarms.lasting ?? []).compactMap { alarm in
      guard let seen = SeenAlarm(alarm, within: call.grant.scope, call.directory)?.alarm else { return nil }
      let isOfThem = alarm.key.device.map { ids.contains($0) } ?? false
      return isOfThem || seen.children.contains(id) ? seen : nil
    }.sorted { ($0.opened, $0.id) < ($1.opened, $1.id) }
    let now = call.model.now
    windows = (call.model.alarms?.windows ?? []).filter {
      $0.from <= now && now < $0.to && $0.covers(device.facts, at: now, in: call.directory)
    }
    try findNeighbours(call)
  }

  private static func devices(_ query: DevicesQuery, _ call: APICall) throws -> DevicesQuery.Answer {
    try call.asked {
      try query.run(
        on: call.view(), directory: call.directory, now: call.model.now, cache: call.newestRows, heard: call.heard)
    }
  }

  /// The newest one of its own: by its name, or from an address of its.
  private static func refusal(of id: String, _ sender: DeviceSender?, _ call: APICall) -> Refusal? {
    let registered = call.directory.registry.device(id: id)?.addresses.map(\.addressText) ?? []
    let addresses = Set(registered + (sender.map { [$0.source] } ?? []))
    return call.model.refusals.filter { refusal in
      if let device = refusal.device { return device == id }
      return refusal.address.map { addresses.contains($0) } ?? false
    }.max { $0.last < $1.last }
  }

  private static func parents(of facts: DeviceFacts, _ call: APICall) throws -> [DeviceSummary] {
    var found: [DeviceSummary] = []
    var seen: Set<String> = [facts.id]
    var next = facts.parent
    while !next.isEmpty, seen.insert(next).inserted {
      // One outside of the scope is not there, nor what is above it.
      let answer = try devices(DevicesQuery(filter: DeviceFilter(device: next), limit: 1), call)
      guard let parent = answer.devices.first, parent.facts.id == next else { break }
      found.append(parent)
      next = parent.facts.parent
    }
    return found
  }

  private mutating func findNeighbours(_ call: APICall) throws {
    if device.facts.area.isEmpty { return }
    let query = DevicesQuery(
      filter: DeviceFilter(area: device.facts.area), status: .silent, limit: Self.neighboursListed + 1)
    let silent = try Self.devices(query, call)
    neighbours = Array(silent.devices.filter { $0.facts.id != device.facts.id }.prefix(Self.neighboursListed))
    hasMoreNeighbours = silent.next != nil
  }

  /// What explains it, the most telling first.
  var causes: [Cause] {
    if device.status == .live { return [Cause(kind: .live, text: "it sends")] }
    var causes = windows.map { window in
      Cause(kind: .maintenance, text: "planned work: \(window.note.isEmpty ? window.id : window.note)")
    }
    for parent in parents where parent.status == .silent {
      let alarm = alarms.first { $0.key.device == parent.facts.id }
      causes.append(
        Cause(
          kind: .parent, device: parent.facts.id, alarm: alarm?.id,
          text: "what it depends on is silent: \(parent.facts.name.isEmpty ? parent.facts.id : parent.facts.name)"))
    }
    for alarm in alarms {
      if alarm.kind == .storm {
        causes.append(Cause(kind: .storm, alarm: alarm.id, text: alarm.message))
      } else if alarm.kind != .silence {
        causes.append(Cause(kind: .alarm, device: alarm.key.device, alarm: alarm.id, text: alarm.message))
      }
    }
    if let refusal, refusal.last > device.lastSeen ?? .min {
      causes.append(Cause(kind: .refused, text: "what it sends is refused: \(refusal.reason)"))
    }
    if device.lastSeen == nil { causes.append(Cause(kind: .never, text: "nothing of it was ever stored")) }
    return causes.isEmpty ? [Cause(kind: .unknown, text: "nothing is known that would explain it")] : causes
  }
}
