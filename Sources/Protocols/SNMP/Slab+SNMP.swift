public import Primitives

/// Values of variable bindings as text and JSON in the arena.
extension Slab where Element == UInt8 {
  mutating func appendDecimal(_ value: UInt64) {
    if value >= 10 { appendDecimal(value / 10) }
    append(UInt8(truncatingIfNeeded: value % 10) &+ 48)
  }

  mutating func appendDecimal(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    appendDecimal(value.magnitude)
  }

  /// `0x` and two digits an octet.
  mutating func appendHex(_ bytes: RawSpan) {
    appendText("0x")
    for index in 0..<bytes.byteCount {
      let octet = bytes.octet(index)
      append(Hexadecimal.digit(octet >> 4))
      append(Hexadecimal.digit(octet & 15))
    }
  }

  /// The numbers of an object identifier with dots between. One that is no identifier, or has a number of more than 64
  /// bits, stays as it is, in hexadecimal.
  mutating func appendIdentifier(_ bytes: RawSpan) {
    let start = count
    if bytes.byteCount == 0 {
      appendText("0.0")
      return
    }
    var number: UInt64 = 0
    for index in 0..<bytes.byteCount {
      let octet = bytes.octet(index)
      if number >> 57 != 0 {
        truncate(to: start)
        appendHex(bytes)
        return
      }
      number = number << 7 | UInt64(octet & 0x7F)
      if octet & 0x80 != 0 {
        if index == bytes.byteCount &- 1 {
          truncate(to: start)
          appendHex(bytes)
        }
        continue
      }
      if count == start {
        // X.690 section 8.19.4: the first two are in one, and only below 2 the second ends at 39.
        let first = min(number / 40, 2)
        appendDecimal(first)
        append(UInt8(ascii: "."))
        appendDecimal(number &- first &* 40)
      } else {
        append(UInt8(ascii: "."))
        appendDecimal(number)
      }
      number = 0
    }
  }

  /// What follows a known prefix: `.2.17`, or nothing.
  mutating func appendInstance(_ bytes: RawSpan) {
    var number: UInt64 = 0
    for index in 0..<bytes.byteCount {
      let octet = bytes.octet(index)
      number = (number & (UInt64.max >> 7)) << 7 | UInt64(octet & 0x7F)
      if octet & 0x80 != 0 { continue }
      append(UInt8(ascii: "."))
      appendDecimal(number)
      number = 0
    }
  }

  /// Dotted, or as RFC 5952 has it; only the latter allocates.
  public mutating func appendAddress(_ address: SourceAddress) {
    if let v4 = address.ipv4 {
      appendIPv4(v4)
    } else {
      appendString(address.addressText)
    }
  }

  mutating func appendIPv4(_ address: UInt32) {
    var shift: UInt32 = 32
    while shift > 0 {
      if shift < 32 { append(UInt8(ascii: ".")) }
      shift &-= 8
      appendDecimal(UInt64(address >> shift & 255))
    }
  }

  private mutating func appendIPv4(octets: RawSpan) {
    var address: UInt32 = 0
    for index in 0..<4 { address = address << 8 | UInt32(octets.octet(index)) }
    appendIPv4(address)
  }

  /// A value as JSON: numbers as numbers, text as text where it is text, octets in hexadecimal where it is not.
  mutating func appendValue(_ value: BERElement, _ bytes: RawSpan) {
    let content = bytes.extracting(value.content)
    switch value.tag {
    case BERElement.integer:
      if let number = BERReader.integer(bytes, value) { return appendDecimal(number) }
    case BERElement.counter32, BERElement.gauge32, BERElement.timeTicks, BERElement.counter64:
      if let number = BERReader.unsigned(bytes, value) { return appendDecimal(number) }
    case BERElement.opaque:
      if let number = OpaqueNumber(bytes, value) { return appendNumber(number) }
    case BERElement.null, 0x80, 0x81, 0x82:
      // noSuchObject, noSuchInstance and endOfMibView say as little.
      appendText("null")
      return
    default: break
    }
    append(UInt8(ascii: "\""))
    switch value.tag {
    case BERElement.octetString where Self.isText(Self.withoutTrailingZeros(content)):
      appendJSON(Self.withoutTrailingZeros(content))
    case BERElement.objectIdentifier: appendIdentifier(content)
    case BERElement.ipAddress where content.byteCount == 4: appendIPv4(octets: content)
    default: appendHex(content)
    }
    append(UInt8(ascii: "\""))
  }

  /// As JSON; what is no number in JSON as a text.
  private mutating func appendNumber(_ number: OpaqueNumber) {
    switch number {
    case .integer(let value): appendDecimal(value)
    case .unsigned(let value): appendDecimal(value)
    case .single(let value): appendString(value.isFinite ? "\(value)" : "\"\(value)\"")
    case .double(let value): appendString(value.isFinite ? "\(value)" : "\"\(value)\"")
    }
  }

  /// A text without the zeros that end it in C; nothing but zeros stays as it is.
  @_lifetime(copy bytes)
  private static func withoutTrailingZeros(_ bytes: RawSpan) -> RawSpan {
    var count = bytes.byteCount
    while count > 0 && bytes.octet(count &- 1) == 0 { count &-= 1 }
    return count == 0 ? bytes : bytes.extracting(first: count)
  }

  /// UTF-8 without control characters but tab and line ends.
  private static func isText(_ bytes: RawSpan) -> Bool {
    for index in 0..<bytes.byteCount {
      let octet = bytes.octet(index)
      if octet == 0x7F || octet < 0x20 && octet != 9 && octet != 10 && octet != 13 { return false }
    }
    return UTF8Text.isValid(bytes)
  }
}
