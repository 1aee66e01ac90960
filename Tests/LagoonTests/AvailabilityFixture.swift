@testable import Lagoon
import Primitives
import Registry
import Rollups
import Telemetry

/// Rows and a registry of which the availability is asked for. Times are seconds from `noon`.
struct AvailabilityFixture {
  static let noon: UnixNanos = 1_767_182_400 * Nanos.perSecond
  static let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)

  var directory: RegistryDirectory
  var tables: [TableName: TableView] = [:]
  private var sources: [String: RowSource] = [:]
  /// Parts that cannot be read.
  var damaged: Set<String> = []
  var scope = DeviceScope.everything

  /// Devices of class `sensor` with an interval of 60 seconds, in area 21550 of 52.
  init(_ ids: String...) {
    self.init(registries: [(0, ids.map { Self.device($0) })])
  }

  /// - Parameter registries: from when on each of them holds; the first one always did.
  init(registries: [(second: Int64, devices: [Device])]) {
    var history = DeviceHistory()
    var registry = DeviceRegistry(devices: [])
    for (second, devices) in registries {
      registry = DeviceRegistry(
        devices: devices,
        areas: AreaTree([
          Area(code: "52"), Area(code: "21550", parent: "52"), Area(code: "21553", parent: "52"), Area(code: "64"),
        ]))
      _ = history.take(registry, at: Self.time(second))
    }
    directory = RegistryDirectory(registry, history: history, zone: Self.zone)
  }

  static func device(
    _ id: String, area: String = "21550", interval: Double? = 60, deviceClass: String = "sensor", contract: String = ""
  ) -> Device {
    var device = Device(id: id, deviceClass: deviceClass, area: area, intervalSeconds: interval)
    device.contract = contract
    return device
  }

  static func time(_ second: Int64) -> UnixNanos { noon + second * Nanos.perSecond }

  static func row(_ device: String, _ second: Int64, tags: [SeriesKey.Tag] = []) -> TestRow {
    TestRow(device, time(second), [("v", .integer(1))], tags: tags)
  }

  /// Rows of devices at those seconds, one by one.
  static func rows(_ device: String, _ seconds: some Sequence<Int64>) -> [TestRow] { seconds.map { row(device, $0) } }

  mutating func add(_ name: TableName = .readings("m"), parts: [[TestRow]] = [], unsealed: [[TestRow]] = []) {
    let kind: TableKind = name == .events ? .events : .readings
    var table = tables[name] ?? TableView(name: name)
    for rows in parts where !rows.isEmpty {
      let path = "\(name.directoryName)/\(sources.count)"
      let times = rows.map(\.time)
      sources[path] = QueryFixture.source(
        rows.sorted { ($0.device, $0.time) < ($1.device, $1.time) }, measurement: name.displayName, kind: kind)
      table.parts.append(
        QueryPart(path: path, rowCount: rows.count, oldest: times.min() ?? 0, newest: times.max() ?? 0))
    }
    table.unsealed += unsealed.map { QueryFixture.source($0, measurement: name.displayName, kind: kind) }
    tables[name] = table
  }

  private struct Parts: PartReading {
    var sources: [String: RowSource]
    var damaged: Set<String>

    func scan(_ request: ScanRequest) throws -> RowSource {
      guard !damaged.contains(request.path), let source = sources[request.path] else {
        throw QueryError.unreadablePart(table: request.table.displayName, part: request.path, cause: "damaged")
      }
      return source
    }
  }

  var view: LagoonView {
    LagoonView(tables: tables, reader: Parts(sources: sources, damaged: damaged), version: 1, watermark: Self.noon)
      .asked(by: .never, within: scope)
  }

  /// Groups by device unless told otherwise; now is an hour behind the end.
  func answer(
    _ from: Int64, _ to: Int64, now: Int64? = nil, groupBy: GroupBy = .device,
    with change: (inout AvailabilityQuery) -> Void = { _ in },
    cause: (String, UnixNanos, UnixNanos?) -> String? = { _, _, _ in nil }
  ) throws -> AvailabilityAnswer {
    var query = AvailabilityQuery(
      from: Self.time(from), to: Self.time(to), groupBy: groupBy, now: Self.time(now ?? to + 3_600))
    change(&query)
    return try query.run(on: view, directory: directory, cause: cause)
  }

  /// The groups as a test compares them: seconds live, out, planned and unknown, and outages as seconds from noon.
  static func text(_ answer: AvailabilityAnswer) -> [String: String] {
    func seconds(_ nanos: Int128) -> String {
      nanos % Int128(Nanos.perSecond) == 0 ? "\(nanos / Int128(Nanos.perSecond))" : "\(nanos) ns"
    }
    return Dictionary(
      uniqueKeysWithValues: answer.groups.map { group in
        let times = group.times
        let outages = group.outages.map { outage in
          "\(outage.device) \((outage.from - noon) / Nanos.perSecond)-"
            + (outage.to.map { "\(($0 - noon) / Nanos.perSecond)" } ?? "")
        }
        return (
          group.name,
          ([times.live, times.outage, times.planned, times.unknown].map(seconds) + outages).joined(separator: " ")
        )
      })
  }
}
