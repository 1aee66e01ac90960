import Primitives

/// RFC 5424 section 6.3: `[id name="value" …][id …]`.
enum SyslogStructuredData {
  /// One parameter: its name, its value without quotes but with escapes, and where it ends.
  struct Parameter {
    var name: Range<Int>
    var value: Range<Int>
    var end: Int
  }

  /// Where structured data that begin at `from` end; nil if they are malformed: a name without value, a value without
  /// closing quote, an element without closing bracket, an id given twice, or more than the limits.
  static func end(_ text: RawSpan, from: Int) -> Int? {
    // Places are kept in 16 bits; no datagram is longer.
    if text.byteCount > Int(UInt16.max) { return nil }
    var ids = InlineArray<64, UInt32>(repeating: 0)
    var elements = 0
    var at = from
    while text.octetOrZero(at) == UInt8(ascii: "[") {
      let id = name(text, from: at + 1)
      if id.isEmpty || elements == Limits.syslogElements { return nil }
      for earlier in 0..<elements {
        let start = Int(ids[earlier] >> 16)
        if isSame(text, start..<start + Int(ids[earlier] & 0xFFFF), id) { return nil }
      }
      ids[elements] = UInt32(truncatingIfNeeded: id.lowerBound << 16 | id.count)
      elements += 1
      at = id.upperBound
      var parameters = 0
      while let parameter = parameter(text, from: at) {
        parameters += 1
        if parameters > Limits.syslogParameters { return nil }
        at = parameter.end
      }
      // Some leave a blank before the bracket.
      at = SyslogTime.afterSpaces(text, at)
      if text.octetOrZero(at) != UInt8(ascii: "]") { return nil }
      at += 1
    }
    return at == text.byteCount || text.octet(at) == UInt8(ascii: " ") ? at : nil
  }

  /// An SD-NAME: printable ASCII (here: no control) but `=`, blank, `]` and the quote. Empty if it is too long.
  static func name(_ text: RawSpan, from: Int) -> Range<Int> {
    var at = from
    while at < text.byteCount && at <= from + Limits.syslogNameBytes {
      let byte = text.octet(at)
      if byte <= UInt8(ascii: " ") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "]")
        || byte == UInt8(ascii: "\"")
      {
        break
      }
      at += 1
    }
    return from..<(at > from + Limits.syslogNameBytes ? from : at)
  }

  /// The parameter behind the blanks at `from`, if a well-formed one stands there.
  static func parameter(_ text: RawSpan, from: Int) -> Parameter? {
    let start = SyslogTime.afterSpaces(text, from)
    if start == from { return nil }
    let name = name(text, from: start)
    if name.isEmpty || text.octetOrZero(name.upperBound) != UInt8(ascii: "=")
      || text.octetOrZero(name.upperBound + 1) != UInt8(ascii: "\"")
    {
      return nil
    }
    let first = name.upperBound + 2
    var at = first
    while at < text.byteCount && text.octet(at) != UInt8(ascii: "\"") {
      at += text.octet(at) == UInt8(ascii: "\\") ? 2 : 1
    }
    return at < text.byteCount ? Parameter(name: name, value: first..<at, end: at + 1) : nil
  }

  static func isSame(_ text: RawSpan, _ a: Range<Int>, _ b: Range<Int>) -> Bool {
    if a.count != b.count { return false }
    var index = 0
    while index < a.count {
      if text.octet(a.lowerBound + index) != text.octet(b.lowerBound + index) { return false }
      index += 1
    }
    return true
  }
}
