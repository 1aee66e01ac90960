public import Primitives
public import Registry

/// Which devices exist for who asks, at each time: beside what a question asks for, and below it, so that no question can
/// see past it.
struct ScopeFilter {
  let scope: DeviceScope
  let directory: any DeviceDirectory

  /// Whether everything exists for who asks, devices that the registry does not know among it.
  var isEverything: Bool { scope.isEverything }

  /// Whether a device is in the scope, as the registry and the tree of areas were at that time.
  func takes(_ device: String, at time: UnixNanos) -> Bool {
    if scope.isEverything { return true }
    guard let facts = directory.device(device, at: time) else { return false }
    return takes(facts, at: time)
  }

  func takes(_ facts: DeviceFacts, at time: UnixNanos) -> Bool {
    if !scope.domains.isEmpty && !scope.domains.contains(facts.domain) { return false }
    if !scope.agencies.isEmpty && !scope.agencies.contains(facts.agency) { return false }
    return scope.areas.isEmpty || scope.areas.contains { directory.isArea(facts.area, within: $0, at: time) }
  }

  /// Devices among which are all that are in the scope at that time.
  func candidates(at time: UnixNanos) -> [String] {
    if scope.areas.isEmpty { return directory.knownDevices }
    if scope.areas.count == 1 { return directory.candidates(in: scope.areas[0], at: time) }
    return Array(Set(scope.areas.flatMap { directory.candidates(in: $0, at: time) }))
  }
}

extension DeviceScope {
  /// Whether a device is in the scope, as the registry and the tree of areas were at that time.
  public func takes(_ device: String, at time: UnixNanos, directory: some DeviceDirectory) -> Bool {
    ScopeFilter(scope: self, directory: directory).takes(device, at: time)
  }
}
