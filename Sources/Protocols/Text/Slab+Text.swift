public import Primitives
public import Telemetry

/// Composing of text in the arena. The caller found that it has room; what does not fit is left out.
extension Slab where Element == UInt8 {
  @discardableResult
  public mutating func appendText(_ text: StaticString) -> TextRange {
    let start = count
    // A StaticString is constant memory; its pointer is good as long as the program runs.
    let bytes = RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: text.utf8CodeUnitCount)
    append(contentsOf: bytes)
    return TextRange(arenaOffset: start, length: count &- start)
  }

  @discardableResult
  public mutating func appendString(_ text: String) -> TextRange {
    let start = count
    append(contentsOf: text.utf8Span.span.bytes)
    return TextRange(arenaOffset: start, length: count &- start)
  }

  /// Appends text as UTF-8: a byte that is none becomes the Latin-1 character of its number, or U+FFFD where that
  /// would be a control character.
  ///
  /// - Returns: whether no byte became U+FFFD.
  @discardableResult
  mutating func appendRepaired(_ text: RawSpan) -> Bool {
    var at = 0
    var isWhole = true
    while at < text.byteCount {
      let length = UTF8Text.sequenceLength(text, at: at)
      if length == 0 {
        if text.octet(at) < 0xA0 { isWhole = false }
        appendLatin1(text.octet(at))
        at &+= 1
      } else {
        append(contentsOf: text.extracting(at..<at &+ length))
        at &+= length
      }
    }
    return isWhole
  }

  private mutating func appendLatin1(_ byte: UInt8) {
    if byte < 0xA0 {
      appendText("\u{FFFD}")
    } else {
      append(0xC0 | byte &>> 6)
      append(0x80 | byte & 0x3F)
    }
  }

  /// Appends the inside of a JSON string (RFC 8259 section 7), repaired as above; `unescaping` first takes RFC 5424's
  /// backslash from before a quote, a backslash and a bracket.
  public mutating func appendJSON(_ text: RawSpan, unescaping: Bool = false) {
    var at = 0
    while at < text.byteCount {
      let plain = Self.plainEnd(text, from: at)
      if plain > at {
        append(contentsOf: text.extracting(at..<plain))
        at = plain
        if at == text.byteCount { return }
      }
      var byte = text.octet(at)
      if unescaping && byte == UInt8(ascii: "\\") {
        let next = text.octetOrZero(at &+ 1)
        if next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") || next == UInt8(ascii: "]") {
          at &+= 1
          byte = next
        }
      }
      if byte < 0x80 {
        appendJSONCharacter(byte)
        at &+= 1
        continue
      }
      let length = UTF8Text.sequenceLength(text, at: at)
      if length == 0 {
        appendLatin1(byte)
        at &+= 1
      } else {
        append(contentsOf: text.extracting(at..<at &+ length))
        at &+= length
      }
    }
  }

  /// Up to where a text is ASCII that stands in JSON as it is.
  @inline(__always)
  private static func plainEnd(_ text: RawSpan, from: Int) -> Int {
    var at = from
    while at < text.byteCount {
      let word = text.paddedWord(at)
      // The zeros behind the end are control characters, so it ends there too.
      let stops =
        EightBytes.equal(word, UInt8(ascii: "\"")) | EightBytes.equal(word, UInt8(ascii: "\\"))
        | EightBytes.equal(word, 0x7F) | EightBytes.below(word, 0x20) | (word & EightBytes.topBits)
      at &+= EightBytes.first(stops)
      if stops != 0 { break }
    }
    return at
  }

  private mutating func appendJSONCharacter(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): appendText("\\\"")
    case UInt8(ascii: "\\"): appendText("\\\\")
    case UInt8(ascii: "\n"): appendText("\\n")
    case UInt8(ascii: "\r"): appendText("\\r")
    case UInt8(ascii: "\t"): appendText("\\t")
    case 0..<0x20, 0x7F:
      appendText("\\u00")
      append(Hexadecimal.digit(byte &>> 4))
      append(Hexadecimal.digit(byte & 15))
    default:
      append(byte)
    }
  }
}
