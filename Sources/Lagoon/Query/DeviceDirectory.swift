public import Primitives

/// What the registry says of a device. Texts are empty where it says nothing.
public struct DeviceFacts: Hashable, Sendable {
  public var id: String
  public var deviceClass: String
  public var name: String
  public var area: String
  public var domain: String
  public var agency: String
  public var latitude: Double?
  public var longitude: Double?
  /// How often it is expected to send, in seconds; nil if not said.
  public var intervalSeconds: Double?

  public init(
    id: String, deviceClass: String = "", name: String = "", area: String = "", domain: String = "",
    agency: String = "", latitude: Double? = nil, longitude: Double? = nil, intervalSeconds: Double? = nil
  ) {
    self.id = id
    self.deviceClass = deviceClass
    self.name = name
    self.area = area
    self.domain = domain
    self.agency = agency
    self.latitude = latitude
    self.longitude = longitude
    self.intervalSeconds = intervalSeconds
  }
}

/// The registry as queries need it, at one moment.
public protocol DeviceDirectory: Sendable {
  /// Every device of the registry, sorted by id.
  var devices: [DeviceFacts] { get }
  func device(_ id: String) -> DeviceFacts?
  /// Whether an area is another, or lies under it in the tree of that time.
  func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool
  /// The instants in `from ..< to` at which the tree changes, sorted.
  func areaChanges(from: UnixNanos, to: UnixNanos) -> [UnixNanos]
}

/// The registry of nobody.
public struct EmptyDirectory: DeviceDirectory {
  public init() {}
  public var devices: [DeviceFacts] { [] }
  public func device(_ id: String) -> DeviceFacts? { nil }
  public func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool { code == ancestor }
  public func areaChanges(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { [] }
}
