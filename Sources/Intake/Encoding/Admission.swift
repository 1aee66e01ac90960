public import Registry

/// What a lane may ask of the registry; replaced as a whole when the registry is reloaded.
public struct Admission: Sendable {
  public var registry: DeviceRegistry
  /// `admit: known`: a device that the registry does not hold is refused.
  public var knownOnly: Bool

  /// Who was refused for that reason.
  public var unknown: UnknownSenders

  public init(registry: DeviceRegistry, knownOnly: Bool, unknown: UnknownSenders = UnknownSenders()) {
    self.registry = registry
    self.knownOnly = knownOnly
    self.unknown = unknown
  }
}
