import Primitives
import Telemetry

/// Reads well-formed CBOR (RFC 8949 appendix C), item by item. The bytes are handed to each call; the first failure
/// is kept in `failure`.
struct CBORReader {
  var position = 0
  var failure = RejectReason.senmlBadCBOR

  /// An item's first bytes: major type (3 bits), additional information (5 bits), argument.
  struct Head: BitwiseCopyable {
    var major: UInt8
    var info: UInt8
    var argument: UInt64

    /// Of strings, arrays and maps whose end is told by a break; of a break itself.
    @inline(__always) var isIndefinite: Bool { info == 31 }
    @inline(__always) var isBreak: Bool { major == 7 && info == 31 }
  }

  @inline(__always)
  mutating func head(_ bytes: RawSpan) -> Head? {
    if position >= bytes.byteCount { return nil }
    let first = bytes.octet(position)
    position &+= 1
    let info = first & 31
    if info < 24 { return Head(major: first &>> 5, info: info, argument: UInt64(info)) }
    return longHead(bytes, major: first >> 5, info: info)
  }

  private mutating func longHead(_ bytes: RawSpan, major: UInt8, info: UInt8) -> Head? {
    if info == 31 {
      // Integers and tags have no indefinite form.
      return major == 0 || major == 1 || major == 6 ? nil : Head(major: major, info: info, argument: 0)
    }
    if info > 27 { return nil }
    let width = 1 << Int(info - 24)
    if bytes.byteCount - position < width { return nil }
    let argument = bytes.paddedWord(position).byteSwapped >> UInt64(64 - width * 8)
    position += width
    // A simple value below 32 in two bytes is not well-formed.
    if major == 7 && info == 24 && argument < 32 { return nil }
    return Head(major: major, info: info, argument: argument)
  }

  /// Whether the next byte is a break, which is then read.
  @inline(__always)
  mutating func takeBreak(_ bytes: RawSpan) -> Bool {
    if bytes.octetOrZero(position) != 0xFF { return false }
    position &+= 1
    return true
  }

  /// The content of a string of known length, by place in `bytes`.
  @inline(__always)
  mutating func content(_ bytes: RawSpan, length: UInt64) -> TextRange? {
    if length > UInt64(truncatingIfNeeded: bytes.byteCount &- position) { return nil }
    let range = TextRange(datagramOffset: position, length: Int(truncatingIfNeeded: length))
    position &+= Int(truncatingIfNeeded: length)
    return range
  }

  /// A text string, whose head was read. One that came in chunks is put together in the arena.
  @inline(__always)
  mutating func text(_ bytes: RawSpan, head: Head, arena: inout Slab<UInt8>) -> TextRange? {
    if head.isIndefinite { return chunks(bytes, major: 3, arena: &arena) }
    guard let range = content(bytes, length: head.argument) else { return nil }
    let isValid = UTF8Text.isValid(bytes.extracting(range.offset..<range.offset &+ Int(range.length)))
    return isValid ? range : nil
  }

  /// The chunks of a string of indefinite length: strings of known length of the same type.
  mutating func chunks(_ bytes: RawSpan, major: UInt8, arena: inout Slab<UInt8>) -> TextRange? {
    let start = arena.count
    while !takeBreak(bytes) {
      guard let chunk = head(bytes), chunk.major == major, !chunk.isIndefinite,
        let range = content(bytes, length: chunk.argument)
      else { return nil }
      let part = bytes.extracting(range.offset..<range.offset + Int(range.length))
      if major == 3 && !UTF8Text.isValid(part) { return nil }
      if !arena.append(contentsOf: part) {
        failure = .textTooLong
        return nil
      }
    }
    return TextRange(arenaOffset: start, length: arena.count - start)
  }

  /// Reads over one item; `false` with `failure` set.
  mutating func skip(_ bytes: RawSpan, depth: Int) -> Bool {
    guard let head = head(bytes), !head.isBreak else { return false }
    if depth > Limits.senmlDepth {
      failure = .senmlTooDeep
      return false
    }
    switch head.major {
    case 2, 3:
      if !head.isIndefinite { return content(bytes, length: head.argument) != nil }
      while !takeBreak(bytes) {
        guard let chunk = self.head(bytes), chunk.major == head.major, !chunk.isIndefinite,
          content(bytes, length: chunk.argument) != nil
        else { return false }
      }
      return true
    case 4, 5:
      return skipItems(bytes, of: head, depth: depth)
    case 6:
      return skip(bytes, depth: depth + 1)
    default:
      return true
    }
  }

  private mutating func skipItems(_ bytes: RawSpan, of head: Head, depth: Int) -> Bool {
    let width: UInt64 = head.major == 5 ? 2 : 1
    if head.isIndefinite {
      while !takeBreak(bytes) {
        for _ in 0..<width where !skip(bytes, depth: depth + 1) { return false }
      }
      return true
    }
    // Each item takes a byte at least.
    if head.argument > UInt64(bytes.byteCount - position) { return false }
    for _ in 0..<head.argument * width where !skip(bytes, depth: depth + 1) { return false }
    return true
  }
}
