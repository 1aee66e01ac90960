import Primitives
import Telemetry

/// What is rarer on a line: long and escaped names, integers of many digits, booleans, strings.
extension LineProtocolDecoder {
  /// A name that is escaped, or holds a control character, or is none. `at` comes on the first odd byte and leaves on
  /// the `=`.
  @inline(never)
  static func readOddName(
    _ text: RawSpan, at: inout Int, from: Int, name: inout TextRange, into out: inout DecodedDatagram
  ) -> RejectReason? {
    var isEscaped = false
    search: while true {
      let byte = text.octetOrZero(at)
      switch byte {
      case UInt8(ascii: "="):
        break search
      case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\n"):
        return .lineBadField
      case UInt8(ascii: "\\"):
        let next = text.octetOrZero(at &+ 1)
        if isEscapable(next) { isEscaped = true }
        at &+= next == UInt8(ascii: "\n") ? 1 : 2
      default:
        at &+= 1
      }
      if at >= text.byteCount { return .lineBadField }
    }
    if at == from { return .lineBadField }
    name = TextRange(datagramOffset: from, length: at &- from)
    if isEscaped {
      let start = out.arena.count
      var index = from
      while index < at {
        if text.octet(index) == UInt8(ascii: "\\") && index &+ 1 < at && isEscapable(text.octet(index &+ 1)) {
          index &+= 1
        }
        if !out.arena.append(text.octet(index)) { return .textTooLong }
        index &+= 1
      }
      name = TextRange(arenaOffset: start, length: out.arena.count &- start)
    }
    return Int(name.length) > Limits.nameBytes ? .nameTooLong : nil
  }

  /// The bytes before which a backslash in a field's name goes.
  private static func isEscapable(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\"")
  }

  /// An integer of any length and sign, or an unsigned one; `to` is on the suffix. Anything else there is no value.
  @inline(never)
  static func readInteger(
    _ text: RawSpan, from: Int, to: Int, name: TextRange, into out: inout DecodedDatagram
  ) -> LineEnd {
    let suffix = text.octetOrZero(to)
    guard suffix == UInt8(ascii: "i") || suffix == UInt8(ascii: "u"), isValueEnd(text, to &+ 1) else {
      return LineEnd(failure: .lineBadValue)
    }
    let sign = text.octet(from)
    let isNegative = sign == UInt8(ascii: "-")
    if isNegative && suffix == UInt8(ascii: "u") { return LineEnd(failure: .lineBadValue) }
    var magnitude: UInt64 = 0
    var index = isNegative || sign == UInt8(ascii: "+") ? from + 1 : from
    while index < to {
      let digit = text.octet(index) &- 48
      // A point or an exponent: a number, but no integer.
      if digit > 9 { return LineEnd(failure: .lineBadValue) }
      let (tenfold, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return LineEnd(failure: .integerOutOfRange) }
      magnitude = sum
      index += 1
    }
    if magnitude <= UInt64(Int64.max) {
      let signed = Int64(magnitude)
      return append(name, .integer, isNegative ? -signed : signed, end: to &+ 1, to: &out)
    }
    if isNegative && magnitude == 1 << 63 { return append(name, .integer, .min, end: to &+ 1, to: &out) }
    // Beyond 63 bits only what a double holds exactly: a stored value is the value that was sent.
    guard suffix == UInt8(ascii: "u"), UInt64(exactly: Double(magnitude)) == magnitude else {
      return LineEnd(failure: .integerOutOfRange)
    }
    return append(name, .double, Int64(bitPattern: Double(magnitude).bitPattern), end: to &+ 1, to: &out)
  }

  /// Whether a value may end before this byte: a comma, a blank, a control or line end, the datagram's end.
  private static func isValueEnd(_ text: RawSpan, _ at: Int) -> Bool {
    let stop = text.octetOrZero(at)
    return stop <= UInt8(ascii: " ") || stop == UInt8(ascii: ",")
  }

  /// A boolean or a string, or what is neither.
  @inline(never)
  static func readOtherValue(
    _ text: RawSpan, from start: Int, name: TextRange, into out: inout DecodedDatagram
  ) -> LineEnd {
    if text.octet(start) == UInt8(ascii: "\"") { return readString(text, from: start, name: name, into: &out) }
    var at = start
    while !isValueEnd(text, at) { at &+= 1 }
    let word = text.paddedWord(start)
    let length = at &- start
    let isTrue: Bool
    // The word's bytes stand lowest first, so the spellings are read backwards.
    switch (length, word & (length >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1)) {
    case (1, 0x74), (1, 0x54), (4, 0x6575_7274), (4, 0x6575_7254), (4, 0x4555_5254):
      isTrue = true
    case (1, 0x66), (1, 0x46), (5, 0x65_736C_6166), (5, 0x65_736C_6146), (5, 0x45_534C_4146):
      isTrue = false
    default:
      return LineEnd(failure: badNumber(text, from: start))
    }
    return append(name, .boolean, isTrue ? 1 : 0, end: at, to: &out)
  }

  /// A quoted string that begins with the quote at `quote`.
  private static func readString(
    _ text: RawSpan, from quote: Int, name: TextRange, into out: inout DecodedDatagram
  ) -> LineEnd {
    let start = quote &+ 1
    var isEscaped = false
    var at = start
    while true {
      let word = text.paddedWord(at)
      let marks = EightBytes.equal(word, UInt8(ascii: "\"")) | EightBytes.equal(word, UInt8(ascii: "\\"))
      if marks == 0 {
        at &+= 8
        if at >= text.byteCount { return LineEnd(failure: .lineUnclosedQuote) }
        continue
      }
      at &+= EightBytes.first(marks)
      if text.octet(at) == UInt8(ascii: "\"") { break }
      let next = text.octetOrZero(at &+ 1)
      if next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") { isEscaped = true }
      at &+= 2
      if at >= text.byteCount { return LineEnd(failure: .lineUnclosedQuote) }
    }
    var range = TextRange(datagramOffset: start, length: at &- start)
    if isEscaped {
      let arenaStart = out.arena.count
      var index = start
      while index < at {
        if text.octet(index) == UInt8(ascii: "\\") {
          let next = text.octet(index &+ 1)
          if next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") { index &+= 1 }
        }
        if !out.arena.append(text.octet(index)) { return LineEnd(failure: .textTooLong) }
        index &+= 1
      }
      range = TextRange(arenaOffset: arenaStart, length: out.arena.count &- arenaStart)
    }
    if !isValueEnd(text, at &+ 1) { return LineEnd(failure: .lineBadValue) }
    return append(name, .string, range.payload, end: at &+ 1, to: &out)
  }

  /// Why what begins at `from` is no number: `NaN` and infinities are named, in every spelling that programs print.
  @inline(never)
  static func badNumber(_ text: RawSpan, from: Int) -> RejectReason {
    var at = from
    let sign = text.octetOrZero(at)
    if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { at &+= 1 }
    let lower = text.paddedWord(at) | 0x0020_2020
    let three = lower & 0x00FF_FFFF
    // "nan" and "inf", lowest byte first.
    if three == 0x6E_616E || three == 0x66_6E69 { return .notANumber }
    return .lineBadValue
  }

  /// Where the line goes on behind a value that is none: its comma, blank or line end; -1 if nothing tells that.
  private static func behindBadValue(_ text: RawSpan, from start: Int, _ failure: RejectReason) -> Int {
    if failure == .lineUnclosedQuote || failure == .textTooLong || failure == .tooManyFields { return -1 }
    var at = start
    if text.octetOrZero(at) == UInt8(ascii: "\"") {
      at &+= 1
      while at < text.byteCount && text.octet(at) != UInt8(ascii: "\"") {
        at &+= text.octet(at) == UInt8(ascii: "\\") ? 2 : 1
      }
      if at >= text.byteCount { return -1 }
      at &+= 1
    }
    while !isValueEnd(text, at) { at &+= 1 }
    return at
  }

  /// Counts a value that cannot be taken, in `first` the first one's reason; returns where the line goes on, -1 if it is
  /// lost with it.
  @inline(never)
  static func passOver(
    _ text: RawSpan, from start: Int, _ failure: RejectReason, _ first: inout RejectReason?,
    in out: inout DecodedDatagram
  ) -> Int {
    let at = behindBadValue(text, from: start, failure)
    if at >= 0 { out.refuseField(failure) }
    first = first ?? failure
    return at
  }

  /// Notes whose fields were refused.
  @inline(never)
  static func noteRefusedFields(key: Range<Int>, _ refusal: RejectReason, in out: inout DecodedDatagram) {
    out.flawedLineCount &+= 1
    out.refusedLines.append(RefusedLine(at: key.lowerBound, refusal, isFieldOnly: true))
    out.refusedKeys.append(RefusedKey(TextRange(datagramOffset: key.lowerBound, length: key.count), .lineProtocol))
  }
}
