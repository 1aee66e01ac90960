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

  /// `RTSP/1.0 200 OK`, `OPTIONS rtsp://… RTSP/1.0`; and the HTTP that RTSP may be wrapped in.
  static func isMessage(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    guard range.count >= 10, isLetter(bytes.byte(range.lowerBound)) else { return false }
    let end = min(range.upperBound, range.lowerBound + 512)
    var at = range.lowerBound
    while at + 5 <= end {
      let octet = bytes.byte(at)
      if octet == 13 || octet == 10 { return false }
      if octet == UInt8(ascii: "R"), bytes.big32(at) == 0x5254_5350, bytes.byte(at + 4) == UInt8(ascii: "/") {
        return true
      }
      at += 1
    }
    return false
  }

  /// The end of the message at the beginning of the range, with its body; nil if it is not whole.
  static func messageEnd(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
    var at = range.lowerBound
    var lineBegan = at
    var bodyBytes = 0
    while at < range.upperBound {
      let octet = bytes.byte(at)
      at += 1
      guard octet == 10 else { continue }
      let lineEnd = at - 1 > lineBegan && bytes.byte(at - 2) == 13 ? at - 2 : at - 1
      if lineEnd <= lineBegan {
        return at + bodyBytes <= range.upperBound ? at + bodyBytes : nil
      }
      if let length = contentLength(bytes, lineBegan..<lineEnd) { bodyBytes = length }
      lineBegan = at
    }
    return nil
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
