import Primitives
import Telemetry

/// Numbers, and values that are read over.
extension JSONScanner {
  /// A number, its first byte next; nil with `failure` set.
  @inline(__always)
  mutating func number(_ text: RawSpan) -> SenMLNumber? {
    let start = position
    let scan = NumberText.scan(text, from: start)
    guard scan.tag != .null, Self.isPlain(scan, text, from: start) || NumberText.isJSON(text, from: start, to: scan.end)
    else { return refuseNumber(text) }
    position = scan.end
    return SenMLNumber(tag: scan.tag, payload: scan.payload)
  }

  /// Whether what was read is JSON by what is known of it: digits, perhaps a point between, and no zero too many.
  @inline(__always)
  private static func isPlain(_ scan: NumberText.Scan, _ text: RawSpan, from: Int) -> Bool {
    let start = text.octetOrZero(from) == UInt8(ascii: "-") ? from &+ 1 : from
    let isZero = text.octetOrZero(start) == UInt8(ascii: "0")
    return (scan.isWhole || scan.isPointed) && text.octetOrZero(start) &- 48 <= 9
      && !(isZero && text.octetOrZero(start &+ 1) &- 48 <= 9)
  }

  /// What is no number at all is bad JSON, or a value of another type; one beyond every double is named so.
  @inline(never)
  private mutating func refuseNumber(_ text: RawSpan) -> SenMLNumber? {
    switch text.octetOrZero(position) {
    case UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "t"), UInt8(ascii: "f"),
      UInt8(ascii: "n"):
      failure = .senmlBadRecord
    default:
      let end = numberEnd(text)
      if NumberText.isJSON(text, from: position, to: end) { failure = .notANumber }
    }
    return nil
  }

  private func numberEnd(_ text: RawSpan) -> Int {
    var end = position
    while end < text.byteCount {
      switch text.octet(end) {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        end += 1
      default: return end
      }
    }
    return end
  }

  /// A number of seconds in nanoseconds, exact to the ninth place behind the point.
  mutating func seconds(_ text: RawSpan) -> Int64? {
    let start = position
    guard let number = number(text) else { return nil }
    let nanos =
      number.tag == .double
      ? exactNanos(text, from: start, to: position) ?? number.nanosOfSeconds : number.nanosOfSeconds
    return nanos ?? number.lastNanos
  }

  /// The nanoseconds of seconds with more digits than a decimal holds, but no exponent.
  private func exactNanos(_ text: RawSpan, from: Int, to: Int) -> Int64? {
    let isNegative = text.octet(from) == UInt8(ascii: "-")
    var nanos: Int64 = 0
    var places = -1
    var index = from + (isNegative ? 1 : 0)
    while index < to && places < 9 {
      let byte = text.octet(index)
      index += 1
      if byte == UInt8(ascii: ".") {
        places = 0
        continue
      }
      if byte &- 48 > 9 { return nil }
      let (tens, overflow) = nanos.multipliedReportingOverflow(by: 10)
      let (sum, overflowToo) = tens.addingReportingOverflow(Int64(byte - 48))
      if overflow || overflowToo { return nil }
      nanos = sum
      if places >= 0 { places += 1 }
    }
    while index < to {
      if text.octet(index) &- 48 > 9 { return nil }
      index += 1
    }
    let (scaled, overflow) = nanos.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[9 - max(0, places)])
    if overflow { return nil }
    return isNegative ? -scaled : scaled
  }

  /// Reads over any value. What it unescapes goes back from the arena.
  mutating func skipValue(_ text: RawSpan, depth: Int, arena: inout Slab<UInt8>) -> Bool {
    let kept = arena.count
    switch peek(text) {
    case UInt8(ascii: "\""):
      let isString = string(text, arena: &arena) != nil
      arena.truncate(to: kept)
      return isString
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      if depth >= Limits.senmlDepth {
        failure = .senmlTooDeep
        return false
      }
      return skipContainer(text, depth: depth, arena: &arena)
    case UInt8(ascii: "t"): return literal("true", text)
    case UInt8(ascii: "f"): return literal("false", text)
    case UInt8(ascii: "n"): return literal("null", text)
    default:
      // Numbers that nobody reads may be beyond every double.
      let end = numberEnd(text)
      if !NumberText.isJSON(text, from: position, to: end) { return false }
      position = end
      return true
    }
  }

  private mutating func skipContainer(_ text: RawSpan, depth: Int, arena: inout Slab<UInt8>) -> Bool {
    let isObject = text.octet(position) == UInt8(ascii: "{")
    let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
    position += 1
    if take(close, text) { return true }
    while true {
      if isObject {
        let kept = arena.count
        skipBlanks(text)
        if string(text, arena: &arena) == nil { return false }
        arena.truncate(to: kept)
        if !take(UInt8(ascii: ":"), text) { return false }
      }
      if !skipValue(text, depth: depth + 1, arena: &arena) { return false }
      if take(close, text) { return true }
      if !take(UInt8(ascii: ","), text) { return false }
    }
  }
}
