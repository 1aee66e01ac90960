/// One of the registry's files. The raw value is its name in the configuration.
public enum RegistryFileKind: String, CaseIterable, Sendable {
  case devices, areas, ranges

  /// The columns that are known, in the order in which a document shows them.
  var columns: [String] {
    switch self {
    case .devices: DeviceFile.columns
    case .areas: AreaFile.columns
    case .ranges: RangeFile.columns
    }
  }

  /// The columns that tell one row from the others.
  var keyColumns: [String] {
    switch self {
    case .devices: ["id"]
    case .areas: ["code", "valid_from"]
    case .ranges: ["measurement", "field", "class"]
    }
  }
}
