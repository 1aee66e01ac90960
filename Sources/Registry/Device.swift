public import Primitives

/// What the registry knows of a device.
public struct Device: Sendable, Hashable {
  /// The classes that a device may have.
  public static let classes = ["camera", "bts", "sensor", "gateway"]

  public var id: String
  /// One of `classes`.
  public var deviceClass: String
  /// What people call it; may be empty, as may be all that follows.
  public var name: String
  /// The code of the area in which it stands: a string, leading zeros and all.
  public var area: String
  public var domain: String
  public var agency: String
  /// Degrees north and east (WGS 84); both or neither.
  public var latitude: Double?
  public var longitude: Double?
  /// The addresses from which it sends, with port 0.
  public var addresses: [SourceAddress]
  /// What else it is known by.
  public var aliases: [DeviceAlias] = []
  /// How often it is expected to send; infinity for one that sends only when there is something to tell.
  public var intervalSeconds: Double?
  /// The device that it depends on: a switch, a BTS, a site. When that one is silent, so is this one.
  public var parent = ""
  /// Under which it is rented or looked after.
  public var contract = ""

  public init(
    id: String, deviceClass: String, name: String = "", area: String = "", domain: String = "", agency: String = "",
    latitude: Double? = nil, longitude: Double? = nil, addresses: [SourceAddress] = [], intervalSeconds: Double? = nil
  ) {
    self.id = id
    self.deviceClass = deviceClass
    self.name = name
    self.area = area
    self.domain = domain
    self.agency = agency
    self.latitude = latitude
    self.longitude = longitude
    self.addresses = addresses
    self.intervalSeconds = intervalSeconds
  }
}
