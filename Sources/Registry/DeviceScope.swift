/// Which devices somebody may see: those of an area, of a domain and of an agency that stand here. A list that is empty
/// limits nothing.
public struct DeviceScope: Hashable, Sendable {
  /// Codes of areas; what lies under one is in it.
  public var areas: [String]
  public var domains: [String]
  public var agencies: [String]

  public init(areas: [String] = [], domains: [String] = [], agencies: [String] = []) {
    self.areas = areas
    self.domains = domains
    self.agencies = agencies
  }

  /// Every device, and those that the registry does not know.
  public static let everything = DeviceScope()

  public var isEverything: Bool { areas.isEmpty && domains.isEmpty && agencies.isEmpty }
}
