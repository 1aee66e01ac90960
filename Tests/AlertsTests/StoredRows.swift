import Lagoon
import Primitives
import Synchronization
import Telemetry

/// One reading as a test writes it.
struct StoredReading {
  var device: String
  var time: UnixNanos
  var value: Double
}

/// Readings of one field, half of them in parts and half unsealed, as a query sees them.
struct StoredRows: PartReading {
  static let measurement = "water"
  static let field = "level_m"
  private let parts: [String: RowSource]
  /// Of a table that has no parts.
  static let none = StoredRows(parts: [:])

  /// - Parameter partNanos: a part holds the readings of so long a time.
  static func view(_ readings: [StoredReading], partNanos: Int64) -> LagoonView {
    let middle = readings.map(\.time).sorted()[readings.count / 2]
    var parts: [String: RowSource] = [:]
    var shown: [QueryPart] = []
    let sealed = Dictionary(grouping: readings.filter { $0.time < middle }) { $0.time / partNanos }
    for (number, rows) in sealed {
      let times = rows.map(\.time)
      guard let oldest = times.min(), let newest = times.max() else { continue }
      parts["part-\(number)"] = source(rows)
      shown.append(QueryPart(path: "part-\(number)", rowCount: rows.count, oldest: oldest, newest: newest))
    }
    let name = TableName.readings(measurement)
    let table = TableView(
      name: name, fields: [FieldSummary(name: field, type: .decimal)], parts: shown,
      unsealed: [source(readings.filter { $0.time >= middle })])
    return LagoonView(tables: [name: table], reader: StoredRows(parts: parts), version: 1, watermark: .max)
  }

  func scan(_ request: ScanRequest) throws -> RowSource {
    guard let source = parts[request.path] else { throw QueryError.unknownMeasurement(request.path) }
    return source
  }

  private static func source(_ readings: [StoredReading]) -> RowSource {
    let list = SeriesList()
    var numbers: [String: UInt32] = [:]
    var chunks: [RowChunk] = []
    for reading in readings {
      let number =
        numbers[reading.device] ?? list.append(SeriesKey(measurement: measurement, device: reading.device))
      numbers[reading.device] = number
      if chunks.last?.isFull != false { chunks.append(RowChunk(capacity: 13)) }
      guard let chunk = chunks.last else { continue }
      chunk.appendRow(series: number, time: reading.time / Nanos.perMillisecond, previous: .max)
      let value = DecimalNumber.tagged(reading.value)
      chunk.setValue(column: 0, tag: value.tag, payload: value.payload)
    }
    return RowSource(
      chunks: chunks, series: list, fields: [FieldIdentity(name: field)], precision: .milliseconds)
  }
}

/// Devices in two areas, one of which lies in the other.
struct TestDirectory: DeviceDirectory {
  let devices: [DeviceFacts]

  func device(_ id: String) -> DeviceFacts? { devices.first { $0.id == id } }
  func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool {
    code == ancestor || (ancestor == "52" && code.hasPrefix("21"))
  }
  var knownDevices: [String] { devices.map(\.id) }
  func device(_ id: String, at time: UnixNanos) -> DeviceFacts? { device(id) }
  func areaPath(of code: String, at time: UnixNanos) -> [String] { [code] }
  func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { [] }
}
