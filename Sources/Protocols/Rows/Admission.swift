import Primitives
public import Registry
public import Telemetry

/// What a lane may ask of the registry; replaced as a whole when the registry is reloaded.
public struct Admission: Sendable {
  public var registry: DeviceRegistry
  /// `admit: known`: a device that the registry does not hold is refused.
  public var knownOnly: Bool

  /// Who was refused for that reason.
  public var unknown: UnknownSenders

  /// From where devices were heard.
  public var heard: DeviceSenders

  /// What was refused, of whom.
  public var refusals: RefusalLog

  /// What of devices was refused.
  public var faults: DeviceFaults

  /// What tables and columns there may be.
  public var quota: TableQuota

  public init(
    registry: DeviceRegistry, knownOnly: Bool, unknown: UnknownSenders = UnknownSenders(),
    faults: DeviceFaults = DeviceFaults(), refusals: RefusalLog = RefusalLog(), quota: TableQuota = TableQuota(),
    heard: DeviceSenders = DeviceSenders()
  ) {
    self.heard = heard
    self.refusals = refusals
    self.faults = faults
    self.quota = quota
    self.registry = registry
    self.knownOnly = knownOnly
    self.unknown = unknown
  }

  /// Counts a datagram that made no sense against the device that sends from there.
  func noteMalformed(from source: SourceAddress) {
    guard let index = registry.deviceIndex(address: source) else { return }
    faults.noteMalformed(registry.devices[index].id)
  }
}
