import Primitives
import Telemetry
@testable import Protocols

/// What one syslog datagram decoded to, as text.
struct SyslogReading {
  var verdict: DatagramVerdict
  var severity = ""
  var kind = ""
  var message = ""
  var attributes = ""
  var host = ""
  /// A word that names only a device that the registry knows.
  var doubtfulHost = ""
  var time: UnixNanos?
  /// Whether there is one row of the four fields, each of them UTF-8 inside the datagram or the arena.
  var isSound = true

  /// 2026-11-20T15:00:00Z.
  static let arrival = UnixNanos(1_795_186_800) * Nanos.perSecond

  init(
    _ bytes: [UInt8], arrival: UnixNanos = Self.arrival, zone: TimeZoneRules = .fixed(offsetSeconds: 7 * 3_600),
    clock: ClockBounds = ClockBounds(), into out: inout DecodedDatagram
  ) {
    out.reset()
    verdict = SyslogDecoder().decode(bytes.span.bytes, arrivalNanos: arrival, zone: zone, clock: clock, into: &out)
    if verdict != .decoded {
      isSound = out.rows.isEmpty && out.fields.isEmpty
      return
    }
    guard out.rows.count == 1, out.fields.count == 4, out.refusedRows.isEmpty,
      out.rows[0].keyForm == .eventSender || out.rows[0].keyForm == .doubtfulSender,
      out.rows[0].firstField == 0, out.rows[0].fieldCount == 4
    else {
      isSound = false
      return
    }
    var texts: [String] = []
    for index in 0..<4 {
      texts.append(text(out.fields[index].name, bytes, out, isUTF8: true))
      texts.append(text(TextRange(payload: out.fields[index].payload), bytes, out, isUTF8: true))
      if out.fields[index].tag != .string { isSound = false }
    }
    if [texts[0], texts[2], texts[4], texts[6]] != ["severity", "kind", "message", "attributes"] { isSound = false }
    (severity, kind, message, attributes) = (texts[1], texts[3], texts[5], texts[7])
    let name = text(out.rows[0].key, bytes, out, isUTF8: false)
    if out.rows[0].keyForm == .eventSender { host = name } else { doubtfulHost = name }
    time = out.rows[0].hasTime ? out.rows[0].timeNanos : nil
  }

  init(_ text: String, arrival: UnixNanos = Self.arrival, zone: TimeZoneRules = .fixed(offsetSeconds: 7 * 3_600)) {
    var out = DecodedDatagram()
    self.init(Array(text.utf8), arrival: arrival, zone: zone, into: &out)
  }

  /// With a clock that is believed from 2020 on until ten minutes ahead of the arrival.
  init(judged text: String) {
    var out = DecodedDatagram()
    let clock = ClockBounds(oldestNanos: utc(2020, 1, 1), newestNanos: Self.arrival + 10 * Nanos.perMinute)
    self.init(Array(text.utf8), clock: clock, into: &out)
  }

  init(bytes: [UInt8]) {
    var out = DecodedDatagram()
    self.init(bytes, into: &out)
  }

  private mutating func text(
    _ range: TextRange, _ bytes: [UInt8], _ out: borrowing DecodedDatagram, isUTF8: Bool
  ) -> String {
    let end = range.offset + Int(range.length)
    if end > (range.isInArena ? out.arena.count : bytes.count) {
      isSound = false
      return ""
    }
    let part = range.isInArena ? (range.offset..<end).map { out.arena[$0] } : Array(bytes[range.offset..<end])
    if isUTF8, String(validating: part, as: UTF8.self) == nil { isSound = false }
    return String(decoding: part, as: UTF8.self)
  }
}

/// Nanoseconds of a civil time in UTC.
func utc(
  _ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0, _ second: Int = 0, nanos: Int64 = 0
) -> UnixNanos {
  let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
  return (days * 86_400 + Int64(hour * 3_600 + minute * 60 + second)) * Nanos.perSecond + nanos
}

/// Whether text is one JSON value of RFC 8259, no more: a reader of its own, so that the composer is not checked by
/// itself. Names that an object gives twice are refused too.
struct JSONCheck {
  private let bytes: [UInt8]
  private var at = 0

  static func isValid(_ text: String) -> Bool {
    var check = JSONCheck(bytes: Array(text.utf8))
    return check.value() && check.at == check.bytes.count
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func value() -> Bool {
    if take(UInt8(ascii: "{")) {
      var names: Set<[UInt8]> = []
      if take(UInt8(ascii: "}")) { return true }
      repeat {
        let start = at
        guard string(), names.insert(Array(bytes[start..<at])).inserted, take(UInt8(ascii: ":")), value() else {
          return false
        }
      } while take(UInt8(ascii: ","))
      return take(UInt8(ascii: "}"))
    }
    if take(UInt8(ascii: "[")) {
      repeat { guard value() else { return false } } while take(UInt8(ascii: ","))
      return take(UInt8(ascii: "]"))
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: "\"") { return string() }
    let start = at
    while at < bytes.count, bytes[at] &- 48 <= 9 { at += 1 }
    return at > start
  }

  private mutating func string() -> Bool {
    guard take(UInt8(ascii: "\"")) else { return false }
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return true }
      if byte < 0x20 { return false }
      if byte == UInt8(ascii: "\\") {
        guard at < bytes.count else { return false }
        let escape = bytes[at]
        at += 1
        if escape == UInt8(ascii: "u") {
          guard at + 4 <= bytes.count, bytes[at..<at + 4].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            return false
          }
          at += 4
        } else if !"\"\\/bfnrt".utf8.contains(escape) {
          return false
        }
      }
    }
    return false
  }
}
