public import Telemetry

/// A rollup step that is kept in a table of its own.
public enum StoredStep: String, CaseIterable, Sendable {
  case fiveMinutes = "5m"
  case hour = "1h"

  public var nanos: Int64 {
    switch self {
    case .fiveMinutes: 300_000_000_000
    case .hour: 3_600_000_000_000
    }
  }
}

/// A table of the lagoon. What the wire calls a measurement can never be mistaken for one of our own tables.
public enum TableName: Hashable, Sendable {
  /// One table a measurement.
  case readings(String)
  case events
  case rollups(StoredStep)
  /// The registry, a row per change.
  case devices
  /// Who asked for what, a row a request.
  case audit

  /// Names of our own tables, which a measurement's folder must not take.
  static let reserved = Set(ownTables.map(\.directoryName))
  private static let ownTables: [TableName] = [.events, .devices, .audit] + StoredStep.allCases.map { .rollups($0) }

  /// The table of a row.
  public init(kind: TableKind, measurement: String) {
    switch kind {
    case .events: self = .events
    case .readings: self = .readings(measurement)
    }
  }

  /// The folder under `tables/`: our own name, or the measurement percent-encoded. It is never empty, never begins
  /// with a dot or an underscore, holds no separator, and decodes to the measurement.
  public var directoryName: String {
    switch self {
    case .events: LagoonNames.events
    case .devices: LagoonNames.devices
    case .audit: LagoonNames.audit
    case .rollups(let step): LagoonNames.rollupsPrefix + step.rawValue
    case .readings(let measurement): PathName.encode(measurement, reserved: Self.reserved)
    }
  }

  public init(directoryName: String) {
    self =
      Self.ownTables.first { $0.directoryName == directoryName } ?? .readings(PathName.decode(directoryName))
  }

  /// The table of a folder by its whole name, which a folder's may be too short for: the first of the measurements
  /// that has this folder. One that belongs to another folder is not believed.
  func named(oneOf measurements: [String], folder: String) -> TableName {
    guard case .readings = self else { return self }
    return measurements.lazy.map { TableName.readings($0) }.first { $0.directoryName == folder } ?? self
  }

  /// The name that a client knows it by.
  public var displayName: String {
    switch self {
    case .readings(let measurement): measurement
    default: directoryName
    }
  }

  /// The name in figures, where a measurement that is called as a table of ours is must not stand for it.
  public var figureName: String {
    if case .readings(let measurement) = self, Self.reserved.contains(measurement) { return directoryName }
    return displayName
  }
}
