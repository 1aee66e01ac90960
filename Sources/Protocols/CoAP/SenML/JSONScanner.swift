import Primitives
import Telemetry

/// Reads strict JSON (RFC 8259), token by token. The bytes are handed to each call; the first failure is kept in
/// `failure`.
struct JSONScanner {
  var position = 0
  var failure = RejectReason.senmlBadJSON

  @inline(__always)
  mutating func skipBlanks(_ text: RawSpan) {
    while position < text.byteCount {
      let byte = text.octet(position)
      if byte > 0x20 || (byte != 0x20 && byte != 0x0A && byte != 0x0D && byte != 0x09) { return }
      position &+= 1
    }
  }

  /// Behind blanks the next byte, 0 at the end.
  @inline(__always)
  mutating func peek(_ text: RawSpan) -> UInt8 {
    skipBlanks(text)
    return text.octetOrZero(position)
  }

  /// Reads `byte` behind blanks; `false` if something else stands there.
  @inline(__always)
  mutating func take(_ byte: UInt8, _ text: RawSpan) -> Bool {
    if peek(text) != byte { return false }
    position &+= 1
    return true
  }

  /// A string, its opening quote next: by place in `text`, or unescaped in the arena.
  @inline(__always)
  mutating func string(_ text: RawSpan, arena: inout Slab<UInt8>) -> TextRange? {
    if text.octetOrZero(position) != UInt8(ascii: "\"") { return nil }
    position &+= 1
    let start = position
    guard scanPlain(text) else { return nil }
    if text.octet(position) == UInt8(ascii: "\"") {
      position &+= 1
      return TextRange(datagramOffset: start, length: position &- 1 &- start)
    }
    return escapedString(text, start: start, arena: &arena)
  }

  /// Runs to the next quote or backslash; `false` at the end, a control character or what is no UTF-8.
  @inline(__always)
  private mutating func scanPlain(_ text: RawSpan) -> Bool {
    while position < text.byteCount {
      let word = text.paddedWord(position)
      let stops =
        EightBytes.equal(word, UInt8(ascii: "\"")) | EightBytes.equal(word, UInt8(ascii: "\\"))
        | EightBytes.below(word, 0x20) | (word & EightBytes.topBits)
      position &+= EightBytes.first(stops)
      if stops == 0 { continue }
      if position >= text.byteCount { return false }
      let byte = text.octet(position)
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return true }
      if byte < 0x20 { return false }
      let length = UTF8Text.sequenceLength(text, at: position)
      if length == 0 { return false }
      position &+= length
    }
    return false
  }

  /// The rest of a string in which a backslash was met.
  private mutating func escapedString(_ text: RawSpan, start: Int, arena: inout Slab<UInt8>) -> TextRange? {
    let arenaStart = arena.count
    var plain = start
    while true {
      guard arena.append(contentsOf: text.extracting(plain..<position)) else {
        failure = .textTooLong
        return nil
      }
      if text.octet(position) == UInt8(ascii: "\"") {
        position += 1
        return TextRange(arenaOffset: arenaStart, length: arena.count - arenaStart)
      }
      position += 1
      guard let scalar = escape(text), appendUTF8(scalar, to: &arena) else { return nil }
      plain = position
      guard scanPlain(text) else { return nil }
    }
  }

  /// What an escape means, its backslash read.
  private mutating func escape(_ text: RawSpan) -> UInt32? {
    let letter = text.octetOrZero(position)
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt32(letter)
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let unit = hexadecimal(text) else { return nil }
    if unit & 0xF800 != 0xD800 { return unit }
    // A surrogate counts only as the first of a pair.
    guard unit < 0xDC00, text.octetOrZero(position) == UInt8(ascii: "\\"),
      text.octetOrZero(position + 1) == UInt8(ascii: "u")
    else { return nil }
    position += 2
    guard let low = hexadecimal(text), low & 0xFC00 == 0xDC00 else { return nil }
    return 0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF))
  }

  private mutating func hexadecimal(_ text: RawSpan) -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = text.octetOrZero(position)
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - 48)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - 87)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - 55)
      default: return nil
      }
      position += 1
    }
    return value
  }

  private mutating func appendUTF8(_ scalar: UInt32, to arena: inout Slab<UInt8>) -> Bool {
    func low(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar >> shift) & 0x3F }
    let isWhole: Bool
    switch scalar {
    case 0..<0x80:
      isWhole = arena.append(UInt8(scalar))
    case 0x80..<0x800:
      isWhole = arena.append(0xC0 | UInt8(scalar >> 6)) && arena.append(low(0))
    case 0x800..<0x10000:
      isWhole = arena.append(0xE0 | UInt8(scalar >> 12)) && arena.append(low(6)) && arena.append(low(0))
    default:
      isWhole =
        arena.append(0xF0 | UInt8(scalar >> 18)) && arena.append(low(12)) && arena.append(low(6))
        && arena.append(low(0))
    }
    if !isWhole { failure = .textTooLong }
    return isWhole
  }

  /// Reads `true`, `false` or `null`, whichever `word` is, its first byte next.
  mutating func literal(_ word: StaticString, _ text: RawSpan) -> Bool {
    let length = word.utf8CodeUnitCount
    if text.byteCount - position < length { return false }
    for index in 0..<length where text.octet(position + index) != word.utf8Start[index] { return false }
    position += length
    return true
  }
}
