/// What a field holds, as a client is told.
public enum FieldType: String, Sendable {
  case integer, decimal, double, boolean, string
}

/// A field as a table knows it.
public struct FieldSummary: Hashable, Sendable {
  public var name: String
  public var type: FieldType
  /// Empty if none was sent.
  public var unit: String

  public init(name: String, type: FieldType, unit: String = "") {
    self.name = name
    self.type = type
    self.unit = unit
  }
}
