import Primitives
import Telemetry
import Testing

/// Rows written as records and read again.
struct RecordTests {
  private static let arrival = ArrivalTime(nanos: 1_795_176_000_123_456_789)

  @Test(arguments: [0, 1_795_176_000_000_000_000, 1_795_175_999_999_000_000, 1_795_176_000_000_001_000, -1, Int64.max])
  func rowsComeBack(timeNanos: Int64) throws {
    let values: [(ValueTag, Int64)] = [
      (.integer, .min), (.integer, .max), (.decimal(scale: 1), 213), (.decimal(scale: 18), -16_384),
      (.boolean, 1), (.double, Int64(bitPattern: (0.1).bitPattern)), (.null, 0), (.decimal(scale: 2), 16_383),
    ]
    let text = Array("phát hiện".utf8)
    var decoded = DecodedDatagram()
    for (tag, payload) in values { decoded.fields.append(DecodedField(name: .empty, tag: tag, payload: payload)) }
    let place = TextRange(datagramOffset: 0, length: text.count)
    decoded.fields.append(DecodedField(name: .empty, tag: .string, payload: place.payload))
    decoded.fields.append(DecodedField(name: .empty, tag: .integer, payload: 7))
    let row = DecodedRow(
      key: .empty, keyForm: .canonical, firstField: 0, fieldCount: values.count + 2, timeNanos: timeNanos, hasTime: true
    )
    var buffer = RecordBuffer(capacity: 4_096)
    buffer.putSeries(300, canonicalKey: text.span.bytes)
    buffer.putRow(
      row, of: decoded, text.span.bytes, series: 300, layout: 70_000, timeNanos: timeNanos, arrival: Self.arrival)

    var reader = RecordReader()
    reader.skipSeries(buffer.bytes) { $0 == 299 }
    let stays = reader.byteOffset
    #expect(stays == 0)
    reader.skipSeries(buffer.bytes) { $0 == 300 }
    let found = reader.nextRow(buffer.bytes)
    let kind = try #require(found)
    let series = reader.number(buffer.bytes)
    let layout = reader.number(buffer.bytes)
    let time = reader.time(buffer.bytes, kind: kind, arrival: Self.arrival)
    #expect(series == 300 && layout == 70_000 && time == timeNanos)
    for (tag, payload) in values {
      let value = reader.value(buffer.bytes)
      #expect(value.tag == tag && (tag == .null || value.payload == payload))
    }
    let string = reader.value(buffer.bytes)
    let range = TextRange(payload: string.payload)
    #expect(string.tag == .string && Int(range.length) == text.count)
    let last = reader.value(buffer.bytes)
    let next = reader.nextRow(buffer.bytes)
    let end = (reader.byteOffset, buffer.byteCount)
    #expect(last.payload == 7 && next == nil && end.0 == end.1)
  }
}
