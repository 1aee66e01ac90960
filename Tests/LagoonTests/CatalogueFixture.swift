import Foundation
import Primitives
import Sys
import Telemetry

@testable import Lagoon

/// A data directory of its own with a catalogue in it.
struct CatalogueFixture {
  static let node = "n-01"
  let data: String

  init() throws {
    data = NSTemporaryDirectory() + "thinai-catalogue-" + UUID().uuidString
    try FileSystem.createDirectories(data)
  }

  func remove() { try? FileSystem.removeTree(data) }

  func open() throws -> Catalogue { try Catalogue(data: data, node: Self.node) }

  func log(_ table: String) -> DeltaLog { DeltaLog(tableDirectory: data + "/tables/" + table) }

  /// Rows of one device with one field, a second each.
  static func rows(_ table: String, _ values: Range<Int>, from seconds: Int64 = 1_795_000_000) -> TableRows {
    let series = SeriesList()
    let number = series.append(SeriesKey(measurement: table, device: "d"))
    let chunk = RowChunk(capacity: values.count)
    for value in values {
      chunk.appendRow(series: number, time: (seconds + Int64(value)) * 1_000, previous: UInt32.max)
      chunk.setValue(column: 0, tag: .integer, payload: Int64(value))
    }
    let source = RowSource(
      chunks: [chunk], series: series, fields: [FieldIdentity(name: "v")], precision: .milliseconds)
    return TableRows(table: .readings(table), rows: source)
  }

  func seal(_ catalogue: Catalogue, _ table: String, _ values: Range<Int>, segment: UInt64) throws {
    try catalogue.seal(
      [Self.rows(table, values)],
      transactions: [LaneTransaction(lane: Self.node + "/lane-00", segment: segment)])
  }

  /// The values of a table, as its parts have them.
  func values(_ catalogue: Catalogue, _ table: String) throws -> [Int64] {
    guard let state = catalogue.table(.readings(table)) else { return [] }
    var values: [Int64] = []
    for part in state.parts {
      let source = try catalogue.scan(part, of: state)
      for chunk in source.chunks { for row in 0..<chunk.count { values.append(chunk.payload(row, column: 0)) } }
    }
    return values.sorted()
  }

  /// Paths of all parts of a table, live or not.
  func files(_ table: String) throws -> [String] { try TableFolder(data + "/tables/" + table).parts }

  /// A commit as another program makes it.
  func commit(_ table: String, version: Int64, _ lines: String) throws {
    let file = try File(log(table).path(version), .createExclusive)
    try file.write(all: Array(lines.utf8))
  }

  func spoil(_ path: String, to byteCount: Int) throws { try File(path, .readWrite).truncate(to: byteCount) }
}
