import Primitives
import Telemetry

/// A row where it lies: cheap to sort and to forget.
struct FoundRow: Sendable {
  let source: RowSource
  let chunk: RowChunk
  let row: Int
  let time: UnixNanos
  /// Its source's place in the order of arrival: when a part was written, or `inMemory`. Within a source rows lie in that
  /// order.
  var arrival = FoundRow.inMemory

  static let inMemory = Int64.max

  /// When it came; its own time, where that is within a second of it.
  var arrivalNanos: UnixNanos {
    let received = chunk.received(row)
    return received == RowChunk.noReceived ? time : received * Nanos.perMillisecond
  }

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
