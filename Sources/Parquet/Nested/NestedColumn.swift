/// A leaf of a nested schema with all of its entries, as Dremel shreds them (S. Melnik et al., "Dremel", section 4).
public struct NestedColumn: Hashable, Sendable {
  /// A value; booleans are 0 and 1.
  public enum Value: Hashable, Sendable {
    case integer(Int64)
    case string(String)
  }

  /// One value, or that there is none, and where.
  public struct Entry: Hashable, Sendable {
    /// How many of the optional and repeated nodes on the path are there.
    public var definition: Int
    /// At which repeated node on the path it goes on; 0 begins a row.
    public var repetition: Int
    /// nil unless the definition is the highest.
    public var value: Value?

    public init(definition: Int, repetition: Int, value: Value? = nil) {
      self.definition = definition
      self.repetition = repetition
      self.value = value
    }
  }

  public let path: [String]
  public let kind: NestedElement.Kind
  public let highestDefinition: Int
  public let highestRepetition: Int
  public var entries: [Entry] = []

  /// The leaves of a schema, in its order, without entries. The first element is the root.
  public static func leaves(of elements: [NestedElement]) -> [NestedColumn] {
    var leaves: [NestedColumn] = []
    var next = 1
    func visit(_ path: [String], _ definition: Int, _ repetition: Int) {
      let element = elements[next]
      next += 1
      let path = path + [element.name]
      let definition = definition + (element.repetition == .required ? 0 : 1)
      let repetition = repetition + (element.repetition == .repeated ? 1 : 0)
      if element.physical != nil {
        leaves.append(
          NestedColumn(
            path: path, kind: element.kind, highestDefinition: definition, highestRepetition: repetition))
      }
      for _ in 0..<element.childCount { visit(path, definition, repetition) }
    }
    for _ in 0..<elements[0].childCount { visit([], 0, 0) }
    return leaves
  }
}
