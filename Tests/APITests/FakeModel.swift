import API
import Access
import Lagoon
import Primitives
import Registry
import Telemetry

/// A node with a fixed content: two measurements, some events, a registry and a ledger.
struct FakeModel: ReadModel {
  static let noon: UnixNanos = 1_763_640_000 * Nanos.perSecond  // 2025-11-20T12:00:00Z
  var complaints: [String] = []
  var audit: (any AuditTrail)?
  var alarms: (any AlarmModel)? = FakeAlarms()
  var rules: (any RuleModel)? = FakeRules()
  var refusedSenders: [RefusedSender] = []
  var refusals = [
    Refusal(
      listener: "line", reason: "line_bad_value", address: "10.0.0.7", device: nil, count: 2, last: FakeModel.noon,
      sample: "m v=\\xff")
  ]
  var planned: [PlannedWork] = []
  /// Whether parts cannot be read.
  var isBroken = false

  let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
  var now: UnixNanos { Self.noon }
  var eventKinds: [String] { ["camera.silent"] }
  func plannedWork() -> [PlannedWork] { planned }

  var registry: (inForce: DeviceRegistry, history: DeviceHistory) {
    var history = DeviceHistory()
    _ = history.take(devices, at: Self.noon)
    return (devices, history)
  }

  private let devices = DeviceRegistry(
    devices: [
      Device(
        id: "cam/1", deviceClass: "camera", name: "Cổng \"A\"", area: "21550", domain: "security", agency: "police",
        latitude: 13.77, longitude: 109.22, intervalSeconds: 60),
      Device(id: "sen-1", deviceClass: "sensor", area: "21553", domain: "environment"),
      Device(id: "sen-2", deviceClass: "sensor", area: "21553", domain: "environment"),
    ],
    areas: AreaTree([
      Area(code: "52", name: "Gia Lai"), Area(code: "21550", parent: "52", name: "Quy Nhơn"),
      Area(code: "21553", parent: "52", validFrom: CalendarDate(year: 2025, month: 7, day: 1)),
    ]))

  struct Unreadable: Error {}

  struct Parts: PartReading {
    let isBroken: Bool

    func scan(_ request: ScanRequest) throws -> RowSource {
      if isBroken { throw Unreadable() }
      return FakeModel.source("weather", [("sen-2", -10, [("t", .decimal(scale: 1), 301)])])
    }
  }

  typealias Row = (device: String, minute: Int64, fields: [(name: String, tag: ValueTag, payload: Int64)])

  static func source(_ measurement: String, _ rows: [Row], kind: TableKind = .readings) -> RowSource {
    let series = SeriesList()
    let chunk = RowChunk(capacity: max(1, rows.count))
    var fields: [FieldIdentity] = []
    for row in rows {
      let number = series.append(SeriesKey(kind: kind, measurement: measurement, device: row.device))
      chunk.appendRow(series: number, time: (noon + row.minute * Nanos.perMinute) / 1_000_000, previous: .max)
      for field in row.fields {
        let column = fields.firstIndex { $0.name == field.name } ?? fields.count
        if column == fields.count { fields.append(FieldIdentity(name: field.name, unit: "Cel")) }
        chunk.setValue(column: column, tag: field.tag, payload: field.payload)
      }
    }
    return RowSource(chunks: [chunk], series: series, fields: fields, precision: .milliseconds)
  }

  static func events() -> RowSource {
    let series = SeriesList()
    let chunk = RowChunk(capacity: 8)
    let names = ["severity", "kind", "message", "attributes"]
    let rows = [
      ["error", "syslog", "door\nopen \u{1}", #"{"a":{"b":"c"}}"#], ["info", "syslog", "tick", ""],
      ["warning", "trap", "odd", "not json"],
    ]
    let number = series.append(SeriesKey(kind: .events, measurement: "events", device: "cam/1"))
    for (index, row) in rows.enumerated() {
      chunk.appendRow(series: number, time: noon / 1_000 - Int64(index) * 1_000_001, previous: .max)
      for (column, text) in row.enumerated() where !text.isEmpty {
        let bytes = Array(text.utf8)
        chunk.setString(column: column, bytes.span.bytes)
      }
    }
    return RowSource(
      chunks: [chunk], series: series, fields: names.map { FieldIdentity(name: $0) }, precision: .microseconds)
  }

  func view() -> LagoonView {
    let double = { (value: Double) in Int64(bitPattern: value.bitPattern) }
    let weather = Self.source(
      "weather",
      [
        ("sen-1", -9, [("t", .decimal(scale: 2), -5), ("n", .integer, 7)]),
        ("sen-1", -8, [("t", .double, double(1e300)), ("open", .boolean, 1)]),
        ("sen-1", -2, [("t", .double, double(.nan))]), ("stranger", -1, [("t", .decimal(scale: 0), 4)]),
      ])
    let part = QueryPart(
      path: "p", rowCount: 1, oldest: Self.noon - 10 * Nanos.perMinute, newest: Self.noon - 10 * Nanos.perMinute)
    let tables = [
      TableView(
        name: .readings("weather"), fields: [FieldSummary(name: "t", type: .decimal)], parts: [part],
        unsealed: [weather]),
      TableView(name: .events, unsealed: [Self.events()]),
    ]
    return LagoonView(
      tables: Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) }), reader: Parts(isBroken: isBroken),
      version: 41, watermark: Self.noon - 1)
  }

  func ledger() -> LedgerSnapshot {
    var counts = LedgerCounts()
    counts.received = 5
    counts.decoded = 4
    counts.rows = 6
    counts.stored = 5
    counts.duplicate = 1
    let badValue = NamedReason(RejectReason(rawValue: 28), "line_bad_value")
    counts.rejected[Int(badValue.reason.rawValue)] = 1
    return LedgerSnapshot(listeners: [
      LedgerSnapshot.Listener(name: "se\"ns", protocolName: "line", reasons: [badValue], counts: counts)
    ])
  }

  func metrics() -> [Metric] {
    [Metric("thinai_rows_unsealed", help: "Rows in no part yet.", kind: .gauge, value: 4)]
  }
}
