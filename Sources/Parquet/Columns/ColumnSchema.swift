/// One column of a file: its name, what it holds, whether a row may lack it.
public struct ColumnSchema: Hashable, Sendable {
  /// Unique within its schema.
  public var name: String
  /// What it holds.
  public var type: ColumnType
  /// Whether a row may hold null.
  public var isOptional: Bool

  /// A column of that name.
  public init(name: String, type: ColumnType, isOptional: Bool) {
    self.name = name
    self.type = type
    self.isOptional = isOptional
  }
}
