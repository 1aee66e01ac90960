/// Tunnels over UDP and GRE that carry frames or packets: mirrors, mobile networks, access networks.
///
/// A port alone makes no tunnel: what stands there must read as its header, and what is inside as a frame or a packet.
extension FrameWalk {
  /// Whether a port is one of a tunnel's, by which the content is looked at.
  @inline(__always)
  var mayTunnel: Bool {
    switch destinationPort {
    // VXLAN (RFC 7348; 8472 in Linux), VXLAN-GPE, GENEVE, GTP-U, TZSP, L2TP, Teredo, GRE and MPLS in UDP, LISP.
    case 4_789, 8_472, 4_790, 6_081, 2_152, 37_008, 1_701, 3_544, 4_754, 6_635, 4_341: true
    default: sourcePort == 1_701 || sourcePort == 3_544
    }
  }

  /// Goes into the tunnel if there is one; `length` octets are the datagram's by its header.
  @inline(never)
  mutating func enterTunnel(in bytes: RawSpan, length: Int) -> Bool {
    var inner = self
    inner.limit(to: min(declaredEnd, offset + length))
    let whole = inner
    guard inner.openTunnel(in: bytes), inner.readsWell(in: bytes) else { return false }
    inner.carrier = Carrier(
      sourceHigh: sourceHigh, sourceLow: sourceLow, destinationHigh: destinationHigh, destinationLow: destinationLow,
      sourcePort: sourcePort, destinationPort: destinationPort, udpLength: udpLength, payload: whole.offset..<whole.end,
      declaredEnd: whole.declaredEnd)
    self = inner
    return true
  }

  /// The tunnel held no datagram: the one that carried it is one all the same.
  @inline(never)
  mutating func surface() -> Verdict {
    guard let carrier else { return .skip(.notUDP) }
    self.carrier = nil
    (sourceHigh, sourceLow) = (carrier.sourceHigh, carrier.sourceLow)
    (destinationHigh, destinationLow) = (carrier.destinationHigh, carrier.destinationLow)
    (sourcePort, destinationPort) = (carrier.sourcePort, carrier.destinationPort)
    udpLength = carrier.udpLength
    offset = carrier.payload.lowerBound
    end = carrier.payload.upperBound
    flaw = end < carrier.declaredEnd ? .datagramCutByCapture : nil
    return .datagram
  }

  private mutating func openTunnel(in bytes: RawSpan) -> Bool {
    guard room >= 8 else { return false }
    switch destinationPort {
    case 4_789, 8_472: return openVXLAN(in: bytes)
    case 4_790: return openGenericVXLAN(in: bytes)
    case 6_081: return openGENEVE(in: bytes)
    case 2_152: return openGTP(in: bytes)
    case 37_008: return openTZSP(in: bytes)
    case 4_754:
      let known: [UInt16] = [0x0800, 0x86DD, 0x6558, 0x880B, 0x8847]
      layer = .transport(47)
      return bytes.big16(offset) & 0x4FFF == 0 && known.contains(bytes.big16(offset + 2))
    case 6_635:
      return mpls(in: bytes) == nil
    case 4_341:
      // RFC 9300 section 5.1: eight octets, then IP.
      return go(8, to: .link(.rawIP))
    default: break
    }
    if destinationPort == 1_701 || sourcePort == 1_701 { return openL2TP(in: bytes) }
    return openTeredo(in: bytes)
  }

  private mutating func go(_ count: Int, to next: Layer) -> Bool {
    guard count >= 0, room > count else { return false }
    offset += count
    layer = next
    return true
  }

  /// `flags 1 | reserved 1, or more flags | group policy 2 | network 3 | reserved 1`: the bit for a network is set, and of
  /// the others only those of the group policy extension (draft-smith-vxlan-group-policy) may be.
  private mutating func openVXLAN(in bytes: RawSpan) -> Bool {
    let flags = bytes.byte(offset)
    guard flags & 0x77 == 0 || flags == 0x08 || flags == 0x88, flags & 0x08 != 0, bytes.byte(offset + 7) == 0 else {
      return false
    }
    return go(8, to: .link(.ethernet))
  }

  /// draft-ietf-nvo3-vxlan-gpe: `flags 1 | reserved 2 | next protocol 1 | network 3 | reserved 1`.
  private mutating func openGenericVXLAN(in bytes: RawSpan) -> Bool {
    guard bytes.byte(offset) & 0xC0 == 0 else { return false }
    if bytes.byte(offset) & 0x04 == 0 { return openVXLAN(in: bytes) }
    switch bytes.byte(offset + 3) {
    case 1: return go(8, to: .ipv4)
    case 2: return go(8, to: .ipv6)
    case 3: return go(8, to: .link(.ethernet))
    case 4: return go(8, to: .etherType(0x894F))
    default: return false
    }
  }

  /// RFC 8926 section 3.4: `version 2 bits, options' length 6 bits in words | flags 1 | protocol 2 | network 3 | reserved 1`.
  private mutating func openGENEVE(in bytes: RawSpan) -> Bool {
    guard bytes.byte(offset) >> 6 == 0 else { return false }
    return go(8 + Int(bytes.byte(offset) & 0x3F) * 4, to: .etherType(bytes.big16(offset + 2)))
  }

  /// 3GPP TS 29.281 section 5.1: `version 3 bits, type 1, reserved 1, E, S, PN | message 1 | length 2 | tunnel 4`, four
  /// octets more if any of E, S, PN is set, the last of which tells of extension headers: `length 1 in words | … | next 1`.
  private mutating func openGTP(in bytes: RawSpan) -> Bool {
    let flags = bytes.byte(offset)
    guard flags >> 5 == 1, flags & 0x10 != 0, bytes.byte(offset + 1) == 0xFF else { return false }
    var count = 8
    if flags & 7 != 0 {
      guard room >= 12 else { return false }
      count = 12
      var next = flags & 4 != 0 ? bytes.byte(offset + 11) : 0
      while next != 0 {
        guard room > count else { return false }
        let length = Int(bytes.byte(offset + count)) * 4
        guard length > 0, room >= count + length else { return false }
        next = bytes.byte(offset + count + length - 1)
        count += length
      }
    }
    return go(count, to: .link(.rawIP))
  }

  /// TaZmen Sniffer Protocol: `version 1 | type 1 | encapsulated 2`, then fields `tag 1 | length 1 | value`, of which the
  /// tags 0 (padding) and 1 (the end) have no length.
  private mutating func openTZSP(in bytes: RawSpan) -> Bool {
    guard bytes.byte(offset) == 1, bytes.byte(offset + 1) <= 1 else { return false }
    let kind = bytes.big16(offset + 2)
    var count = 4
    while true {
      guard room > count else { return false }
      let tag = bytes.byte(offset + count)
      count += 1
      if tag == 1 { break }
      if tag == 0 { continue }
      guard room > count else { return false }
      count += 1 + Int(bytes.byte(offset + count))
    }
    switch kind {
    case 1: return go(count, to: .link(.ethernet))
    case 0x12: return go(count, to: .link(.wireless))
    case 0x77: return go(count, to: .link(.prism))
    case 0x7F: return go(count, to: .link(.radioTap))
    default: return false
    }
  }

  /// RFC 2661 section 3.1: `T L . . S . O P . . . . version 4 | length 2 if L | tunnel 2 | session 2 | numbers 4 if S |
  /// offset 2 and that many if O`, then PPP. T is for control messages.
  private mutating func openL2TP(in bytes: RawSpan) -> Bool {
    let flags = bytes.big16(offset)
    guard flags & 0x8000 == 0 else { return false }
    if flags & 0x0F == 3 {
      // RFC 3931 section 4.1.2.1: `flags and version 2 | reserved 2 | session 4`.
      offset += 4
      return openL2TP3(in: bytes)
    }
    guard flags & 0x0F == 2 else { return false }
    var count = 2
    if flags & 0x4000 != 0 {
      let length = Int(bytes.big16(offset + 2))
      guard length >= 8 else { return false }
      limit(to: min(declaredEnd, offset + length))
      count += 2
    }
    count += 4
    if flags & 0x0800 != 0 { count += 4 }
    if flags & 0x0200 != 0 {
      guard room >= count + 2 else { return false }
      count += 2 + Int(bytes.big16(offset + count))
    }
    guard room >= count + 2 else { return false }
    return go(count + (bytes.big16(offset + count) == 0xFF03 ? 2 : 0), to: .pppProtocol)
  }

  /// L2TPv3 over IP (RFC 3931 section 4.1.1.1): session 0 is for control messages.
  mutating func layer2Tunnel3(in bytes: RawSpan) -> Verdict? {
    guard room >= 8, bytes.big32(offset) != 0, openL2TP3(in: bytes) else { return .skip(.notUDP) }
    return nil
  }

  /// A session's number, a cookie of 0, 4 or 8 octets, perhaps a sublayer of 4, and what the session carries: none of
  /// that is told, so what reads well is taken.
  private mutating func openL2TP3(in bytes: RawSpan) -> Bool {
    for count in [4, 8, 12, 16] {
      for next in [Layer.link(.ethernet), .link(.ppp)] {
        var inner = self
        if inner.go(count, to: next), inner.readsWell(in: bytes) {
          self = inner
          return true
        }
      }
    }
    return false
  }

  /// RFC 4380 section 5.1.1: authentication and origin, each if its first two octets say so, then IPv6.
  private mutating func openTeredo(in bytes: RawSpan) -> Bool {
    var count = 0
    if bytes.big16(offset) == 1 { count = 13 + Int(bytes.byte(offset + 2)) + Int(bytes.byte(offset + 3)) }
    if room >= count + 8, bytes.big16(offset + count) == 0 { count += 8 }
    return go(count, to: .ipv6)
  }

  /// GRE of version 1 (RFC 2637 section 4.1): `flags 2 | protocol 2 | payload's length 2 | call 2`, then the numbers that
  /// the flags tell of, then PPP. MikroTik's EoIP has an Ethernet frame instead.
  mutating func pointToPointTunnel(_ flags: UInt16, _ type: UInt16, in bytes: RawSpan) -> Verdict? {
    guard room >= 8 else { return tooShort }
    if type == 0x6400 { return skip(8, then: .link(.ethernet)) }
    guard type == 0x880B else { return .skip(.notUDP) }
    let length = 8 + (flags & 0x1000 != 0 ? 4 : 0) + (flags & 0x0080 != 0 ? 4 : 0)
    let payload = Int(bytes.big16(offset + 4))
    limit(to: min(declaredEnd, offset + length + payload))
    return pppTunnel(length)
  }

  /// PPP behind a header, with address and control or without.
  mutating func pppTunnel(_ length: Int) -> Verdict? { skip(length, then: .link(.ppp)) }

  /// Whether a frame or packet stands here: for what a port alone does not prove.
  func readsWell(in bytes: RawSpan) -> Bool {
    switch layer {
    case .link(.ethernet):
      guard room >= 34 else { return false }
      return isPacket(bytes.big16(offset + 12), at: offset + 14, in: bytes)
    case .link(.rawIP): return isIP(at: offset, in: bytes, version: 0)
    case .ipv4: return isIP(at: offset, in: bytes, version: 4)
    case .ipv6: return isIP(at: offset, in: bytes, version: 6)
    case .etherType(let type): return isPacket(type, at: offset, in: bytes)
    case .link(.ppp):
      guard room >= 4 else { return false }
      var inner = self
      if bytes.big16(offset) == 0xFF03 { inner.offset += 2 }
      inner.layer = .pppProtocol
      return inner.readsWell(in: bytes)
    case .pppProtocol:
      guard room >= 4 else { return false }
      switch (bytes.byte(offset), bytes.byte(offset + 1)) {
      case (0x21, _): return isIP(at: offset + 1, in: bytes, version: 4)
      case (0x57, _): return isIP(at: offset + 1, in: bytes, version: 6)
      case (0, 0x21): return isIP(at: offset + 2, in: bytes, version: 4)
      case (0, 0x57): return isIP(at: offset + 2, in: bytes, version: 6)
      // PPP's own: compression, link control and the like.
      case (0x80, 0...0x80), (0xC0, 0...0x30), (0xC2, 0x23): return true
      default: return false
      }
    default: return room > 0
    }
  }

  private func isPacket(_ stated: UInt16, at start: Int, in bytes: RawSpan) -> Bool {
    var type = stated
    var place = start
    // Ethernet within Ethernet, of which a frame may be full.
    while type == 0x6558 && end - place >= 14 {
      type = bytes.big16(place + 12)
      place += 14
    }
    switch type {
    case 0x0800: return isIP(at: place, in: bytes, version: 4)
    case 0x86DD: return isIP(at: place, in: bytes, version: 6)
    // Tags, labels, sessions, and what networks say among themselves.
    case 0x8100, 0x88A8, 0x9100, 0x8847, 0x8848, 0x8864, 0x0806, 0x88CC, 0x8909, 0x8926, 0x893F, 0x894F, 0x88E7, 0x8863:
      return true
    // A spanning tree's frames and the like.
    case 3...1_500: return Int(type) <= declaredEnd - place
    default: return false
    }
  }

  private func isIP(at place: Int, in bytes: RawSpan, version: UInt8) -> Bool {
    guard end - place >= 20 else { return false }
    let first = bytes.byte(place)
    if first >> 4 == 4 && version != 6 {
      let total = Int(bytes.big16(place + 2))
      return first & 15 >= 5 && (total == 0 || total >= 20 && place + total <= declaredEnd)
    }
    return first >> 4 == 6 && version != 4 && end - place >= 40
      && place + 40 + Int(bytes.big16(place + 4)) <= declaredEnd
  }
}
