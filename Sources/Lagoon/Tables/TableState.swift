public import Primitives
public import Telemetry

/// One version of a table: its columns, its live parts, and how far each lane's journal stands in it.
public struct TableState: Sendable {
  public internal(set) var name: TableName
  /// Its folder under `tables/`.
  var folder: String
  public internal(set) var precision: TimePrecision
  var schema = TableSchema()
  public internal(set) var parts: [Part] = []
  /// Parts that another program added and that cannot be read here: named, served around, and kept in the log.
  var strangers: [Part] = []
  /// The newest journal segment in the table, by lane's application name.
  public internal(set) var segments: [String: UInt64] = [:]
  /// The Delta version that this is.
  public internal(set) var version: Int64 = -1
  /// What the bytes of that version's commit are known by; nil if a checkpoint alone told of it.
  var newestCommit: Fingerprint?
  /// The newest commit of another program that this process has read, and the one that the newest rules are of.
  var newestForeign: ForeignCommit?
  var ruledBy: ForeignCommit?
  var tableID = ""
  /// `protocol` and `metaData` as they stand in the log: what others put into them stays.
  var protocolLine: JSONValue?
  var metaData: JSONValue?
  /// Whether its parts are for readers that know PLAIN and dictionaries only, as its property says; nil if it has none.
  var isCompatible: Bool?
  /// Columns that another program added and that are not read here.
  var foreignColumns: [String] = []
  /// Whether the log has domain metadata, which no commit of ours may lose.
  var hasDomains = false

  init(name: TableName, precision: TimePrecision) {
    self.name = name
    folder = name.directoryName
    self.precision = precision
  }

  /// The fields, one each, in the order in which they came.
  public var fields: [FieldIdentity] { schema.fields }

  /// The tags and fields that have columns, by their names on the wire.
  public var columnNames: [String] { schema.columns.filter(\.isPrimary).map(\.wireName) }

  /// The newest segment of any lane of that node: rows of it and older ones are in the parts. What a lane holds back
  /// of a segment (`lane#segment`) says nothing of the others.
  public func newestSegment(node: String) -> UInt64 {
    segments.filter { $0.key.hasPrefix(node + "/") && !$0.key.dropFirst(node.count).contains("#") }.values.max() ?? 0
  }

  public var newestTime: Int64? { parts.map(\.newestTime).max() }
}

extension TableState {
  /// The columns, and what the rows' series are of, for who reads parts.
  var readingSchema: TableSchema {
    var schema = schema
    if case .events = name { schema.kind = .events }
    schema.measurement = name.displayName
    return schema
  }
}

extension Part {
  /// Whether its bounds allow rows of that device.
  func mayHold(device: String) -> Bool {
    !device.utf8.lexicographicallyPrecedes(firstDevice.utf8) && !lastDevice.utf8.lexicographicallyPrecedes(device.utf8)
  }
}
