/// A node of a nested schema, as the footer lists them: each group is followed by its children.
public struct NestedElement: Hashable, Sendable {
  /// How often it may stand in its parent.
  public enum Repetition: Int32, Hashable, Sendable {
    case required = 0
    case optional = 1
    case repeated = 2
  }

  /// What it is.
  public enum Kind: Hashable, Sendable {
    case string
    case int32
    case int64
    case boolean
    /// A group with so many children.
    case group(Int)
    /// A group annotated MAP or LIST, whose one child is repeated.
    case map
    case list
  }

  public var name: String
  public var kind: Kind
  public var repetition: Repetition

  public init(_ name: String, _ kind: Kind, _ repetition: Repetition = .optional) {
    self.name = name
    self.kind = kind
    self.repetition = repetition
  }

  var childCount: Int {
    switch kind {
    case .string, .int32, .int64, .boolean: 0
    case .group(let count): count
    case .map, .list: 1
    }
  }

  var physical: PhysicalType? {
    switch kind {
    case .string: .byteArray
    case .int32: .int32
    case .int64: .int64
    case .boolean: .boolean
    case .group, .map, .list: nil
    }
  }

  var schemaElement: SchemaElement {
    // `ConvertedType` and the field of `LogicalType`, for readers of either.
    var element = SchemaElement(name: name)
    element.repetition = repetition.rawValue
    element.type = physical?.rawValue
    switch kind {
    case .string:
      element.convertedType = 0
      element.logicalType = .string
    case .map:
      element.convertedType = 1
      element.logicalType = .other(2)
    case .list:
      element.convertedType = 3
      element.logicalType = .other(3)
    case .int32, .int64, .boolean, .group: break
    }
    if childCount > 0 { element.childCount = Int32(childCount) }
    return element
  }
}
