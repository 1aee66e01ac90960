import Lagoon
import Pipeline
import Primitives
import Telemetry
import Text

/// What a node answers, all of it, as text.
struct Answers {
  private let view: LagoonView

  init(_ house: House) { view = house.pipeline.view() }

  /// All measurements that have readings.
  var measurements: [String] {
    view.tables.keys.compactMap { name in
      if case .readings(let measurement) = name { return measurement }
      return nil
    }
  }

  /// Every row of a measurement.
  func rows(of measurement: String) throws -> [String] { try results(of: measurement).map(RowText.text) }

  func results(of measurement: String) throws -> [ResultRow] {
    guard let table = view.tables[.readings(measurement)] else { return [] }
    let devices = Traffic.measurements.contains(measurement) ? Set(Traffic.devices) : try devices(of: table)
    var found: [ResultRow] = []
    for device in devices.sorted() {
      var query = ReadingsQuery(device: device, measurement: measurement, limit: 1_000)
      repeat {
        let page = try query.run(on: view)
        found += page.rows
        query.cursor = page.next
      } while query.cursor != nil
    }
    return found
  }

  /// Every device that has rows, of whatever time.
  private func devices(of table: TableView) throws -> Set<String> {
    var sources = table.unsealed
    for part in table.parts {
      sources.append(try view.reader.scan(ScanRequest(table: table.name, path: part.path, fields: [])))
    }
    return Set(sources.flatMap { source in (0..<UInt32(source.series.count)).map(source.series.device) })
  }

  /// Rows of a measurement that are in no part yet.
  func unsealedRows(of measurement: String) -> Int {
    view.tables[.readings(measurement)]?.unsealed.reduce(0) { $0 + $1.rowCount } ?? 0
  }

  /// Every event.
  func events() throws -> [String] { try eventRows().map(RowText.text) }

  /// Every alert, as a receiver writes it.
  func alerts() throws -> Set<String> {
    Set(
      try eventRows().compactMap { row in
        guard let kind = row.text("kind"), kind.hasPrefix("alert.") else { return nil }
        return Receiver.key(
          time: RFC3339.text(row.time, .milliseconds), device: row.device, kind: kind,
          message: row.text("message") ?? "")
      })
  }

  /// What an answer of events says that it lacks.
  var missingEvents: [String] {
    ((try? EventsQuery(limit: 1_000).run(on: view, directory: EmptyDirectory()).missing) ?? []).map(\.cause)
  }

  private func eventRows() throws -> [ResultRow] {
    var found: [ResultRow] = []
    var query = EventsQuery(limit: 1_000)
    repeat {
      let page = try query.run(on: view, directory: EmptyDirectory())
      found += page.rows
      query.cursor = page.next
    } while query.cursor != nil
    return found
  }
}
