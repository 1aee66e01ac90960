import Primitives

/// Which protocol a datagram speaks, by its content alone: for captures, where a port may be anything.
///
/// It says what a datagram looks like, not that it is sound. RTP has little to be known by, so `rtp` says no more than
/// that it may be: one packet more of the same stream has to confirm it.
public enum ProtocolGuess {
  public static func protocolOf(_ datagram: RawSpan) -> TelemetryProtocol? {
    guard datagram.byteCount >= 4 else { return nil }
    let first = datagram.octet(0)
    if first >> 6 == 2 {
      // BACnet/IP begins with 81, a function, and the datagram's own length (ASHRAE 135 annex J).
      let length = Int(datagram.octet(2)) << 8 | Int(datagram.octet(3))
      if first == 0x81 && datagram.octet(1) <= 0x0C && length == datagram.byteCount { return nil }
      if RTPPacket.isControl(datagram) { return RTCPReader.looksLikeControl(datagram) ? .rtcp : nil }
      var packet = RTPPacket()
      return packet.read(datagram) == nil ? .rtp : nil
    }
    switch first {
    case BERElement.sequence: return isSNMP(datagram) ? .snmp : nil
    case UInt8(ascii: "<"): return isSyslog(datagram) ? .syslog : isDiscovery(datagram) ? .wsd : nil
    // A byte order mark, or blanks, before XML.
    case 0xEF, 9, 10, 13, 32: return beginsWithTag(datagram) && isDiscovery(datagram) ? .wsd : nil
    default: return nil
    }
  }

  /// Which protocol it is that a port says, if the content does not contradict that and is another's.
  public static func protocolOf(
    _ datagram: RawSpan, mapped: TelemetryProtocol?
  ) -> (kind: TelemetryProtocol, isGuessed: Bool)? {
    if let mapped, mayBe(mapped, datagram) { return (mapped, false) }
    if let guess = protocolOf(datagram) { return (guess, true) }
    return mapped.map { ($0, false) }
  }

  /// Whether a datagram may be of the protocol at all.
  private static func mayBe(_ kind: TelemetryProtocol, _ datagram: RawSpan) -> Bool {
    if datagram.byteCount < 4 { return true }
    let first = datagram.octet(0)
    switch kind {
    case .coap: return first >> 6 == 1
    case .snmp: return first == BERElement.sequence
    case .rtp, .rtcp: return first >> 6 == 2
    case .wsd: return beginsWithTag(datagram)
    case .line, .syslog: return !isBinary(datagram)
    case .capture: return false
    }
  }

  private static func beginsWithTag(_ datagram: RawSpan) -> Bool {
    var at = datagram.octet(0) == 0xEF && datagram.octetOrZero(1) == 0xBB ? 3 : 0
    while at < min(datagram.byteCount, 64), datagram.octet(at) <= 32 { at &+= 1 }
    return datagram.octetOrZero(at) == UInt8(ascii: "<")
  }

  /// What no text has in its first octets: a version of RTP, or a sequence of BER, and control characters behind it. A
  /// text may begin with any other octet, and end in NUL.
  private static func isBinary(_ datagram: RawSpan) -> Bool {
    let first = datagram.octet(0)
    guard first >> 6 == 2 || first == BERElement.sequence else { return false }
    for at in 1..<min(datagram.byteCount &- 2, 64) {
      let octet = datagram.octet(at)
      if octet < 32 && octet != 9 && octet != 10 && octet != 13 && octet != 27 { return true }
    }
    return false
  }

  /// A SEQUENCE of the datagram's length that begins with a version.
  private static func isSNMP(_ datagram: RawSpan) -> Bool {
    var outer = BERReader(0..<datagram.byteCount)
    guard let whole = outer.next(in: datagram) else { return false }
    var inside = BERReader(whole.content)
    guard let version = inside.nextInteger(in: datagram), version == 0 || version == 1 || version == 3,
      let second = inside.next(in: datagram)
    else { return false }
    return second.tag == (version == 3 ? BERElement.sequence : BERElement.octetString)
  }

  /// `<n>` with a priority that there is.
  private static func isSyslog(_ datagram: RawSpan) -> Bool {
    var value = 0
    var at = 1
    while at < 4, datagram.octetOrZero(at) &- 48 <= 9 {
      value = value &* 10 &+ Int(datagram.octet(at) &- 48)
      at &+= 1
    }
    return at > 1 && value <= 191 && datagram.octetOrZero(at) == UInt8(ascii: ">")
  }

  /// XML that speaks of discovery early on.
  private static func isDiscovery(_ datagram: RawSpan) -> Bool {
    let text: StaticString = "/discovery"
    let wanted = RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: text.utf8CodeUnitCount)
    var at = 0
    while at &+ wanted.byteCount <= datagram.byteCount {
      if datagram.octet(at) == UInt8(ascii: "/"), datagram.extracting(at..<at &+ wanted.byteCount).equals(wanted) {
        return true
      }
      at &+= 1
    }
    return false
  }
}
