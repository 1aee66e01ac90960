public import Primitives
public import Registry

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
  /// The device that it depends on.
  public var parent = ""
  public var contract = ""

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

/// The registry as queries need it, at one moment, with what it said before.
public protocol DeviceDirectory: Sendable {
  /// Another one wherever another answer is to be expected.
  var edition: UInt64 { get }
  /// Every device of the registry, sorted by id.
  var devices: [DeviceFacts] { get }
  /// Every device that the registry knows or knew.
  var knownDevices: [String] { get }
  /// What the registry says now.
  func device(_ id: String) -> DeviceFacts?
  /// What the registry said at that time.
  func device(_ id: String, at time: UnixNanos) -> DeviceFacts?
  /// Whether an area is another, or lies under it in the tree of that time.
  func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool
  /// The codes from the top of the tree of that time down to an area.
  func areaPath(of code: String, at time: UnixNanos) -> [String]
  /// Devices among which are all that lie in an area, or under it, in the tree of that time.
  func candidates(in area: String, at time: UnixNanos) -> [String]
  /// Every device that is in a scope at some time; nil for all.
  func devices(everWithin scope: DeviceScope) -> Set<String>?
  /// The instants in `from ..< to` at which the tree changes, or what is said of a device, sorted.
  func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos]
  /// Those of them, sorted, among which are all that matter to one device.
  func changes(of id: String, from: UnixNanos, to: UnixNanos) -> [UnixNanos]
  /// When a device was put into the registry; nil if nobody knows since when it is there.
  func addedAt(_ id: String) -> UnixNanos?
}

/// A registry of which nothing but the present is known.
extension DeviceDirectory {
  public var edition: UInt64 { 0 }
  public var knownDevices: [String] { devices.map(\.id) }
  public func device(_ id: String, at time: UnixNanos) -> DeviceFacts? { device(id) }
  public func candidates(in area: String, at time: UnixNanos) -> [String] { knownDevices }
  public func changes(of id: String, from: UnixNanos, to: UnixNanos) -> [UnixNanos] { changes(from: from, to: to) }
  public func addedAt(_ id: String) -> UnixNanos? { nil }
  public func devices(everWithin scope: DeviceScope) -> Set<String>? {
    DeviceGrouping(
      filter: DeviceFilter(), within: scope, groupBy: .none, directory: self, from: .min, to: .max
    ).scanDevices()
  }
}

/// The registry of nobody.
public struct EmptyDirectory: DeviceDirectory {
  public init() {}
  public var devices: [DeviceFacts] { [] }
  public func device(_ id: String) -> DeviceFacts? { nil }
  public func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool { code == ancestor }
  public func areaPath(of code: String, at time: UnixNanos) -> [String] { [code] }
  public func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { [] }
}
