public import Primitives
public import Telemetry

/// Which devices a question is about; nil asks for any.
public struct DeviceFilter: Hashable, Sendable {
  public var device: String?
  public var deviceClass: String?
  /// An area and everything under it.
  public var area: String?
  public var domain: String?
  public var agency: String?
  /// Tags that a row must have: only series with all of them are asked for.
  public var tags: [SeriesKey.Tag] = []

  public init(
    device: String? = nil, deviceClass: String? = nil, area: String? = nil, domain: String? = nil,
    agency: String? = nil, tags: [SeriesKey.Tag] = []
  ) {
    self.device = device
    self.deviceClass = deviceClass
    self.area = area
    self.domain = domain
    self.agency = agency
    self.tags = tags
  }

  /// Whether a device is asked for, as the area tree was at that time.
  public func takes(_ device: String, at time: UnixNanos, directory: some DeviceDirectory) -> Bool {
    if let wanted = self.device, wanted != device { return false }
    guard needsRegistry else { return true }
    guard let facts = directory.device(device) else { return false }
    return matches(facts, at: time, directory: directory)
  }

  /// Whether a series with those tags is asked for.
  public func takes(tags own: [SeriesKey.Tag]) -> Bool { tags.allSatisfy(own.contains) }

  /// What only the registry can tell.
  func matches(_ facts: DeviceFacts, at time: UnixNanos, directory: any DeviceDirectory) -> Bool {
    if let wanted = deviceClass, wanted != facts.deviceClass { return false }
    if let wanted = domain, wanted != facts.domain { return false }
    if let wanted = agency, wanted != facts.agency { return false }
    if let wanted = area, !directory.isArea(facts.area, within: wanted, at: time) { return false }
    return true
  }

  /// Whether only the registry can tell.
  var needsRegistry: Bool { deviceClass != nil || area != nil || domain != nil || agency != nil }
}

/// By what an answer is told apart. Raw values are the interface's.
public enum GroupBy: String, CaseIterable, Sendable {
  case none
  case area
  case device
  case deviceClass = "class"
  case domain
  case agency
  case contract
}
