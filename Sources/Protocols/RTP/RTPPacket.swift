import Primitives
public import Telemetry

/// The header of one RTP packet (RFC 3550 section 5.1):
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---+-+-+-------+-+-------------+-------------------------------+
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
/// +---+-+-+-------+-+-------------+-------------------------------+
/// |                           timestamp                           |
/// |           synchronization source (SSRC) identifier            |
/// |            contributing sources, 4 octets each: CC            |
/// |  X: profile 2, length in words 2, that many words             |
/// +---------------------------------------------------------------+
/// |  payload …  P: the last octet counts the padding with itself  |
/// ```
/// SRTP leaves all of that in the clear but the padding's count: where that is impossible, the payload is what there is.
public struct RTPPacket: Sendable {
  public var payloadType: UInt8 = 0
  public var hasMarker = false
  public var sequence: UInt16 = 0
  public var timestamp: UInt32 = 0
  public var ssrc: UInt32 = 0
  public var payload = 0..<0
  /// Octets of payload that were sent; more than `payload` holds where a capture kept only the head.
  public var payloadBytes = 0

  public init() {}

  /// Reads the header of a packet of which a capture kept only the head: `wireBytes` were sent.
  public mutating func read(headOf datagram: RawSpan, wireBytes: Int) -> RejectReason? {
    if datagram.byteCount < 12 { return .rtpTooShort }
    let reason = read(datagram)
    let first = datagram.octet(0)
    var start = 12 &+ 4 &* Int(first & 15)
    if reason == .rtpBadHeader {
      // The head ends within what the header announces.
      payload = datagram.byteCount..<datagram.byteCount
    } else if reason != nil {
      return reason
    } else {
      start = payload.lowerBound
      payload = start..<datagram.byteCount
    }
    payloadBytes = max(0, wireBytes &- start)
    return nil
  }

  /// Reads the header; a reason if it is none.
  @inline(__always)
  public mutating func read(_ datagram: RawSpan) -> RejectReason? {
    let count = datagram.byteCount
    if count < 12 { return .rtpTooShort }
    // Twelve octets are there: two loads, the second of which ends with them.
    let head = datagram.paddedWord(0).byteSwapped
    if head >> 62 != 2 { return .rtpBadVersion }
    let second = UInt8(truncatingIfNeeded: head >> 48)
    payloadType = second & 0x7F
    hasMarker = second & 0x80 != 0
    sequence = UInt16(truncatingIfNeeded: head >> 32)
    timestamp = UInt32(truncatingIfNeeded: head)
    ssrc = UInt32(truncatingIfNeeded: datagram.paddedWord(4).byteSwapped)
    var start = 12 &+ 4 &* Int(head >> 56 & 15)
    if head >> 60 & 1 != 0 {
      if start &+ 4 > count { return .rtpBadHeader }
      let words = Int(datagram.octet(start &+ 2)) << 8 | Int(datagram.octet(start &+ 3))
      start &+= 4 &+ 4 &* words
    }
    if start > count { return .rtpBadHeader }
    var end = count
    if head >> 61 & 1 != 0, end > start {
      let padding = Int(datagram.octet(end &- 1))
      if padding > 0 && padding <= end &- start { end &-= padding }
    }
    payload = start..<end
    payloadBytes = end &- start
    return nil
  }

  /// Whether the second octet says RTCP, which may share a port with RTP (RFC 5761 section 4).
  @inline(__always)
  public static func isControl(_ datagram: RawSpan) -> Bool {
    let second = datagram.octetOrZero(1)
    return second >= 192 && second <= 223
  }

  /// Clock rates of the static payload types (RFC 3551 tables 4 and 5); 0 for the others.
  public static func staticClockRate(_ payloadType: UInt8) -> Int {
    switch payloadType {
    case 0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18: 8_000
    case 6: 16_000
    case 10, 11: 44_100
    case 14, 25, 26, 28, 31, 32, 33, 34: 90_000
    case 16: 11_025
    case 17: 22_050
    default: 0
    }
  }
}
