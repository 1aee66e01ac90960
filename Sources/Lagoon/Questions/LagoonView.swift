public import Primitives
public import Registry
public import Telemetry

/// One table at one moment: its parts, and the rows that are in no part yet. No row is in both, none in neither.
public struct TableView: Sendable {
  public var name: TableName
  /// What the parts' schema says; fields that only unsealed rows have may be missing.
  public var fields: [FieldSummary]
  /// Names of the tags that rows of the parts have; those that only unsealed rows have may be missing.
  public var tags: [String] = []
  public var parts: [QueryPart]
  public var unsealed: [RowSource]
  /// Copies of rows that are in parts: the newest of each series among those that this process sealed.
  public var latest: [RowSource]
  /// All rows that memory holds, those that are in parts already among them, for who goes through each row once; empty
  /// where that is not known.
  public var memory: [MemoryRows] = []
  /// How many rows were ever entered into memory.
  public var enteredRows = 0
  /// Of the parts, as the table's log counts; below 0 if that is not known.
  public var version: Int64 = -1
  /// Raised when memory gave series back, whose newest rows are in the parts alone from then on.
  public var turn = 0

  public init(
    name: TableName, fields: [FieldSummary] = [], parts: [QueryPart] = [], unsealed: [RowSource] = [],
    latest: [RowSource] = []
  ) {
    self.name = name
    self.fields = fields
    self.parts = parts
    self.unsealed = unsealed
    self.latest = latest
  }
}

/// Everything that a query may look at, taken at one moment.
public struct LagoonView: Sendable {
  public var tables: [TableName: TableView]
  public var reader: any PartReading
  /// Whether whoever asks still waits.
  public private(set) var probe = QuestionProbe.never
  /// Which devices exist for whoever asks: a question sees nothing of the others.
  public private(set) var scope = DeviceScope.everything
  /// Rollup parts whose readings have expired, by step: they stand for themselves.
  public var standaloneRollups: [StoredStep: [QueryPart]] = [:]
  /// Raised by every change of what a query may answer.
  public var version: UInt64
  /// What is visible is at least all that came before it, in milliseconds since 1970: what `/v1/changes` counts from.
  ///
  /// Lanes commit one after the other, so the newest row that is visible may have overtaken others by a commit.
  public var changeVersion: Int64 {
    max(0, flooredDivision(watermark, by: Nanos.perMillisecond) - Self.overtakenMillis)
  }
  private static let overtakenMillis: Int64 = 2_000
  /// Every row received before it is here.
  public var watermark: UnixNanos
  /// Every row received before it is here too, told by a clock where nothing was on its way; so it goes on where no
  /// row comes. nil if that is not known.
  public var quietSince: UnixNanos?
  /// Buckets that end before it are changed by late rows alone.
  public var completeUntil: UnixNanos {
    max(watermark, quietSince.map { $0 - Self.overtakenMillis * Nanos.perMillisecond } ?? .min)
  }

  /// No row of a version before it will come to be seen any more, as far as lanes do not overtake each other by more
  /// than `changeVersion` allows for: what was told up to here is told for good.
  public var settledVersion: Int64 {
    max(changeVersion, quietSince.map { flooredDivision($0, by: Nanos.perMillisecond) - Self.overtakenMillis } ?? 0)
  }
  /// Whose rows memory holds: parts of that name were made of them. Empty if that is not known.
  public var node = ""
  /// Tables that are there and cannot be read, and why.
  public var unreadable: [TableName: String]

  public init(
    tables: [TableName: TableView], reader: any PartReading, version: UInt64, watermark: UnixNanos,
    quietSince: UnixNanos? = nil, unreadable: [TableName: String] = [:]
  ) {
    self.tables = tables
    self.unreadable = unreadable
    self.reader = reader
    self.version = version
    self.watermark = watermark
    self.quietSince = quietSince
  }

  /// The same for a question that ends when nobody waits for its answer any more.
  ///
  /// - Parameter scope: the devices that exist for who asks.
  public func asked(by probe: QuestionProbe, within scope: DeviceScope = .everything) -> LagoonView {
    var view = self
    view.probe = probe
    view.scope = scope
    view.reader = ProbedReader(reader: reader, probe: probe)
    return view
  }

  /// The table of a measurement.
  ///
  /// - Throws: `QueryError.unknownMeasurement`, or `unreadableTable`.
  func table(of measurement: String) throws(QueryError) -> TableView {
    let name = TableName.readings(measurement)
    if let cause = unreadable[name] { throw QueryError.unreadableTable(measurement, cause: cause) }
    guard let table = tables[name] else { throw QueryError.unknownMeasurement(measurement) }
    return table
  }

  /// Tables of rows that are there and cannot be read.
  public var missing: [MissingTable] { MissingTables(self).all }

  /// The tables of measurements, by name.
  public var measurements: [(name: String, table: TableView)] {
    tables.values.compactMap { table in
      if case .readings(let name) = table.name { (name: name, table: table) } else { nil }
    }.sorted { $0.name < $1.name }
  }
}
