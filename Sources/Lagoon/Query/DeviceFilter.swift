/// Which devices a question is about; nil asks for any.
public struct DeviceFilter: Hashable, Sendable {
  public var device: String?
  public var deviceClass: String?
  /// An area and everything under it.
  public var area: String?
  public var domain: String?
  public var agency: String?

  public init(
    device: String? = nil, deviceClass: String? = nil, area: String? = nil, domain: String? = nil,
    agency: String? = nil
  ) {
    self.device = device
    self.deviceClass = deviceClass
    self.area = area
    self.domain = domain
    self.agency = agency
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
}
