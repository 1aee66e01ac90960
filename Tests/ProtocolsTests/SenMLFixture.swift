import Mutation
import Primitives
import Protocols
import Telemetry

/// A decoded row in words: fields as `name=value unit`, decimals written out, doubles with `d`, integers with `i`.
struct PlainRow: Hashable {
  var device: String
  /// nil if the row has no time of its own.
  var timeNanos: Int64?
  var fields: [String]

  init(_ device: String, _ timeNanos: Int64?, _ fields: [String]) {
    self.device = device
    self.timeNanos = timeNanos
    self.fields = fields
  }
}

/// What a pack came to, with every bound of the decoded datagram checked on the way.
struct PlainPack {
  var verdict: DatagramVerdict
  var rows: [PlainRow]
  var measurements: Set<String>

  static let arrivalNanos: Int64 = 1_795_176_000_000_000_000

  enum Form { case json, cbor }

  init(json: String, arrivalNanos: Int64 = Self.arrivalNanos, isApart: Bool = false) {
    self.init(Array(json.utf8), .json, arrivalNanos: arrivalNanos, isApart: isApart)
  }

  init(cbor: [UInt8], arrivalNanos: Int64 = Self.arrivalNanos, isApart: Bool = false) {
    self.init(cbor, .cbor, arrivalNanos: arrivalNanos, isApart: isApart)
  }

  init(_ pack: [UInt8], _ form: Form, arrivalNanos: Int64, isApart: Bool) {
    var decoder = SenMLDecoder()
    var out = DecodedDatagram()
    self.init(pack, form, arrivalNanos: arrivalNanos, isApart: isApart, with: &decoder, into: &out)
  }

  /// Decodes `pack` behind three other bytes of a datagram, or apart.
  init(
    _ pack: [UInt8], _ form: Form, arrivalNanos: Int64, isApart: Bool, with decoder: inout SenMLDecoder,
    into out: inout DecodedDatagram
  ) {
    let datagram: [UInt8] = [1, 2, 3] + pack
    let measurement = Array("weather".utf8)
    let place: SenMLPackPlace = isApart ? .apart : .datagram(offset: 3)
    out.reset()
    let span = datagram.span.bytes.extracting(3..<datagram.count)
    switch form {
    case .json:
      verdict = decoder.decodeJSON(
        span, place: place, measurement: measurement.span.bytes, arrivalNanos: arrivalNanos, into: &out)
    case .cbor:
      verdict = decoder.decodeCBOR(
        span, place: place, measurement: measurement.span.bytes, arrivalNanos: arrivalNanos, into: &out)
    }
    rows = []
    measurements = []
    var fieldCount = 0
    for index in 0..<out.rows.count {
      let row = out.rows[index]
      precondition(Int(row.firstField) == fieldCount, "rows' fields must follow each other")
      fieldCount += Int(row.fieldCount)
      let key = SeriesKey(
        canonicalBytes: out.arena.bytes.extracting(row.key.offset..<row.key.offset + Int(row.key.length)))!
      measurements.insert(key.measurement)
      let fields = (Int(row.firstField)..<fieldCount).map { Self.describe(out.fields[$0], datagram, isApart, out) }
      rows.append(PlainRow(key.device, row.hasTime ? row.timeNanos : nil, fields))
    }
    precondition(fieldCount == out.fields.count, "every field must belong to a row")
  }

  private static func text(
    _ range: TextRange, _ datagram: [UInt8], _ isApart: Bool, _ out: borrowing DecodedDatagram
  ) -> String {
    let places = range.offset..<range.offset + Int(range.length)
    if range.isInArena { return String(decoding: places.map { out.arena[$0] }, as: UTF8.self) }
    precondition(!isApart || range.isEmpty, "text of a pack that stands apart must be in the arena")
    return String(decoding: datagram[places], as: UTF8.self)
  }

  private static func describe(
    _ field: DecodedField, _ datagram: [UInt8], _ isApart: Bool, _ out: borrowing DecodedDatagram
  ) -> String {
    let value: String
    switch field.tag {
    case .boolean: value = field.payload == 1 ? "true" : "false"
    case .string: value = "'\(text(TextRange(payload: field.payload), datagram, isApart, out))'"
    case .integer: value = "\(field.payload)i"
    case .double: value = "\(Double(bitPattern: UInt64(bitPattern: field.payload)))d"
    default:
      precondition(field.tag.isDecimal, "a field needs a value")
      var digits = String(field.payload.magnitude)
      if field.tag.scale > 0 {
        digits = String(repeating: "0", count: max(0, field.tag.scale + 1 - digits.count)) + digits
        digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -field.tag.scale))
      }
      value = (field.payload < 0 ? "-" : "") + digits
    }
    let unit = text(field.unit, datagram, isApart, out)
    return "\(text(field.name, datagram, isApart, out))=\(value)\(unit.isEmpty ? "" : " " + unit)"
  }
}

/// CBOR as a test writes it (RFC 8949).
indirect enum CBOR {
  case int(Int64)
  case unsigned(UInt64)
  case negative(UInt64)
  case text(String)
  case bytes([UInt8])
  case array([CBOR])
  case map([(CBOR, CBOR)])
  case tag(UInt64, CBOR)
  case bool(Bool)
  case double(Double)
  case float(Float)
  case raw([UInt8])

  var encoded: [UInt8] {
    switch self {
    case .int(let value): value >= 0 ? Self.head(0, UInt64(value)) : Self.head(1, UInt64(bitPattern: ~value))
    case .unsigned(let value): Self.head(0, value)
    case .negative(let argument): Self.head(1, argument)
    case .text(let text): Self.head(3, UInt64(text.utf8.count)) + Array(text.utf8)
    case .bytes(let bytes): Self.head(2, UInt64(bytes.count)) + bytes
    case .array(let items): Self.head(4, UInt64(items.count)) + items.flatMap(\.encoded)
    case .map(let entries): Self.head(5, UInt64(entries.count)) + entries.flatMap { $0.encoded + $1.encoded }
    case .tag(let number, let item): Self.head(6, number) + item.encoded
    case .bool(let value): [value ? 0xF5 : 0xF4]
    case .double(let value): [0xFB] + Self.bigEndian(value.bitPattern, 8)
    case .float(let value): [0xFA] + Self.bigEndian(UInt64(value.bitPattern), 4)
    case .raw(let bytes): bytes
    }
  }

  private static func bigEndian(_ value: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64((width - 1 - $0) * 8)) }
  }

  private static func head(_ major: UInt8, _ argument: UInt64) -> [UInt8] {
    switch argument {
    case 0..<24: [major << 5 | UInt8(argument)]
    case 24..<0x100: [major << 5 | 24] + bigEndian(argument, 1)
    case 0x100..<0x1_0000: [major << 5 | 25] + bigEndian(argument, 2)
    case 0x1_0000..<0x1_0000_0000: [major << 5 | 26] + bigEndian(argument, 4)
    default: [major << 5 | 27] + bigEndian(argument, 8)
    }
  }
}

extension SeededRandom {
  /// `bytes` with some of them changed, taken out, put in or cut off.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...6, using: &self) {
      switch Int.random(in: 0..<5, using: &self) {
      case 0 where !result.isEmpty:
        result[Int.random(in: 0..<result.count, using: &self)] = UInt8.random(in: 0...255, using: &self)
      case 1 where !result.isEmpty:
        result[Int.random(in: 0..<result.count, using: &self)] ^= 1 << UInt8.random(in: 0...7, using: &self)
      case 2:
        let place = Int.random(in: 0...result.count, using: &self)
        result.insert(UInt8.random(in: 0...255, using: &self), at: place)
      case 3 where !result.isEmpty:
        result.remove(at: Int.random(in: 0..<result.count, using: &self))
      default:
        if Int.random(in: 0..<4, using: &self) == 0 {
          result.removeLast(Int.random(in: 0...result.count, using: &self))
        }
      }
    }
    return result
  }
}
