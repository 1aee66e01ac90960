import Primitives
public import Telemetry

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
      if RTPPacket.isControl(datagram) { return RTCPReader.check(datagram) == nil ? .rtcp : nil }
      var packet = RTPPacket()
      return packet.read(datagram) == nil ? .rtp : nil
    }
    switch first {
    case BERElement.sequence: return isSNMP(datagram) ? .snmp : nil
    case UInt8(ascii: "<"): return isSyslog(datagram) ? .syslog : isDiscovery(datagram) ? .wsd : nil
    default: return nil
    }
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
