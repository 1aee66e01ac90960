/// IP and what it carries.
extension FrameWalk {
  /// RFC 791 section 3.1.
  @inline(__always)
  mutating func ipv4(in bytes: RawSpan) -> Verdict? {
    guard room >= 20 else { return tooShort }
    let first = bytes.byte(offset)
    let headerLength = Int(first & 0x0F) * 4
    let totalLength = Int(bytes.big16(offset + 2))
    // A total length of 0 is what segmentation offload leaves in captures on the sending host: the frame bounds it.
    guard first >> 4 == 4, headerLength >= 20, totalLength == 0 || totalLength >= headerLength else {
      return .skip(.malformedHeader)
    }
    if totalLength > 0 { limit(to: offset + totalLength) }
    guard room >= headerLength else { return tooShort }
    isIPv6 = false
    sourceHigh = 0
    sourceLow = 0x0000_FFFF_0000_0000 | UInt64(bytes.big32(offset + 12))
    destinationHigh = 0
    destinationLow = 0x0000_FFFF_0000_0000 | UInt64(bytes.big32(offset + 16))
    let flags = bytes.big16(offset + 6)
    let number = bytes.byte(offset + 9)
    if flags & 0x3FFF != 0 {
      fragmentIdentification = UInt32(bytes.big16(offset + 4))
      fragmentProtocol = number
      fragmentOffset = Int(flags & 0x1FFF) * 8
      moreFragments = flags & 0x2000 != 0
      offset += headerLength
      return fragment()
    }
    moreFragments = false
    offset += headerLength
    layer = .transport(number)
    return nil
  }

  /// RFC 8200 section 3.
  @inline(__always)
  mutating func ipv6(in bytes: RawSpan) -> Verdict? {
    guard room >= 40 else { return tooShort }
    guard bytes.byte(offset) >> 4 == 6 else { return .skip(.malformedHeader) }
    limit(to: offset + 40 + Int(bytes.big16(offset + 4)))
    isIPv6 = true
    moreFragments = false
    sourceHigh = bytes.big64(offset + 8)
    sourceLow = bytes.big64(offset + 16)
    destinationHigh = bytes.big64(offset + 24)
    destinationLow = bytes.big64(offset + 32)
    layer = .transport(bytes.byte(offset + 6))
    offset += 40
    return nil
  }

  @inline(__always)
  mutating func transport(_ number: UInt8, in bytes: RawSpan) -> Verdict? {
    number == 17 ? udp(in: bytes) : otherTransport(number, in: bytes)
  }

  /// RFC 768. A datagram whose ports can be read is one, whatever else is wrong with it: that is named, and counted.
  @inline(__always)
  mutating func udp(in bytes: RawSpan) -> Verdict? {
    guard room >= 4 else { return tooShort }
    sourcePort = bytes.big16(offset)
    destinationPort = bytes.big16(offset + 2)
    guard room >= 8 else {
      flaw = end < declaredEnd ? .datagramCutByCapture : .udpHeaderCut
      offset = end
      return .datagram
    }
    udpLength = Int(bytes.big16(offset + 4))
    let declared = declaredEnd - offset
    offset += 8
    // RFC 2675 section 4: 0 means in IPv6 that the packet's length counts.
    let length = udpLength == 0 && isIPv6 ? declared : udpLength
    if mayTunnel && length > 8 && enterTunnel(in: bytes, length: length - 8) { return nil }
    if length < 8 {
      flaw = .udpLengthTooShort
      end = offset
    } else if length - 8 <= room {
      end = offset + length - 8
    } else {
      // Of a fragment's first piece, which is walked only when the capture cut it, no end is known.
      flaw = length > declared && !moreFragments ? .udpLengthBeyondIP : .datagramCutByCapture
    }
    return .datagram
  }

  @inline(never)
  private mutating func otherTransport(_ number: UInt8, in bytes: RawSpan) -> Verdict? {
    switch number {
    // Hop-by-hop, routing, destination, mobility, HIP and shim6 headers: `next 1 | length 1 in 8 octets less one`.
    case 0 where isIPv6, 43 where isIPv6, 60 where isIPv6, 135 where isIPv6, 139 where isIPv6, 140 where isIPv6:
      guard room >= 8 else { return tooShort }
      return skip((Int(bytes.byte(offset + 1)) + 1) * 8, then: .transport(bytes.byte(offset)))
    case 44 where isIPv6: return fragmentHeader(in: bytes)
    // Authentication header (RFC 4302): the length is in 4 octets less two.
    case 51:
      guard room >= 8 else { return tooShort }
      return skip((Int(bytes.byte(offset + 1)) + 2) * 4, then: .transport(bytes.byte(offset)))
    // IP within IP, GRE, Ethernet within IP (RFC 3378), MPLS within IP (RFC 4023).
    case 4: layer = .ipv4
    case 41: layer = .ipv6
    case 47: return genericEncapsulation(in: bytes)
    case 97: return skip(2, then: .link(.ethernet))
    case 137: return mpls(in: bytes)
    case 6: return segment(in: bytes)
    case 115: return layer2Tunnel3(in: bytes)
    case 1 where !isIPv6, 58 where isIPv6: return .skip(quotesDatagram(in: bytes) ? .quotedInICMP : .notUDP)
    default: return .skip(.notUDP)
    }
    return nil
  }

  /// RFC 8200 section 4.5: `next 1 | reserved 1 | offset 13 bits, reserved 2, more 1 | identification 4`.
  private mutating func fragmentHeader(in bytes: RawSpan) -> Verdict? {
    guard room >= 8 else { return tooShort }
    let flags = bytes.big16(offset + 2)
    fragmentProtocol = bytes.byte(offset)
    fragmentOffset = Int(flags & 0xFFF8)
    moreFragments = flags & 1 == 1
    fragmentIdentification = bytes.big32(offset + 4)
    offset += 8
    if fragmentOffset == 0 && !moreFragments {
      // RFC 6946: an atomic fragment stands alone.
      layer = .transport(fragmentProtocol)
      return nil
    }
    if moreFragments && (declaredEnd - offset) & 7 != 0 { return .skip(.malformedFragment) }
    return fragment()
  }

  /// A fragment that the capture cut cannot be put together; of a first one the beginning of the datagram is there.
  private mutating func fragment() -> Verdict? {
    if room > 0 && end == declaredEnd { return .fragment }
    guard fragmentOffset == 0 else { return .skip(.truncatedFrame) }
    layer = .transport(fragmentProtocol)
    return nil
  }

  /// GRE (RFC 2784, RFC 2890) with Ethernet types, and ERSPAN within it.
  private mutating func genericEncapsulation(in bytes: RawSpan) -> Verdict? {
    guard room >= 4 else { return tooShort }
    let flags = bytes.big16(offset)
    let type = bytes.big16(offset + 2)
    if flags & 7 == 1 { return pointToPointTunnel(flags, type, in: bytes) }
    // Routing (RFC 1701) is obsolete and of no fixed length.
    guard flags & 0x4007 == 0 else { return .skip(.notUDP) }
    var length = 4
    for flag: UInt16 in [0x8000, 0x2000, 0x1000] where flags & flag != 0 { length += 4 }
    switch type {
    case 0x880B: return pppTunnel(length)
    // WCCP: a redirect header of 4 octets, which version 1 lacks.
    case 0x883E:
      guard room >= length + 1 else { return tooShort }
      return skip(length + (bytes.byte(offset + length) >> 4 == 4 ? 0 : 4), then: .ipv4)
    // ERSPAN has a header of its own (8 octets) from type II on, which is told by the GRE sequence number.
    case 0x88BE: return skip(length + (flags & 0x1000 != 0 ? 8 : 0), then: .link(.ethernet))
    // ERSPAN type III: 12 octets, and 8 more if the last bit says so.
    case 0x22EB:
      guard room >= length + 12 else { return tooShort }
      return skip(length + (bytes.byte(offset + length + 11) & 1 == 1 ? 20 : 12), then: .link(.ethernet))
    default: return skip(length, then: .etherType(type))
    }
  }

  /// RFC 9293 section 3.1.
  private mutating func segment(in bytes: RawSpan) -> Verdict? {
    guard room >= 20 else { return .skip(.notUDP) }
    sourcePort = bytes.big16(offset)
    destinationPort = bytes.big16(offset + 2)
    tcpSequence = bytes.big32(offset + 4)
    let headerLength = Int(bytes.byte(offset + 12) >> 4) * 4
    tcpIsFirst = bytes.byte(offset + 13) & 2 != 0
    guard headerLength >= 20, room >= headerLength else { return .skip(.notUDP) }
    offset += headerLength
    return .segment
  }

  /// Whether this is an ICMP error (RFC 792, RFC 4443) about a datagram.
  private func quotesDatagram(in bytes: RawSpan) -> Bool {
    guard room >= 28 else { return false }
    let type = bytes.byte(offset)
    let quoted = offset + 8
    if isIPv6 {
      return (1...4).contains(type) && room >= 48 && bytes.byte(quoted) >> 4 == 6 && bytes.byte(quoted + 6) == 17
    }
    return [3, 4, 5, 11, 12].contains(type) && bytes.byte(quoted) >> 4 == 4 && bytes.byte(quoted + 9) == 17
  }
}
