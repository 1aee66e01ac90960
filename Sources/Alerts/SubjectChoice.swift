public import Lagoon
public import Primitives

/// Which devices a rule is about, and what each is told as.
public struct SubjectChoice: Sendable {
  let filter: DeviceFilter
  let scope: AlertScope
  let directory: any DeviceDirectory

  public init(filter: DeviceFilter, scope: AlertScope, directory: any DeviceDirectory) {
    self.filter = filter
    self.scope = scope
    self.directory = directory
  }

  /// Whether only the registry can tell.
  private var needsRegistry: Bool {
    filter.deviceClass != nil || filter.area != nil || filter.domain != nil || filter.agency != nil
  }

  /// Whether the filter asks for a device of the registry, by the tree of areas of that time.
  public func isWanted(_ device: DeviceFacts, at time: UnixNanos) -> Bool {
    if let wanted = filter.device, wanted != device.id { return false }
    if let wanted = filter.deviceClass, wanted != device.deviceClass { return false }
    if let wanted = filter.domain, wanted != device.domain { return false }
    if let wanted = filter.agency, wanted != device.agency { return false }
    if let wanted = filter.area, !directory.isArea(device.area, within: wanted, at: time) { return false }
    return true
  }

  /// What rows of a device are told as; nil if they are not asked for, or in no area or class.
  public func subject(ofDevice id: String, at time: UnixNanos) -> String? {
    let facts = directory.device(id, at: time)
    if let facts {
      guard isWanted(facts, at: time) else { return nil }
    } else if needsRegistry || (filter.device ?? id) != id {
      return nil
    }
    let subject =
      switch scope {
      case .device: id
      case .area: facts?.area ?? ""
      case .deviceClass: facts?.deviceClass ?? ""
      case .all: ""
      }
    return subject.isEmpty && scope != .all ? nil : subject
  }
}
