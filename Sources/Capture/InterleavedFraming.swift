import Primitives

/// What tells packets between RTSP's messages from other octets.
enum InterleavedFraming {
  static let dollar = UInt8(ascii: "$")
  /// `$`, channel, length.
  static let headBytes = 4

  /// Whether a segment begins as one of a connection that carries RTP, or RTSP itself.
  static func begins(_ bytes: RawSpan, _ payload: Range<Int>, _ walk: FrameWalk) -> Bool {
    if bytes.byte(payload.lowerBound) == dollar {
      return isPacket(bytes, at: payload.lowerBound, end: payload.upperBound) == .yes
    }
    if isMessage(bytes, payload) { return true }
    // RTSP's own ports: a capture may begin anywhere in a connection.
    return [554, 8_554].contains(walk.sourcePort) || [554, 8_554].contains(walk.destinationPort)
  }

  enum Answer { case yes, no, unclear }

  /// Whether a packet stands at `at`: RTP's version, and behind its end another packet or message, as far as is there.
  static func isPacket(_ bytes: RawSpan, at: Int, end: Int) -> Answer {
    guard end - at >= headBytes + 2 else { return .unclear }
    let length = Int(bytes.big16(at + 2))
    // Channels are given in pairs, by clients that count from 0.
    guard bytes.byte(at) == dollar, length >= 8, bytes.byte(at + 1) < 64, bytes.byte(at + 4) >> 6 == 2 else {
      return .no
    }
    let next = at + headBytes + length
    if next > end { return .unclear }
    if next == end { return .yes }
    return bytes.byte(next) == dollar || isLetter(bytes.byte(next)) ? .yes : .no
  }

  static func isLetter(_ octet: UInt8) -> Bool { (65...90).contains(octet) }

  /// Whether the name of the protocol stands there.
  @inline(__always)
  static func namesProtocol(_ bytes: RawSpan, at place: Int) -> Bool {
    place + 5 <= bytes.byteCount && bytes.big32(place) == 0x5254_5350 && bytes.byte(place + 4) == UInt8(ascii: "/")
  }

  /// `RTSP/1.0 200 OK`, `OPTIONS rtsp://… RTSP/1.0`; and the HTTP that RTSP may be wrapped in.
  static func isMessage(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    guard range.count >= 10, isLetter(bytes.byte(range.lowerBound)) else { return false }
    let end = min(range.upperBound, range.lowerBound + Limits.interleavedLineBytes)
    var at = range.lowerBound
    while at + 5 <= end {
      let octet = bytes.byte(at)
      if octet == 13 || octet == 10 { return false }
      if octet == UInt8(ascii: "R"), namesProtocol(bytes, at: at) { return true }
      at += 1
    }
    return false
  }

  /// How far a message was looked through whose end is not there yet, counted from its beginning: so that one that comes
  /// an octet at a time is read once.
  struct MessageProgress {
    fileprivate var read = 0
    fileprivate var lineBegan = 0
    fileprivate var bodyBytes = 0
    /// Whether the empty line was seen.
    fileprivate var isHeadWhole = false
  }

  /// The end of the message at the beginning of the range, with its body; nil if it is not whole.
  static func messageEnd(_ bytes: RawSpan, _ range: Range<Int>, _ progress: inout MessageProgress) -> Int? {
    let start = range.lowerBound
    while !progress.isHeadWhole && start + progress.read < range.upperBound {
      let at = start + progress.read
      progress.read += 1
      if bytes.byte(at) != 10 { continue }
      let lineBegan = start + progress.lineBegan
      let lineEnd = at > lineBegan && bytes.byte(at - 1) == 13 ? at - 1 : at
      if lineEnd <= lineBegan {
        progress.isHeadWhole = true
      } else if let length = contentLength(bytes, lineBegan..<lineEnd) {
        progress.bodyBytes = length
      }
      progress.lineBegan = progress.read
    }
    let end = start + progress.read + progress.bodyBytes
    return progress.isHeadWhole && end <= range.upperBound ? end : nil
  }

  private static func contentLength(_ bytes: RawSpan, _ line: Range<Int>) -> Int? {
    let name: StaticString = "content-length:"
    guard line.count > name.utf8CodeUnitCount else { return nil }
    for index in 0..<name.utf8CodeUnitCount
    where bytes.byte(line.lowerBound + index) | 0x20 != name.utf8Start[index] | 0x20 { return nil }
    var value = 0
    for at in line.lowerBound + name.utf8CodeUnitCount..<line.upperBound {
      let digit = bytes.byte(at) &- 48
      if digit <= 9 { value = min(value * 10 + Int(digit), 1 << 20) }
    }
    return value
  }
}
