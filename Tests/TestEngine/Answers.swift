import Alerts
import Lagoon
import Pipeline
import Primitives

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
    guard view.tables[.readings(measurement)] != nil else { return [] }
    var devices = Set(Traffic.devices)
    if !Traffic.measurements.contains(measurement) {
      devices = Set(
        try LatestQuery(measurement: measurement, limit: 10_000).run(
          on: view, directory: EmptyDirectory(), cache: NewestRowsCache()
        ).rows
          .map(\.device))
    }
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

  /// Every event.
  func events() throws -> [String] { try eventRows().map(RowText.text) }

  /// Every alert, as a receiver writes it.
  func alerts() throws -> Set<String> {
    Set(
      try eventRows().compactMap { row in
        guard let kind = row.text("kind"), kind.hasPrefix("alert.") else { return nil }
        return Receiver.key(
          time: InstantText.text(row.time), device: row.device, kind: kind, message: row.text("message") ?? "")
      })
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
