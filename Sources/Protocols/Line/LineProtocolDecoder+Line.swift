import Primitives
import Telemetry

/// One line: the hot path of the whole product. Eight bytes are looked at at once wherever most lines allow it.
extension LineProtocolDecoder {
  /// Appends the line's fields and, if it is good, its row. `from` is on the measurement's first byte. One bad field fails
  /// it: nearly all lines have none, and what would be done about it would cost them.
  @inline(never)
  static func readLine(
    _ text: RawSpan, from: Int, unitNanos: Int64, into out: inout DecodedDatagram
  ) -> LineEnd {
    readLine(text, from: from, unitNanos: unitNanos, passesOver: false, into: &out)
  }

  /// Reads one that failed once more, and passes over its bad fields.
  @inline(never)
  static func readFlawedLine(
    _ text: RawSpan, from: Int, unitNanos: Int64, into out: inout DecodedDatagram
  ) -> LineEnd {
    readLine(text, from: from, unitNanos: unitNanos, passesOver: true, into: &out)
  }

  @inline(__always)
  private static func readLine(
    _ text: RawSpan, from: Int, unitNanos: Int64, passesOver: Bool, into out: inout DecodedDatagram
  ) -> LineEnd {
    let keyEnd = endOfKey(text, from: from)
    if text.octet(from) == UInt8(ascii: ",") { return LineEnd(failure: .lineMissingMeasurement) }
    if keyEnd &- from > Limits.seriesKeyBytes { return LineEnd(failure: .nameTooLong) }
    var at = keyEnd
    while at < text.byteCount && isBlank(text.octet(at)) { at &+= 1 }
    if at == keyEnd || isLineEnd(text, at) { return LineEnd(failure: .lineMissingFields) }

    let firstField = out.fields.count
    var refusal: RejectReason?
    while true {
      let nameStart = at
      at = endOfName(text, from: nameStart)
      var name = TextRange(datagramOffset: nameStart, length: at &- nameStart)
      if at == nameStart || text.octetOrZero(at) != UInt8(ascii: "=") || at &- nameStart > Limits.nameBytes {
        let failure = readOddName(text, at: &at, from: nameStart, name: &name, into: &out)
        if let failure {
          if failure != .nameTooLong || !passesOver { return LineEnd(failure: failure) }
          at = passOver(text, from: at &+ 1, failure, &refusal, in: &out)
          if at < 0 { return LineEnd(failure: failure) }
          if text.octetOrZero(at) != UInt8(ascii: ",") { break }
          at &+= 1
          continue
        }
      }
      at &+= 1
      let value = readValue(text, from: at, name: name, into: &out)
      if let failure = value.failure {
        if !passesOver { return value }
        at = passOver(text, from: at, failure, &refusal, in: &out)
        if at < 0 { return value }
        if text.octetOrZero(at) != UInt8(ascii: ",") { break }
        at &+= 1
        continue
      }
      at = value.next
      if text.octetOrZero(at) != UInt8(ascii: ",") { break }
      at &+= 1
    }
    let fieldCount = out.fields.count &- firstField
    if let refusal {
      // If there are no other fields, the reason of the first is the line's.
      if fieldCount == 0 { return LineEnd(failure: refusal) }
      noteRefusedFields(key: from..<keyEnd, refusal, in: &out)
    }
    if fieldCount > Limits.fieldsPerRow { return LineEnd(failure: .tooManyFields) }

    let time = readTime(text, from: at, unitNanos: unitNanos)
    if time.end.failure != nil { return time.end }
    let row = DecodedRow(
      key: TextRange(datagramOffset: from, length: keyEnd &- from), keyForm: .lineProtocol, firstField: firstField,
      fieldCount: fieldCount, timeNanos: time.nanos, hasTime: time.isThere)
    return out.rows.append(row) ? time.end : LineEnd(failure: .tooManyRows)
  }

  /// The first unescaped space, or the LF or the end before it.
  @inline(__always)
  static func endOfKey(_ text: RawSpan, from: Int) -> Int {
    var at = from
    while at < text.byteCount {
      // Spaces and control characters in one test; beyond the end stand zeros, so the search ends there too.
      let marks = EightBytes.below(text.paddedWord(at), 0x21)
      if marks == 0 {
        at &+= 8
        continue
      }
      at &+= EightBytes.first(marks)
      if at >= text.byteCount { return text.byteCount }
      let byte = text.octet(at)
      if byte == UInt8(ascii: "\n") { return at }
      if byte == UInt8(ascii: " ") && (at == from || text.octet(at &- 1) != UInt8(ascii: "\\")) { return at }
      at &+= 1
    }
    return text.byteCount
  }

  /// The first byte that is not plainly part of a field's name: `=`, `,`, a backslash, a blank or a control, the end.
  @inline(__always)
  private static func endOfName(_ text: RawSpan, from: Int) -> Int {
    var at = from
    while true {
      let word = text.paddedWord(at)
      let marks =
        EightBytes.equal(word, UInt8(ascii: "=")) | EightBytes.equal(word, UInt8(ascii: ","))
        | EightBytes.equal(word, UInt8(ascii: "\\")) | EightBytes.below(word, 0x21)
      if marks != 0 { return at &+ EightBytes.first(marks) }
      at &+= 8
    }
  }

  /// Reads the value that begins at `start` and appends the field; the next byte is the comma, blank or line end
  /// behind it.
  @inline(__always)
  private static func readValue(
    _ text: RawSpan, from start: Int, name: TextRange, into out: inout DecodedDatagram
  ) -> LineEnd {
    let first = text.octetOrZero(start)
    // Digits, signs and the point all stand at or below "9", letters above it.
    if first > UInt8(ascii: "9") || first == UInt8(ascii: "\"") {
      return readOtherValue(text, from: start, name: name, into: &out)
    }
    let number = NumberText.scan(text, from: start)
    if number.tag == .null { return LineEnd(failure: badNumber(text, from: start)) }
    var end = number.end
    var stop = text.octetOrZero(end)
    var tag = number.tag
    if stop > UInt8(ascii: ",") {
      if stop != UInt8(ascii: "i") || !number.isWhole || tag != .decimal(scale: 0) {
        return readInteger(text, from: start, to: end, name: name, into: &out)
      }
      tag = .integer
      end &+= 1
      stop = text.octetOrZero(end)
    }
    if stop > UInt8(ascii: " ") && stop != UInt8(ascii: ",") { return LineEnd(failure: .lineBadValue) }
    return append(name, tag, number.payload, end: end, to: &out)
  }

  @inline(__always)
  static func append(
    _ name: TextRange, _ tag: ValueTag, _ payload: Int64, end: Int, to out: inout DecodedDatagram
  ) -> LineEnd {
    out.fields.append(DecodedField(name: name, tag: tag, payload: payload))
      ? LineEnd(next: end) : LineEnd(failure: .tooManyFields)
  }

  /// A line's time, if it has one, and where the line ends.
  private struct LineTime {
    var end: LineEnd
    var nanos: UnixNanos = 0
    var isThere = false

    init(_ failure: RejectReason) {
      end = LineEnd(failure: failure)
    }

    init(nanos: UnixNanos = 0, isThere: Bool, next: Int) {
      end = LineEnd(next: next)
      self.nanos = nanos
      self.isThere = isThere
    }
  }

  /// Reads what follows the fields: blanks, the time if there is one, blanks, the line's end.
  ///
  /// The next byte then is a CR, an LF or the end: the next line's search for its begin skips the first two.
  @inline(__always)
  private static func readTime(_ text: RawSpan, from: Int, unitNanos: Int64) -> LineTime {
    var at = from
    while at < text.byteCount && isBlank(text.octet(at)) { at &+= 1 }
    if isLineEnd(text, at) { return LineTime(isThere: false, next: at) }
    let isNegative = text.octet(at) == UInt8(ascii: "-")
    if isNegative { at &+= 1 }
    var value: UInt64 = 0
    var total = 0
    while total <= 19 {
      let values = text.paddedWord(at) ^ EightBytes.zeros
      let count = EightBytes.first(EightBytes.nonDigits(values))
      if count == 0 { break }
      // Exact up to 19 digits; more are refused below.
      value = value &* power(count) &+ EightBytes.number(values &<< UInt64(truncatingIfNeeded: (8 &- count) &* 8))
      total &+= count
      at &+= count
      if count < 8 { break }
    }
    if total == 0 { return LineTime(.lineBadTimestamp) }
    let signed = Int64(truncatingIfNeeded: value)
    var (nanos, overflow) = (isNegative ? 0 &- signed : signed).multipliedReportingOverflow(by: unitNanos)
    if total > 19 || value > UInt64(Int64.max) || overflow {
      // The last time that can be said: of a clock that is ahead, or was never set.
      while text.octetOrZero(at) &- 48 <= 9 { at &+= 1 }
      nanos = isNegative ? .min : .max
    }
    while at < text.byteCount && isBlank(text.octet(at)) { at &+= 1 }
    if !isLineEnd(text, at) { return LineTime(.lineBadTimestamp) }
    return LineTime(nanos: nanos, isThere: true, next: at)
  }

  /// 10 to the power of 0…8.
  @inline(__always)
  private static func power(_ exponent: Int) -> UInt64 {
    // A time of nanoseconds is 8, 8 and 3 digits.
    if exponent == 8 { return 100_000_000 }
    var power: UInt64 = exponent & 1 == 0 ? 1 : 10
    if exponent & 2 != 0 { power &*= 100 }
    if exponent & 4 != 0 { power &*= 10_000 }
    return power
  }

  /// Whether the line ends here: LF, CR LF, or a CR or nothing at the datagram's end.
  @inline(__always)
  static func isLineEnd(_ text: RawSpan, _ at: Int) -> Bool {
    if at >= text.byteCount { return true }
    let byte = text.octet(at)
    if byte == UInt8(ascii: "\n") { return true }
    return byte == UInt8(ascii: "\r")
      && (at &+ 1 >= text.byteCount || text.octet(at &+ 1) == UInt8(ascii: "\n"))
  }
}
