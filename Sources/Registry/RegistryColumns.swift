/// Which columns of a registry file were read, and which were passed over.
public struct RegistryColumns: Sendable, Hashable {
  public var file: String
  public var read: [String]
  /// With what was perhaps meant.
  public var passedOver: [String]

  public init(file: String = "", read: [String] = [], passedOver: [String] = []) {
    self.file = file
    self.read = read
    self.passedOver = passedOver
  }
}
