import Primitives
public import Telemetry

/// Steps through the packets of one compound RTCP datagram (RFC 3550 section 6, RFC 5506):
/// ```
/// +---+-+---------+---------------+-------------------------------+
/// |V=2|P|  count  |  packet type  |  length in words, less one    |
/// +---+-+---------+---------------+-------------------------------+
/// |                              SSRC …                           |
/// ```
public struct RTCPReader {
  /// One packet of it.
  public struct Packet: Sendable {
    public var type: UInt8
    /// Reception reports, chunks or sources, by the type.
    public var count: Int
    /// Behind the first word.
    public var body: Range<Int>

    public static let senderReport: UInt8 = 200
    public static let receiverReport: UInt8 = 201
    public static let sourceDescription: UInt8 = 202
    public static let goodbye: UInt8 = 203
  }

  private var at = 0
  private let end: Int

  /// Reads the packets up to `end`: of a datagram whose last ones are bad, those before them.
  public init(upTo end: Int = .max) {
    self.end = end
  }

  /// Whether the lengths of all packets add up and each has what its count promises; a reason if not.
  public static func check(_ datagram: RawSpan) -> RejectReason? {
    let reason = examine(datagram).reason
    if reason != nil && isEncrypted(datagram) { return .rtcpEncrypted }
    return reason
  }

  /// Whether it can only be RTCP, sound or not: its first packet is one of those that begin a datagram (RFC 3550 section
  /// 6.1, RFC 5506), or it is sound, or SRTCP.
  public static func looksLikeControl(_ datagram: RawSpan) -> Bool {
    guard datagram.byteCount >= 8, datagram.octet(0) >> 6 == 2 else { return false }
    let type = datagram.octet(1)
    return type >= 200 && type <= 207
      || type >= 192 && type <= 223 && (check(datagram).map { $0 == .rtcpEncrypted } ?? true)
  }

  /// SRTCP (RFC 3711 section 3.4): the first header and its SSRC are in the clear, what follows looks like noise, and
  /// behind it stand an index of 31 bits, its first bit set, and a tag of some length. So the first packet's length does
  /// not reach the end, and what stands behind it is no RTCP; of types that do not begin a datagram the index must be seen.
  private static func isEncrypted(_ datagram: RawSpan) -> Bool {
    let count = datagram.byteCount
    guard count >= 16 else { return false }
    let type = datagram.octet(1)
    guard datagram.octet(0) >> 6 == 2, type >= 192, type <= 223 else { return false }
    let end = 4 &+ 4 &* (Int(datagram.octet(2)) << 8 | Int(datagram.octet(3)))
    guard end >= 8, end &+ 4 <= count else { return false }
    // Tags of 10 and 4 octets, and none behind the index (RFC 7714 section 9).
    for behind in [14, 8, 4] where count &- behind >= 8 {
      let index = word(datagram, count &- behind)
      if index >> 31 == 1 && index & 0x7FFF_FFFF < 1 << 24 { return true }
    }
    guard type >= 200, type <= 207 else { return false }
    var isEmpty = true
    for at in end..<count where datagram.octet(at) != 0 { isEmpty = false }
    let next = datagram.octet(end &+ 1)
    return !isEmpty && !(datagram.octet(end) >> 6 == 2 && next >= 192 && next <= 223)
  }

  /// Whether the first octets of a packet of RTCP stand there.
  public static func hasHead(_ datagram: RawSpan, at offset: Int) -> Bool {
    let type = datagram.octetOrZero(offset &+ 1)
    return datagram.octetOrZero(offset) >> 6 == 2 && type >= 192 && type <= 223
  }

  /// Up to where the packets are sound, and what is wrong with the next one.
  public static func examine(_ datagram: RawSpan) -> (soundEnd: Int, reason: RejectReason?) {
    var at = 0
    let reason = walk(datagram, &at)
    return (at, reason)
  }

  private static func walk(_ datagram: RawSpan, _ at: inout Int) -> RejectReason? {
    if datagram.byteCount < 8 { return .rtcpBadLength }
    while at < datagram.byteCount {
      if datagram.byteCount &- at < 4 { return .rtcpBadLength }
      let first = datagram.octet(at)
      let type = datagram.octet(at &+ 1)
      if first >> 6 != 2 || type < 192 || type > 223 { return .rtcpBadHeader }
      let end = at &+ 4 &+ 4 &* (Int(datagram.octet(at &+ 2)) << 8 | Int(datagram.octet(at &+ 3)))
      if end > datagram.byteCount { return .rtcpBadLength }
      var body = at &+ 4..<end
      if first & 0x20 != 0 {
        // Only the last packet may be padded, by whole words.
        let padding = body.isEmpty ? 0 : Int(datagram.octet(end &- 1))
        if end != datagram.byteCount || padding == 0 || padding % 4 != 0 || padding > body.count {
          return .rtcpBadLength
        }
        body = body.lowerBound..<end &- padding
      }
      let count = Int(first & 31)
      switch type {
      case Packet.senderReport where body.count < 24 &+ 24 &* count: return .rtcpBadLength
      case Packet.receiverReport where body.count < 4 &+ 24 &* count: return .rtcpBadLength
      case Packet.goodbye where body.count < 4 &* count: return .rtcpBadLength
      // Feedback names its sender and its source (RFC 4585 section 6.1).
      case 205 where body.count < 8, 206 where body.count < 8: return .rtcpBadLength
      case Packet.sourceDescription where !isSoundDescription(datagram, body, count): return .rtcpBadLength
      default: break
      }
      at = end
    }
    return nil
  }

  /// The next packet of a datagram that passed `check`.
  public mutating func next(in datagram: RawSpan) -> Packet? {
    guard min(end, datagram.byteCount) &- at >= 4 else { return nil }
    let start = at
    let end = start &+ 4 &+ 4 &* (Int(datagram.octet(start &+ 2)) << 8 | Int(datagram.octet(start &+ 3)))
    guard end <= datagram.byteCount else { return nil }
    at = end
    return Packet(
      type: datagram.octet(start &+ 1), count: Int(datagram.octet(start) & 31), body: start &+ 4..<end)
  }

  /// 32 bits in network order, which must be inside.
  public static func word(_ datagram: RawSpan, _ offset: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: datagram.paddedWord(offset).byteSwapped >> 32)
  }

  /// Whether every item of every chunk ends inside.
  private static func isSoundDescription(_ datagram: RawSpan, _ body: Range<Int>, _ count: Int) -> Bool {
    var at = body.lowerBound
    for _ in 0..<count {
      guard body.upperBound &- at >= 4 else { return false }
      at &+= 4
      while at < body.upperBound, datagram.octet(at) != 0 {
        guard body.upperBound &- at >= 2 else { return false }
        at &+= 2 &+ Int(datagram.octet(at &+ 1))
      }
      if at > body.upperBound { return false }
      at = body.lowerBound &+ ((at &- body.lowerBound) / 4 &+ 1) &* 4
    }
    return true
  }

  /// The canonical name in a source description: the source, and where the text stands; nil if there is none, or it is
  /// cut off.
  public static func canonicalName(_ datagram: RawSpan, _ packet: Packet) -> (ssrc: UInt32, text: Range<Int>)? {
    var at = packet.body.lowerBound
    let end = packet.body.upperBound
    for _ in 0..<packet.count {
      guard end &- at >= 4 else { return nil }
      let ssrc = word(datagram, at)
      at &+= 4
      while at < end {
        let item = datagram.octet(at)
        if item == 0 { break }
        guard end &- at >= 2 else { return nil }
        let length = Int(datagram.octet(at &+ 1))
        guard at &+ 2 &+ length <= end else { return nil }
        if item == 1 { return (ssrc, at &+ 2..<at &+ 2 &+ length) }
        at &+= 2 &+ length
      }
      // The next chunk begins with a word: behind the zero, up to the boundary.
      at = packet.body.lowerBound &+ ((at &- packet.body.lowerBound) / 4 &+ 1) &* 4
    }
    return nil
  }
}

/// One reception report (RFC 3550 section 6.4.1): what a receiver says of a source.
public struct RTCPReport: Sendable {
  public static let byteCount = 24

  /// Of whom it speaks.
  public var source: UInt32
  /// Lost since the last report, in 1/256.
  public var fractionLost: UInt8
  /// Lost since the beginning; below zero where duplicates came.
  public var cumulativeLost: Int32
  public var highestSequence: UInt32
  /// In units of the timestamp.
  public var jitter: UInt32
  /// The middle 32 bits of the NTP time of the sender report that it knows last; 0 if none.
  public var lastSenderReport: UInt32
  /// How long ago that came, in 1/65,536 s.
  public var delay: UInt32

  /// At `offset`, where all of it must be inside.
  public init(_ datagram: RawSpan, _ offset: Int) {
    source = RTCPReader.word(datagram, offset)
    let loss = RTCPReader.word(datagram, offset &+ 4)
    fractionLost = UInt8(truncatingIfNeeded: loss >> 24)
    // 24 bits with a sign.
    cumulativeLost = Int32(bitPattern: loss << 8) >> 8
    highestSequence = RTCPReader.word(datagram, offset &+ 8)
    jitter = RTCPReader.word(datagram, offset &+ 12)
    lastSenderReport = RTCPReader.word(datagram, offset &+ 16)
    delay = RTCPReader.word(datagram, offset &+ 20)
  }
}
