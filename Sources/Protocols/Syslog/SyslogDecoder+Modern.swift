import Primitives

/// RFC 5424 section 6:
/// ```
/// <PRI>VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA [SP MSG]
/// ```
extension SyslogDecoder {
  /// Reads a whole message from its version on; `false`, with `message` as it was, if its header is none.
  static func readModern(
    _ text: RawSpan, from: Int, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules, clock: ClockBounds,
    into message: inout SyslogMessage
  ) -> Bool {
    var at = from
    while at < from + 3 && text.octetOrZero(at) &- 48 <= 9 { at += 1 }
    if at == from || text.octet(from) == UInt8(ascii: "0") || text.octetOrZero(at) != UInt8(ascii: " ") { return false }
    var read = message
    read.version = from..<at
    at += 1

    let stamp = word(text, from: at)
    if !isNil(text, stamp) {
      // Times are of one word, so an RFC 3339 time with a space in it is none here.
      guard let time = SyslogTime.iso(text, from: at), time.end == stamp.upperBound,
        read.take(time, arrivalNanos: arrivalNanos, zone: zone, clock: clock)
      else { return false }
    }
    at = stamp.upperBound
    guard takeWord(text, at: &at, into: &read.hostname), takeWord(text, at: &at, into: &read.app),
      takeWord(text, at: &at, into: &read.processID), takeWord(text, at: &at, into: &read.messageID)
    else { return false }
    read.textStart = at
    if at < text.byteCount { at += 1 }
    read.textStart = at
    let mark = text.octetOrZero(at)
    let next = text.octetOrZero(at + 1)
    if mark == UInt8(ascii: "-") && (next == UInt8(ascii: " ") || at + 1 >= text.byteCount) {
      read.textStart = min(at + 2, text.byteCount)
    } else if mark == UInt8(ascii: "["), let end = SyslogStructuredData.end(text, from: at) {
      read.structuredData = at..<end
      read.textStart = end < text.byteCount ? end + 1 : end
    }
    message = read
    return true
  }

  /// Up to the next space or the end.
  static func word(_ text: RawSpan, from: Int) -> Range<Int> {
    var at = from
    while at < text.byteCount && text.octet(at) != UInt8(ascii: " ") { at += 1 }
    return from..<at
  }

  private static func isNil(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    word.count == 1 && text.octet(word.lowerBound) == UInt8(ascii: "-")
  }

  /// Reads a space and a word; a NILVALUE leaves `range` empty.
  private static func takeWord(_ text: RawSpan, at: inout Int, into range: inout Range<Int>) -> Bool {
    guard text.octetOrZero(at) == UInt8(ascii: " ") else { return false }
    let word = word(text, from: at + 1)
    if word.isEmpty { return false }
    if !isNil(text, word) { range = word }
    at = word.upperBound
    return true
  }
}
