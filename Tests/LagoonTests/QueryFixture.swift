import Lagoon
import Primitives
import Rollups
import Synchronization
import Telemetry

/// A row as a test writes it.
struct TestRow {
  var device: String
  var time: UnixNanos
  var fields: [(name: String, value: ReadingValue)]
  var tags: [SeriesKey.Tag] = []

  init(_ device: String, _ time: UnixNanos, _ fields: [(String, ReadingValue)], tags: [SeriesKey.Tag] = []) {
    self.device = device
    self.time = time
    self.fields = fields.map { (name: $0.0, value: $0.1) }
    self.tags = tags
  }
}

/// Tables made in memory, with parts that are scanned like those on disk, and a count of what was scanned.
final class FakeParts: PartReading {
  private let sources: [String: RowSource]
  private let log = Mutex<[ScanRequest]>([])

  init(_ sources: [String: RowSource]) {
    self.sources = sources
  }

  var scans: [ScanRequest] { log.withLock { $0 } }

  struct MissingPart: Error {}

  func scan(_ request: ScanRequest) throws -> RowSource {
    log.withLock { $0.append(request) }
    guard let source = sources[request.path] else { throw MissingPart() }
    return source
  }
}

enum QueryFixture {
  /// Rows as a source, in chunks of a few rows.
  static func source(
    _ rows: [TestRow], measurement: String, kind: TableKind = .readings, precision: TimePrecision = .milliseconds
  ) -> RowSource {
    let list = SeriesList()
    var numbers: [SeriesKey: UInt32] = [:]
    var fields: [FieldIdentity] = []
    var chunks: [RowChunk] = []
    for row in rows {
      let key = SeriesKey(kind: kind, measurement: measurement, device: row.device, tags: row.tags)
      let number = numbers[key] ?? list.append(key)
      numbers[key] = number
      if chunks.last?.isFull != false { chunks.append(RowChunk(capacity: 7)) }
      guard let chunk = chunks.last else { continue }
      chunk.appendRow(series: number, time: flooredDivision(row.time, by: precision.unitNanos), previous: .max)
      for field in row.fields {
        let column = fields.firstIndex { $0.name == field.name } ?? fields.count
        if column == fields.count { fields.append(FieldIdentity(name: field.name)) }
        set(field.value, in: chunk, column: column)
      }
    }
    return RowSource(chunks: chunks, series: list, fields: fields, precision: precision)
  }

  private static func set(_ value: ReadingValue, in chunk: RowChunk, column: Int) {
    switch value {
    case .integer(let integer): chunk.setValue(column: column, tag: .integer, payload: integer)
    case .decimal(let mantissa, let scale):
      chunk.setValue(column: column, tag: .decimal(scale: scale), payload: mantissa)
    case .double(let double):
      chunk.setValue(column: column, tag: .double, payload: Int64(bitPattern: double.bitPattern))
    case .boolean(let boolean): chunk.setValue(column: column, tag: .boolean, payload: boolean ? 1 : 0)
    case .string(let text):
      let bytes = Array(text.utf8)
      chunk.setString(column: column, bytes.span.bytes)
    }
  }

  static func number(_ value: ReadingValue) -> Double? {
    switch value {
    case .integer(let integer): Double(integer)
    case .decimal(let mantissa, let scale): DecimalNumber.double(mantissa: mantissa, scale: scale)
    case .double(let double): double
    case .boolean, .string: nil
    }
  }

  /// A view of one table whose rows are spread over parts and memory.
  static func view(
    parts: [[TestRow]], unsealed: [[TestRow]] = [], table: TableName
  ) -> (view: LagoonView, reader: FakeParts) {
    var sources: [String: RowSource] = [:]
    var list: [QueryPart] = []
    let kind: TableKind = table == .events ? .events : .readings
    let measurement = table.displayName
    for (number, rows) in parts.enumerated() {
      let path = "part-\(number)"
      let ordered = rows.sorted { ($0.device, $0.time) < ($1.device, $1.time) }
      sources[path] = source(ordered, measurement: measurement, kind: kind)
      list.append(
        QueryPart(
          path: path, rowCount: rows.count, oldest: rows.map(\.time).min() ?? 0, newest: rows.map(\.time).max() ?? 0))
    }
    let names = Set(parts.joined().flatMap { $0.fields.map(\.name) })
    var view = TableView(
      name: table, fields: names.sorted().map { FieldSummary(name: $0, type: .decimal) }, parts: list,
      unsealed: unsealed.map { source($0, measurement: measurement, kind: kind) })
    view.tags = Set(parts.joined().flatMap { $0.tags.map(\.name) }).sorted()
    let reader = FakeParts(sources)
    let newest = (parts + unsealed).joined().map(\.time).max() ?? 0
    return (LagoonView(tables: [table: view], reader: reader, version: 7, watermark: newest), reader)
  }
}

/// A registry of a few devices. Area `52` holds `21550` and, from `merger` on, `21553` too.
struct FakeDirectory: DeviceDirectory {
  var devices: [DeviceFacts]
  var merger: UnixNanos = 0

  func device(_ id: String) -> DeviceFacts? { devices.first { $0.id == id } }

  func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool {
    if code == ancestor { return true }
    return ancestor == "52" && (code == "21550" || (code == "21553" && time >= merger))
  }

  func areaPath(of code: String, at time: UnixNanos) -> [String] {
    isArea(code, within: "52", at: time) && code != "52" ? ["52", code] : [code]
  }

  func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] {
    merger >= from && merger < to ? [merger] : []
  }

  /// `d0` … of class `sensor` or `camera`, in one of three areas by turns; every seventh number is unknown to it.
  static func fleet(_ count: Int, merger: UnixNanos = 0) -> FakeDirectory {
    FakeDirectory(
      devices: (0..<count).filter { $0 % 7 != 6 }.map { number in
        var facts = DeviceFacts(
          id: "d\(number)", deviceClass: number % 2 == 0 ? "sensor" : "camera", name: "Device \(number)",
          area: ["21550", "21553", "25195"][number % 3], domain: number % 4 == 0 ? "environment" : "security",
          agency: "a\(number % 2)", intervalSeconds: 60)
        facts.contract = number % 5 == 0 ? "" : "hd-\(number % 3)"
        return facts
      }.sorted { $0.id < $1.id },
      merger: merger)
  }
}
