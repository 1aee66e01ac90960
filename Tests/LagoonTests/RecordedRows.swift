import Primitives
import Telemetry

/// Records as a lane writes them, made by hand.
struct RecordedRows: ~Copyable {
  var buffer = RecordBuffer(capacity: 4 << 20)
  private let arrival: ArrivalTime

  init(arrival: UnixNanos = 1_795_176_000 * Nanos.perSecond) {
    self.arrival = ArrivalTime(nanos: arrival)
    buffer.putOrigin(listener: 0, arrivalNanos: arrival)
  }

  mutating func series(_ number: UInt32, _ key: SeriesKey) {
    buffer.putSeries(number, canonicalKey: key.canonicalBytes.span.bytes)
  }

  mutating func layout(_ number: UInt32, _ fields: [String]) {
    buffer.putLayout(number, fieldCount: fields.count)
    for field in fields { buffer.putLayoutField(name: Array(field.utf8).span.bytes, unit: RawSpan()) }
  }

  /// A row of integers; nil is no value.
  mutating func row(_ series: UInt32, _ layout: UInt32, seconds: Int64, _ values: [Int64?]) {
    var decoded = DecodedDatagram()
    for value in values {
      decoded.fields.append(
        DecodedField(name: .empty, tag: value == nil ? .null : .integer, payload: value ?? 0))
    }
    let time = seconds * Nanos.perSecond
    let row = DecodedRow(
      key: .empty, keyForm: .canonical, firstField: 0, fieldCount: values.count, timeNanos: time, hasTime: true)
    buffer.putRow(
      row, of: decoded, RawSpan(), series: series, layout: layout, timeNanos: time, arrival: arrival)
  }
}
