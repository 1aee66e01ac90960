import Parquet

/// Which tables have parts for readers that know PLAIN and dictionaries only.
public enum CompatibleTables: Sendable {
  /// Those that a configuration names, and no others; `*` is all. The tables remember it.
  case configured(Set<String>)
  /// Those that are so already, and these: for who works on a data directory without its configuration.
  case asTheyAre(and: Set<String> = [])
}

extension TableState {
  /// Whether its parts are for such readers, as far as the table itself tells: by its property or, before there was
  /// one, by how its parts were compacted.
  var saysCompatible: Bool {
    isCompatible ?? parts.contains { $0.profile == EncodingProfile.compat.rawValue }
  }
}

extension CompatibleTables {
  /// Whether the parts of a table are for readers that know PLAIN and dictionaries only.
  ///
  /// - Parameter tables: all that there are.
  func holds(_ name: TableName, among tables: @autoclosure () -> [TableState]) -> Bool {
    switch self {
    case .configured(let names): return names.contains("*") || names.contains(name.displayName)
    case .asTheyAre(let names):
      if names.contains("*") || names.contains(name.displayName) { return true }
      let tables = tables()
      if let table = tables.first(where: { $0.name == name }) { return table.saysCompatible }
      // A new one, such as of rollups: as all the others are.
      return !tables.isEmpty && tables.allSatisfy(\.saysCompatible)
    }
  }
}
