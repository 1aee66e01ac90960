import Mutation
import Primitives
import Telemetry
import Testing

/// Record batches as the journal gives them back, whole and damaged behind a right checksum.
@Suite struct RecordReaderTests {
  private static let arrival = ArrivalTime(nanos: 1_795_176_000_123_456_789)

  /// Every kind of record, and every kind of value.
  private static func batch() -> [UInt8] {
    let text = Array("phát hiện".utf8)
    var buffer = RecordBuffer(capacity: 1 << 16)
    buffer.putOrigin(listener: 3, arrivalNanos: arrival.nanos)
    for number in 0..<3 as Range<UInt32> {
      let key = SeriesKey(measurement: "rain", device: "d\(number)", tags: [.init(name: "port", value: "\(number)")])
      buffer.putSeries(number * 150, canonicalKey: key.canonicalBytes.span.bytes)
    }
    buffer.putLayout(2, fieldCount: 5)
    for field in 0..<5 {
      buffer.putLayoutField(name: Array("f\(field)".utf8).span.bytes, unit: Array("mm".utf8).span.bytes)
    }
    let values: [(ValueTag, Int64)] = [
      (.integer, .min), (.decimal(scale: 3), 21_345), (.boolean, 1), (.double, Int64(bitPattern: (0.1).bitPattern)),
      (.string, TextRange(datagramOffset: 0, length: text.count).payload),
    ]
    var decoded = DecodedDatagram()
    for (tag, payload) in values { decoded.fields.append(DecodedField(name: .empty, tag: tag, payload: payload)) }
    for (index, unit) in [1_000_000_000, 1_000_000, 1_000, 1].enumerated() {
      let time = arrival.nanos / Int64(unit) * Int64(unit) - Int64(unit)
      let row = DecodedRow(
        key: .empty, keyForm: .canonical, firstField: 0, fieldCount: 5, timeNanos: time, hasTime: true)
      buffer.putRow(
        row, of: decoded, text.span.bytes, series: UInt32(index % 3) * 150, layout: 2, timeNanos: time,
        arrival: arrival)
    }
    return buffer.withUnsafeBytes { Array($0) }
  }

  /// What a walk over all records finds: as text, and whether it came to the end.
  private static func walk(_ bytes: [UInt8]) -> (records: [String], isWhole: Bool) {
    let span = bytes.span.bytes
    var reader = RecordReader()
    var records: [String] = []
    func string(_ range: TextRange) -> String {
      // Traps if the range is not of the bytes.
      span.extracting(range.offset..<range.offset + Int(range.length)).withUnsafeBytes {
        String(decoding: $0, as: UTF8.self)
      }
    }
    while let kind = reader.next(span) {
      var record = "\(kind)"
      switch kind {
      case .origin: record += " \(reader.origin(span))"
      case .series: record += " \(reader.number(span)) \(string(reader.text(span)))"
      case .layout:
        record += " \(reader.number(span))"
        for _ in 0..<reader.number(span) where !reader.isDamaged {
          record += " \(string(reader.text(span))) \(string(reader.text(span)))"
        }
      case .rowSeconds, .rowMillis, .rowMicros, .rowNanos:
        record += " \(reader.number(span)) \(reader.number(span)) "
        record += "\(reader.time(span, kind: kind, arrival: arrival))"
        for _ in 0..<5 {
          let value = reader.value(span)
          let content = value.tag == .string ? string(TextRange(payload: value.payload)) : "\(value.payload)"
          record += " \(value.tag.rawValue):\(content)"
        }
      }
      if reader.isDamaged { break }
      records.append(record)
      if records.count > bytes.count {
        Issue.record("a walk that does not end")
        break
      }
    }
    return (records, !reader.isDamaged)
  }

  @Test func everyKindComesBack() {
    let (records, isWhole) = Self.walk(Self.batch())
    #expect(isWhole && records.count == 9)
    #expect(records[0] == "origin (listener: 3, arrivalNanos: 1795176000123456789)")
    #expect(records[4] == "layout 2 f0 mm f1 mm f2 mm f3 mm f4 mm")
    #expect(records[5].hasPrefix("rowSeconds 0 2 1795175999000000000 1:-9223372036854775808 19:21345 2:1 4:"))
    #expect(records[8].hasPrefix("rowNanos 0 2 1795176000123456788 ") && records[8].hasSuffix("3:phát hiện"))
  }

  @Test func nothingIsReadBeyondTheEnd() {
    let whole = Self.batch()
    let all = Self.walk(whole).records
    for length in 0..<whole.count {
      let (records, _) = Self.walk(Array(whole[..<length]))
      // Whole records in front of the cut are what they were.
      #expect(records.elementsEqual(all.prefix(records.count)), "\(length)")
    }
  }

  @Test func damagedBatchesEnd() {
    let whole = Self.batch()
    var mutation = Mutation(seed: 3)
    var damaged = 0
    for _ in 0..<2_000 where !Self.walk(mutation.damage(whole)).isWhole { damaged += 1 }
    #expect(damaged > 300)
  }

  /// A number of more than 31 bits, a varint without end, a length beyond the batch, a time that no number holds, a kind
  /// and a tag that are none.
  @Test func whatMakesNoSenseEndsTheWalk() {
    let hostile: [[UInt8]] = [
      [0x02, 0x80, 0x80, 0x80, 0x80, 0x08, 0], [0x02] + [UInt8](repeating: 0x80, count: 20), [0x02, 0, 0x7F],
      [0x02, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x07], [0x01], [0x01, 0, 0x80], [0x04], [0x20], [0xFF],
      [0x10, 0, 0] + [UInt8](repeating: 0xFF, count: 9) + [0x01], [0x13, 0, 0, 0, 0x05], [0x13, 0, 0, 0, 0x23],
      [0x13, 0, 0, 0, 0x04, 1, 2, 3, 4, 5, 6, 7], [0x13, 0, 0, 0, 0x03, 2, 0x41], [0x13, 0, 0, 0, 0x02],
    ]
    for bytes in hostile {
      let (records, isWhole) = Self.walk(bytes)
      #expect(!isWhole && records.isEmpty, "\(bytes)")
    }
  }

  @Test func onceFailedItStaysSo() {
    let bytes = Self.batch()
    let span = bytes.span.bytes
    var reader = RecordReader()
    reader.fail()
    let next = reader.next(span)
    let row = reader.nextRow(span)
    let number = reader.number(span)
    let text = reader.text(span)
    let value = reader.value(span)
    reader.skipSeries(span) { _ in true }
    let isDamaged = reader.isDamaged
    #expect(next == nil && row == nil && number == 0 && text.isEmpty && value.payload == 0 && isDamaged)
  }

  @Test func kindsOfRowsHaveUnits() {
    let units = [RecordKind.rowSeconds, .rowMillis, .rowMicros, .rowNanos].map(\.unitNanos)
    #expect(units == [1_000_000_000, 1_000_000, 1_000, 1])
    for kind in [RecordKind.origin, .series, .layout] { #expect(kind.unitNanos == 0) }
  }
}
