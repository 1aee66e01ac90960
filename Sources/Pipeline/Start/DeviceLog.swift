package import Lagoon
import Primitives
package import Registry
import Synchronization
import Sys
import Telemetry

/// The registry in force with what it said before, kept in the table `devices`: a row for each change of a device.
///
/// A row says what held from its time on; `present` is false once the registry knew the device no more. What the first
/// registry said is recorded at the beginning of 1970; a device that came later is, from when it did. What was known of a
/// device first holds for all time before too.
package final class DeviceLog: Sendable {
  private let state: Mutex<State>
  private let catalogue: Catalogue

  struct State: Sendable {
    var registry: DeviceRegistry
    var history: DeviceHistory
    /// Why the last change could not be recorded. It holds until the next start all the same.
    var failure: String?
  }

  /// Reads what was recorded and records what the registry says otherwise.
  init(_ catalogue: Catalogue, registry: DeviceRegistry) {
    self.catalogue = catalogue
    var history = DeviceHistory()
    var failure: String?
    do {
      for version in try Self.recorded(catalogue) { history.insert(version.version, of: version.id) }
    } catch {
      failure = "\(error); devices are taken to have been what they are"
    }
    state = Mutex(State(registry: registry, history: history, failure: failure))
    // On top of what could not be read nothing is written: it would be read as all there was.
    if failure == nil { take(registry) }
  }

  var current: (inForce: DeviceRegistry, history: DeviceHistory) {
    state.withLock { ($0.registry, $0.history) }
  }

  var failure: String? { state.withLock { $0.failure } }

  /// Puts a registry in force and records what it changes.
  func take(_ registry: DeviceRegistry) {
    // As precise as it is recorded.
    let now = flooredDivision(Clock.realtimeNanos(), by: Nanos.perMillisecond) * Nanos.perMillisecond
    let changes = state.withLock { state in
      state.registry = registry
      return state.history.take(registry, at: now)
    }
    if changes.isEmpty { return }
    do throws(SealError) {
      try catalogue.seal([TableRows(table: .devices, rows: Self.rows(changes))], transactions: [])
      state.withLock { $0.failure = nil }
    } catch {
      state.withLock { $0.failure = "cannot record changes of devices: \(error)" }
    }
  }

  // MARK: rows

  private static var texts: [(name: String, of: WritableKeyPath<Device, String>)] {
    [
      ("class", \.deviceClass), ("name", \.name), ("area", \.area), ("domain", \.domain), ("agency", \.agency),
      ("parent", \.parent), ("contract", \.contract),
    ]
  }
  private static var numbers: [(name: String, of: WritableKeyPath<Device, Double?>)] {
    [("latitude", \.latitude), ("longitude", \.longitude), ("interval", \.intervalSeconds)]
  }
  private static let present = "present"

  private static func rows(_ changes: [(id: String, version: DeviceHistory.Version)]) -> RowSource {
    let series = SeriesList()
    var chunks: [RowChunk] = []
    for (id, version) in changes {
      if chunks.last?.isFull ?? true { chunks.append(RowChunk(capacity: min(changes.count, Limits.rowsPerChunk))) }
      let chunk = chunks[chunks.count - 1]
      let number = series.append(SeriesKey(measurement: "devices", device: id))
      chunk.appendRow(
        series: number, time: flooredDivision(version.from, by: Nanos.perMillisecond), previous: UInt32.max)
      chunk.setValue(column: 0, tag: .boolean, payload: version.device == nil ? 0 : 1)
      guard let device = version.device else { continue }
      for (index, text) in texts.enumerated() where !device[keyPath: text.of].isEmpty {
        chunk.setString(column: 1 + index, Array(device[keyPath: text.of].utf8).span.bytes)
      }
      for (index, number) in numbers.enumerated() {
        guard let value = device[keyPath: number.of] else { continue }
        // No interval is 0, so that is how one without end is recorded.
        let tagged = DecimalNumber.tagged(value.isFinite ? value : 0)
        chunk.setValue(column: 1 + texts.count + index, tag: tagged.tag, payload: tagged.payload)
      }
    }
    let fields = [present] + texts.map(\.name) + numbers.map(\.name)
    return RowSource(
      chunks: chunks, series: series, fields: fields.map { FieldIdentity(name: $0) }, precision: .milliseconds)
  }

  /// What was recorded, whoever asks.
  package static func recorded(_ catalogue: Catalogue) throws -> [(id: String, version: DeviceHistory.Version)] {
    guard let table = catalogue.table(.devices) else {
      if let failure = catalogue.failures[.devices] { throw LagoonError(failure) }
      return []
    }
    var found: [(id: String, version: DeviceHistory.Version)] = []
    for part in table.parts {
      let source = try catalogue.scan(ScanRequest(table: .devices, path: part.path))
      for chunk in source.chunks {
        for row in 0..<chunk.count { found.append(version(row, of: chunk, in: source)) }
      }
    }
    return found
  }

  private static func version(
    _ row: Int, of chunk: RowChunk, in source: RowSource
  ) -> (id: String, version: DeviceHistory.Version) {
    let id = source.series.device(chunk.series(row))
    // Another program's times may be any number.
    let (nanos, isBeyond) = chunk.time(row).multipliedReportingOverflow(by: source.precision.unitNanos)
    let from = isBeyond ? (chunk.time(row) < 0 ? .min : .max) : nanos
    let isPresent = source.column(of: present).map { chunk.payload(row, column: $0) != 0 } ?? false
    if !isPresent { return (id, DeviceHistory.Version(from: from, device: nil)) }
    var device = Device(id: id, deviceClass: "")
    for text in texts {
      guard let column = source.column(of: text.name), chunk.tag(row, column: column) == .string else { continue }
      device[keyPath: text.of] = String(
        decoding: chunk.text(chunk.payload(row, column: column)), as: UTF8.self)
    }
    for number in numbers {
      guard let column = source.column(of: number.name) else { continue }
      device[keyPath: number.of] = chunk.double(row, column: column)
    }
    if device.intervalSeconds == 0 { device.intervalSeconds = .infinity }
    return (id, DeviceHistory.Version(from: from, device: device))
  }
}
