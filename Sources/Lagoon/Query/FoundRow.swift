import Primitives
import Telemetry

/// A row where it lies: cheap to sort and to forget.
struct FoundRow {
  let source: RowSource
  let chunk: RowChunk
  let row: Int
  let time: UnixNanos

  var key: SeriesKey { source.series[chunk.series(row)] }

  /// Copies it out.
  func result(measurement: String? = nil) -> ResultRow {
    let key = self.key
    let received = chunk.received(row)
    var fields: [ResultRow.Field] = []
    for (column, field) in source.fields.enumerated() {
      if let value = ReadingValue(chunk, row: row, column: column) {
        fields.append(ResultRow.Field(name: field.name, value: value))
      }
    }
    return ResultRow(
      measurement: measurement ?? key.measurement, device: key.device, tags: key.tags, time: time,
      receivedMillis: received == RowChunk.noReceived ? nil : received, fields: fields)
  }
}

extension ResultRow {
  /// Makes rows of one series and instant with disjoint fields into one, as sealing does, so that an answer does not
  /// depend on whether they were sealed. The others stay.
  ///
  /// - Parameter rows: rows of one instant, in any order.
  static func merged(_ rows: [ResultRow]) -> [ResultRow] {
    if rows.count < 2 { return rows }
    var merged: [ResultRow] = []
    for row in rows.sorted(by: ResultRow.precedes) {
      let names = Set(row.fields.map(\.name))
      let place = merged.firstIndex { other in
        other.device == row.device && other.tags == row.tags && other.fields.allSatisfy { !names.contains($0.name) }
      }
      if let place {
        merged[place].fields += row.fields
        merged[place].receivedMillis = merged[place].receivedMillis ?? row.receivedMillis
      } else {
        merged.append(row)
      }
    }
    for index in merged.indices { merged[index].fields.sort { $0.name < $1.name } }
    return merged.sorted(by: ResultRow.precedes)
  }

  /// The rows in an order that depends on nothing but what they say.
  static func ordered(_ rows: [ResultRow]) -> [ResultRow] {
    rows.count < 2 ? rows : rows.sorted { $0.time != $1.time ? $0.time < $1.time : precedes($0, $1) }
  }

  /// The same of rows of one instant.
  private static func precedes(_ a: ResultRow, _ b: ResultRow) -> Bool {
    if a.device != b.device { return a.device < b.device }
    if a.tags != b.tags { return a.tagText < b.tagText }
    return a.orderText < b.orderText
  }

  private var tagText: String { tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",") }

  private var orderText: String {
    fields.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
  }
}
