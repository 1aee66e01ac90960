public import Primitives
import Registry
import Rollups
import Telemetry

/// Asks which buckets gained rows since a version, each once, in order.
///
/// A version is a time by the node's clock, in milliseconds: no row that came later is counted in it. Every row tells when
/// it came (`received`, or its own time where both are within a second), in parts as in the journal; so versions need no
/// book of their own, and outlive restarts and compactions.
public struct ChangesQuery: Sendable {
  /// What an answer called its version; 0 for everything.
  public var since: Int64
  /// Only rows of versions before it count; the end of time for all that there are.
  public var until: Int64
  public var limit: Int
  /// The buckets that an answer may sort; more is an error.
  public var most: Int
  /// The last change of the page before.
  public var cursor: BucketChange?

  /// Steps that a puller may hold.
  public static let steps = ["1m", "5m", "1h", "1d"]

  public init(
    since: Int64, until: Int64 = .max, limit: Int = 1_000, cursor: BucketChange? = nil, most: Int? = nil
  ) {
    self.since = since
    self.until = until
    self.limit = limit
    self.cursor = cursor
    self.most = most ?? Limits.changedBuckets
  }

  public struct Answer: Sendable {
    /// What to ask with the next time.
    public var version: Int64
    public var changes: [BucketChange]
    public var next: BucketChange?
    /// What could not be read of what may have changed.
    public var missing: [MissingTable]
  }

  /// - Parameter known: where pages that follow each other find what the first of them made.
  /// - Throws: `QueryError.tooManyChanges`, or what the reader throws.
  public func run(
    on view: LagoonView, directory: any DeviceDirectory = EmptyDirectory(), zone: TimeZoneRules,
    known: ChangesCache? = nil
  ) throws -> Answer {
    let asked = ChangesCache.Asked(since: since, scope: view.scope, registry: directory.edition)
    if let answer = known?.answer(self, asked, dataVersion: view.version) { return answer }
    var missing = MissingTables(view)
    let scope = ScopedChanges(view.scope, directory)
    var all: [BucketChange] = []
    for (measurement, table) in view.measurements {
      var changed = ChangedMinutes(since: since, until: until, most: most, scope: scope, probe: view.probe)
      for source in table.unsealed { try changed.add(source) }
      for part in table.parts where part.mayHold(versionsSince: since) {
        let source = try missing.reading(table.name) {
          try view.reader.scan(ScanRequest(table: table.name, path: part.path, devices: scope.devices))
        }
        if let source { try changed.add(source) }
      }
      try changed.append(to: &all, measurement: measurement, zone: zone)
      if all.count > most { throw QueryError.tooManyChanges(limit: most) }
    }
    try view.probe.check()
    all.sort()
    try view.probe.check()
    if let cursor { all.removeFirst(ChangesCache.place(behind: cursor, in: all)) }
    let page = Array(all.prefix(limit))
    let answer = Answer(
      version: view.changeVersion, changes: page, next: all.count > page.count ? page.last : nil,
      missing: missing.all)
    if answer.next != nil || cursor != nil { known?.keep(all, of: self, asked, answer, dataVersion: view.version) }
    return answer
  }
}

/// What of the changes exists for who asks: a bucket belongs to where its device was when it began.
private struct ScopedChanges {
  let filter: ScopeFilter
  /// Every device that is in the scope at some time; nil for all.
  let devices: Set<String>?
  /// The instants at which the registry changes.
  let changes: [UnixNanos]

  init(_ scope: DeviceScope, _ directory: any DeviceDirectory) {
    filter = ScopeFilter(scope: scope, directory: directory)
    devices = directory.devices(everWithin: scope)
    changes = scope.isEverything ? [] : directory.changes(from: .min, to: .max)
  }
}

/// The minutes in which fields of one table's devices gained rows.
private struct ChangedMinutes {
  private struct Minute: Hashable {
    var device: Int32
    var field: Int32
    var number: Int64
  }

  private let since: Int64
  private let until: Int64
  private let most: Int
  private let scope: ScopedChanges
  private let probe: QuestionProbe
  private var minutes: [Minute: Int64] = [:]
  private var devices: [String] = []
  private var deviceNumbers: [String: Int32] = [:]
  private var fields: [String] = []
  private var fieldNumbers: [String: Int32] = [:]

  init(since: Int64, until: Int64, most: Int, scope: ScopedChanges, probe: QuestionProbe) {
    self.scope = scope
    self.since = since
    self.until = until
    self.most = most
    self.probe = probe
  }

  mutating func add(_ source: RowSource) throws(QueryError) {
    let unitNanos = source.precision.unitNanos
    let perMinute = Nanos.perMinute / unitNanos
    let own = source.fields.map { number($0.name) }
    var deviceOfSeries: [UInt32: Int32] = [:]
    for chunk in source.chunks {
      try probe.check(holding: minutes.count * 64)
      for row in 0..<chunk.count {
        let version = chunk.arrivalVersion(row, unitNanos: unitNanos)
        if version < since || version >= until { continue }
        let series = chunk.series(row)
        let device = deviceOfSeries[series] ?? number(device: source.series.device(series))
        deviceOfSeries[series] = device
        if device == Self.outside { continue }
        let minute = flooredDivision(chunk.time(row), by: perMinute)
        for column in own.indices where chunk.tag(row, column: column).isNumber {
          let key = Minute(device: device, field: own[column], number: minute)
          minutes[key] = max(minutes[key] ?? .min, version)
        }
      }
      if minutes.count > most { throw QueryError.tooManyChanges(limit: most) }
    }
  }

  private mutating func number(_ field: String) -> Int32 {
    if let known = fieldNumbers[field] { return known }
    fields.append(field)
    fieldNumbers[field] = Int32(fields.count - 1)
    return Int32(fields.count - 1)
  }

  /// Of a device that is never in the scope.
  private static let outside: Int32 = -1

  private mutating func number(device: String) -> Int32 {
    if let known = deviceNumbers[device] { return known }
    if let asked = scope.devices, !asked.contains(device) {
      deviceNumbers[device] = Self.outside
      return Self.outside
    }
    devices.append(device)
    deviceNumbers[device] = Int32(devices.count - 1)
    return Int32(devices.count - 1)
  }

  /// The buckets of every step that hold those minutes.
  func append(to all: inout [BucketChange], measurement: String, zone: TimeZoneRules) throws(QueryError) {
    for name in ChangesQuery.steps {
      try probe.check(holding: all.count * MemoryLayout<BucketChange>.stride + minutes.count * 64)
      guard let step = Step(name) else { continue }
      var buckets: [Minute: Int64] = [:]
      for (minute, version) in minutes {
        var bucket = minute
        bucket.number = step.bucket(of: minute.number * Nanos.perMinute, zone: zone).start
        buckets[bucket] = max(buckets[bucket] ?? .min, version)
      }
      var verdicts = ScopeVerdicts(changes: scope.changes, count: scope.filter.isEverything ? 0 : devices.count)
      for (bucket, version) in buckets {
        if !scope.filter.isEverything {
          let isInside = verdicts.takes(Int(bucket.device), at: bucket.number) {
            scope.filter.takes(devices[Int(bucket.device)], at: bucket.number)
          }
          if !isInside { continue }
        }
        all.append(
          BucketChange(
            measurement: measurement, device: devices[Int(bucket.device)], field: fields[Int(bucket.field)],
            step: name, time: bucket.number, version: version))
      }
    }
  }
}
