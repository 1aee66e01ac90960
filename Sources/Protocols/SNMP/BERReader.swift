import Primitives

/// Steps from element to element of one BER sequence. It reads inside `at..<end` only, and each step moves `at` forward.
///
/// Lengths may be in long form and longer than they need to be; the indefinite form, which SNMP forbids, is refused.
struct BERReader: BitwiseCopyable {
  private(set) var at: Int
  let end: Int

  init(_ range: Range<Int>) {
    at = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { at == end }

  /// The next element; nil at the end and for what is none.
  @inline(__always)
  mutating func next(in bytes: RawSpan) -> BERElement? {
    // Nearly all have a short tag and a short length.
    if end &- at >= 2 && end <= bytes.byteCount {
      let tag = bytes.octet(at)
      let length = bytes.octet(at &+ 1)
      let start = at &+ 2
      if tag & 0x1F != 0x1F && length < 0x80 && Int(length) <= end &- start {
        at = start &+ Int(length)
        return BERElement(tag: tag, start: start, end: at)
      }
    }
    return nextLong(in: bytes)
  }

  @inline(never)
  private mutating func nextLong(in bytes: RawSpan) -> BERElement? {
    guard at < end, end <= bytes.byteCount else { return nil }
    var tag = bytes.octet(at)
    var position = at &+ 1
    if tag & 0x1F == 0x1F {
      guard let low = highTag(tag, in: bytes, &position) else { return nil }
      tag = low
    }
    guard position < end else { return nil }
    let first = bytes.octet(position)
    position &+= 1
    var length = Int(first)
    if first >= 0x80 {
      let count = Int(first & 0x7F)
      guard count > 0, count <= end &- position else { return nil }
      length = 0
      for index in position..<position &+ count {
        // No datagram is longer: what follows cannot be inside.
        if length > Limits.receiveBytesPerSlot { return nil }
        length = length << 8 | Int(bytes.octet(index))
      }
      position &+= count
    }
    guard length <= end &- position else { return nil }
    at = position &+ length
    return BERElement(tag: tag, start: position, end: at)
  }

  /// The next element if it has that tag.
  @inline(__always)
  mutating func next(_ tag: UInt8, in bytes: RawSpan) -> BERElement? {
    guard let element = next(in: bytes), element.tag == tag else { return nil }
    return element
  }

  /// The next element if it has that tag, cut where its length runs beyond the end: of a message whose rest never came.
  /// nil if not even its head is whole.
  mutating func nextCut(_ tag: UInt8, in bytes: RawSpan) -> BERElement? {
    guard end &- at >= 2, end <= bytes.byteCount, bytes.octet(at) == tag else { return nil }
    let first = bytes.octet(at &+ 1)
    let count = first < 0x80 ? 0 : Int(first & 0x7F)
    let start = at &+ 2 &+ count
    if start > end { return nil }
    at = end
    return BERElement(tag: tag, start: start, end: end)
  }

  /// The next INTEGER.
  mutating func nextInteger(in bytes: RawSpan) -> Int64? {
    guard let element = next(BERElement.integer, in: bytes) else { return nil }
    return Self.integer(bytes, element)
  }

  /// A tag number behind its identifier octet (X.690 section 8.1.2.4), as the octet of the short form.
  private func highTag(_ identifier: UInt8, in bytes: RawSpan, _ position: inout Int) -> UInt8? {
    var number: UInt32 = 0
    while position < end {
      let octet = bytes.octet(position)
      position &+= 1
      if number > 0xFF_FFFF { return nil }
      number = number << 7 | UInt32(octet & 0x7F)
      if octet & 0x80 == 0 { return number < 31 ? identifier & 0xE0 | UInt8(number) : 0xFF }
    }
    return nil
  }

  /// A signed number of up to eight octets; leading ones that say nothing are passed over.
  static func integer(_ bytes: RawSpan, _ element: BERElement) -> Int64? {
    guard element.start < element.end else { return nil }
    var start = element.start
    let isNegative = bytes.octet(start) >= 0x80
    let filler: UInt8 = isNegative ? 0xFF : 0
    while element.end &- start > 1, bytes.octet(start) == filler, (bytes.octet(start &+ 1) >= 0x80) == isNegative {
      start &+= 1
    }
    guard element.end &- start <= 8 else { return nil }
    var value: Int64 = isNegative ? -1 : 0
    for index in start..<element.end { value = value << 8 | Int64(bytes.octet(index)) }
    return value
  }

  /// An unsigned number of up to 64 bits (Counter32, Gauge32, TimeTicks, Counter64). Senders that leave out the zero
  /// octet before a top bit that is set are many, so it is never a sign here.
  static func unsigned(_ bytes: RawSpan, _ element: BERElement) -> UInt64? {
    guard element.start < element.end else { return nil }
    var start = element.start
    while element.end &- start > 1, bytes.octet(start) == 0 { start &+= 1 }
    guard element.end &- start <= 8 else { return nil }
    var value: UInt64 = 0
    for index in start..<element.end { value = value << 8 | UInt64(bytes.octet(index)) }
    return value
  }
}
