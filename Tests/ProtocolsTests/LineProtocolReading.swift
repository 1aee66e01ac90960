import Primitives
import Telemetry
@testable import Protocols

/// A value as a test writes it.
enum LineValue: Equatable {
  case integer(Int64)
  case decimal(Int64, Int)
  case double(Double)
  case boolean(Bool)
  case string(String)
  case unknown(UInt8)
}

struct LineField: Equatable {
  var name: String
  var value: LineValue

  init(_ name: String, _ value: LineValue) {
    self.name = name
    self.value = value
  }
}

struct LineRow: Equatable {
  var key: String
  var fields: [LineField]
  var time: Int64?
}

/// What a datagram of lines decoded to, as values.
struct LineReading {
  var verdict: DatagramVerdict
  var rows: [LineRow] = []
  var refused: [RejectReason] = []
  var refusedFields: [RejectReason] = []
  /// Whether all ranges stood inside the datagram or the arena.
  var isInBounds = true

  init(_ bytes: [UInt8], precision: LinePrecision = .nanoseconds, into out: inout DecodedDatagram) {
    out.reset()
    verdict = LineProtocolDecoder.decode(bytes.span.bytes, precision: precision, into: &out)
    for index in 0..<out.refusedRows.count { refused.append(RejectReason(rawValue: out.refusedRows[index])) }
    for index in 0..<out.refusedFields.count {
      refusedFields.append(RejectReason(rawValue: out.refusedFields[index]))
    }
    for index in 0..<out.rows.count {
      let row = out.rows[index]
      var fields: [LineField] = []
      for place in Int(row.firstField)..<Int(row.firstField) + Int(row.fieldCount) {
        let field = out.fields[place]
        let name = text(field.name, bytes, out)
        let value: LineValue
        switch field.tag {
        case .integer: value = .integer(field.payload)
        case .boolean: value = .boolean(field.payload == 1)
        case .double: value = .double(Double(bitPattern: UInt64(bitPattern: field.payload)))
        case .string: value = .string(text(TextRange(payload: field.payload), bytes, out))
        default:
          value = field.tag.isDecimal ? .decimal(field.payload, field.tag.scale) : .unknown(field.tag.rawValue)
        }
        fields.append(LineField(name, value))
      }
      let key = text(row.key, bytes, out)
      rows.append(LineRow(key: key, fields: fields, time: row.hasTime ? row.timeNanos : nil))
    }
  }

  init(_ text: String, precision: LinePrecision = .nanoseconds) {
    var out = DecodedDatagram()
    self.init(Array(text.utf8), precision: precision, into: &out)
  }

  private mutating func text(_ range: TextRange, _ bytes: [UInt8], _ out: borrowing DecodedDatagram) -> String {
    let end = range.offset + Int(range.length)
    if end > (range.isInArena ? out.arena.count : bytes.count) {
      isInBounds = false
      return ""
    }
    if range.isInArena { return String(decoding: (range.offset..<end).map { out.arena[$0] }, as: UTF8.self) }
    return String(decoding: bytes[range.offset..<end], as: UTF8.self)
  }
}

/// The value of the one field of `m f=<text>`, nil with its reason if it was refused.
func lineValue(_ text: String) -> (value: LineValue?, reason: RejectReason?) {
  let reading = LineReading("m f=\(text)")
  guard case .rejected(let reason) = reading.verdict else { return (reading.rows.first?.fields.first?.value, nil) }
  return (nil, reason)
}

/// A generator of the same numbers in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A copy with some bytes changed, cut out, doubled or cut off.
func mutated(_ bytes: [UInt8], alphabet: [UInt8], using numbers: inout SeededNumbers) -> [UInt8] {
  var result = bytes
  for _ in 0..<Int.random(in: 1...6, using: &numbers) where !result.isEmpty {
    let place = Int.random(in: 0..<result.count, using: &numbers)
    switch Int.random(in: 0..<6, using: &numbers) {
    case 0: result[place] = UInt8.random(in: 0...255, using: &numbers)
    case 1: result[place] = alphabet.randomElement(using: &numbers)!
    case 2: result.insert(alphabet.randomElement(using: &numbers)!, at: place)
    case 3: result.remove(at: place)
    case 4: result.removeSubrange(place..<min(result.count, place + 5))
    default: result.insert(contentsOf: result[place..<min(result.count, place + 9)], at: place)
    }
  }
  return result
}
