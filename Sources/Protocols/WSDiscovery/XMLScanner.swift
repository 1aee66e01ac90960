import Primitives

/// Steps through an XML document tag by tag, as far as SOAP over UDP needs it. Entities stay as they are written; a
/// document type is refused, since SOAP forbids it (SOAP 1.2 section 5) and entities of one's own are how parsers are made
/// to eat memory. A CDATA section (XML 1.0 section 2.7) is a text of its own.
struct XMLScanner {
  enum Token {
    /// A start tag: the name without its prefix.
    case start(name: Range<Int>, isEmpty: Bool)
    case end(name: Range<Int>)
    case text(Range<Int>)
    /// The document is over.
    case finished
    case malformed
  }

  private var at = 0
  private(set) var depth = 0

  init() {}

  mutating func next(in bytes: RawSpan) -> Token {
    while at < bytes.byteCount {
      if bytes.octet(at) != UInt8(ascii: "<") { return text(in: bytes) }
      let next = bytes.octetOrZero(at &+ 1)
      switch next {
      case UInt8(ascii: "?"):
        guard skip(to: UInt8(ascii: "?"), UInt8(ascii: ">"), in: bytes) else { return .malformed }
      case UInt8(ascii: "!"):
        if bytes.octetOrZero(at &+ 2) == UInt8(ascii: "[") { return characterData(in: bytes) }
        let isComment =
          bytes.octetOrZero(at &+ 2) == UInt8(ascii: "-") && bytes.octetOrZero(at &+ 3) == UInt8(ascii: "-")
        guard isComment, skip(to: UInt8(ascii: "-"), UInt8(ascii: ">"), in: bytes) else { return .malformed }
      case UInt8(ascii: "/"):
        return endTag(in: bytes)
      default:
        return startTag(in: bytes)
      }
    }
    return depth == 0 ? .finished : .malformed
  }

  /// `<![CDATA[ … ]]>`, which stands in an element.
  private mutating func characterData(in bytes: RawSpan) -> Token {
    let head: StaticString = "<![CDATA["
    let start = at &+ head.utf8CodeUnitCount
    guard depth > 0, start <= bytes.byteCount,
      bytes.extracting(at..<start).equals(
        RawSpan(_unsafeStart: UnsafeRawPointer(head.utf8Start), byteCount: head.utf8CodeUnitCount))
    else { return .malformed }
    at = start
    while at &+ 2 < bytes.byteCount {
      if bytes.octet(at) == UInt8(ascii: "]"), bytes.octet(at &+ 1) == UInt8(ascii: "]"),
        bytes.octet(at &+ 2) == UInt8(ascii: ">")
      {
        let end = at
        at &+= 3
        return .text(start..<end)
      }
      at &+= 1
    }
    return .malformed
  }

  private mutating func text(in bytes: RawSpan) -> Token {
    let start = at
    while at < bytes.byteCount && bytes.octet(at) != UInt8(ascii: "<") { at &+= 1 }
    return .text(start..<at)
  }

  private mutating func skip(to first: UInt8, _ second: UInt8, in bytes: RawSpan) -> Bool {
    at &+= 2
    while at &+ 1 < bytes.byteCount {
      if bytes.octet(at) == first && bytes.octet(at &+ 1) == second {
        at &+= 2
        return true
      }
      at &+= 1
    }
    return false
  }

  private mutating func endTag(in bytes: RawSpan) -> Token {
    let start = at &+ 2
    at = start
    while at < bytes.byteCount && bytes.octet(at) != UInt8(ascii: ">") { at &+= 1 }
    guard at < bytes.byteCount, depth > 0 else { return .malformed }
    depth &-= 1
    let name = Self.localName(bytes, start..<at)
    at &+= 1
    return .end(name: name)
  }

  private mutating func startTag(in bytes: RawSpan) -> Token {
    let start = at &+ 1
    at = start
    while at < bytes.byteCount && !Self.endsName(bytes.octet(at)) { at &+= 1 }
    let name = Self.localName(bytes, start..<at)
    guard !name.isEmpty else { return .malformed }
    var quote: UInt8 = 0
    while at < bytes.byteCount {
      let octet = bytes.octet(at)
      at &+= 1
      if quote != 0 {
        if octet == quote { quote = 0 }
      } else if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "'") {
        quote = octet
      } else if octet == UInt8(ascii: "<") {
        return .malformed
      } else if octet == UInt8(ascii: ">") {
        let isEmpty = bytes.octet(at &- 2) == UInt8(ascii: "/")
        if !isEmpty { depth &+= 1 }
        return depth > Limits.xmlDepth ? .malformed : .start(name: name, isEmpty: isEmpty)
      }
    }
    return .malformed
  }

  private static func endsName(_ octet: UInt8) -> Bool {
    octet <= 0x20 || octet == UInt8(ascii: ">") || octet == UInt8(ascii: "/")
  }

  /// Behind the prefix, and without blanks at the end.
  private static func localName(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while end > start && bytes.octet(end &- 1) <= 0x20 { end &-= 1 }
    for index in start..<end where bytes.octet(index) == UInt8(ascii: ":") { start = index &+ 1 }
    return start..<end
  }
}
