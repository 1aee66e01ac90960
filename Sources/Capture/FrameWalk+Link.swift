/// Link layers: from the beginning of a frame to an IP packet.
extension FrameWalk {
  /// `destination 6 | source 6 | type 2`, or a length where the type would be and then 802.2 LLC.
  @inline(__always)
  mutating func ethernet(in bytes: RawSpan) -> Verdict? {
    guard room >= 14 else { return tooShort }
    let type = bytes.big16(offset + 12)
    offset += 14
    layer = .etherType(type)
    return nil
  }

  @inline(__always)
  mutating func etherType(_ type: UInt16, in bytes: RawSpan) -> Verdict? {
    switch type {
    case 0x0800: layer = .ipv4
    case 0x86DD: layer = .ipv6
    default: return otherEtherType(type, in: bytes)
    }
    return nil
  }

  private mutating func otherEtherType(_ type: UInt16, in bytes: RawSpan) -> Verdict? {
    switch type {
    // IEEE 802.1Q, 802.1ad and what stood for it before: `tag 2 | type 2`.
    case 0x8100, 0x88A8, 0x9100, 0x9200, 0x9300:
      guard room >= 4 else { return tooShort }
      vlan = bytes.big16(offset) & 0x0FFF
      return skip(2, thenType: bytes)
    // Cisco metadata: `version 1 | length 1 | options: length and type 2, value …`, of so many octets in words.
    case 0x8909:
      guard room >= 2 else { return tooShort }
      return skip(2 + max(1, Int(bytes.byte(offset + 1))) * 4, thenType: bytes)
    // High-availability rings (IEC 62439-3): `path and size 2 | number 2`; a network service header (RFC 8300).
    case 0x892F: return skip(4, thenType: bytes)
    case 0x894F: return serviceHeader(in: bytes)
    // Cisco VN-Tag, and IEEE 802.1BR E-Tag.
    case 0x8926: return skip(4, thenType: bytes)
    case 0x893F: return skip(6, thenType: bytes)
    // IEEE 802.1ah: a service tag before a whole Ethernet frame; and Ethernet bridged over GRE.
    case 0x88E7: return skip(4, then: .link(.ethernet))
    case 0x6558: return skip(0, then: .link(.ethernet))
    case 0x8864: return pppoe(in: bytes)
    case 0x8847, 0x8848: return mpls(in: bytes)
    // IEEE 802.3: a length, then LLC.
    case 0...1_500: return logicalLink(in: bytes)
    default: return .skip(.notUDP)
    }
  }

  private mutating func skip(_ count: Int, thenType bytes: RawSpan) -> Verdict? {
    guard room >= count + 2 else { return tooShort }
    let type = bytes.big16(offset + count)
    offset += count + 2
    layer = .etherType(type)
    return nil
  }

  mutating func skip(_ count: Int, then next: Layer) -> Verdict? {
    guard room >= count else { return tooShort }
    offset += count
    layer = next
    return nil
  }

  /// `DSAP | SSAP | control`, with SNAP `organisation 3 | type 2` behind `AA AA 03` (RFC 1042).
  private mutating func logicalLink(in bytes: RawSpan) -> Verdict? {
    guard room >= 3 else { return tooShort }
    let (service, control) = (bytes.big16(offset), bytes.byte(offset + 2))
    if service == 0x0606 && control == 3 { return skip(3, then: .ipv4) }
    guard service == 0xAAAA && control == 3 else { return .skip(.notUDP) }
    guard room >= 8 else { return tooShort }
    // Organisation 0 and Cisco's 0000F8 are followed by Ethernet types.
    let organisation = bytes.big32(offset + 2) & 0x00FF_FFFF
    guard organisation == 0 || organisation == 0xF8 else { return .skip(.notUDP) }
    return skip(6, thenType: bytes)
  }

  /// RFC 2516: `version, type 1 | code 1 | session 2 | length 2`, then PPP. Only code 0 is a session's data.
  private mutating func pppoe(in bytes: RawSpan) -> Verdict? {
    guard room >= 6 else { return tooShort }
    guard bytes.byte(offset + 1) == 0 else { return .skip(.notUDP) }
    let length = Int(bytes.big16(offset + 4))
    offset += 6
    limit(to: min(declaredEnd, offset + length))
    layer = .pppProtocol
    return nil
  }

  /// RFC 1661 section 2: a protocol number of two octets, or of one if that is odd (protocol field compression).
  mutating func pppProtocol(in bytes: RawSpan) -> Verdict? {
    guard room >= 1 else { return tooShort }
    var number = UInt16(bytes.byte(offset))
    var length = 1
    if number & 1 == 0 {
      guard room >= 2 else { return tooShort }
      number = bytes.big16(offset)
      length = 2
    }
    switch number {
    case 0x0021: return skip(length, then: .ipv4)
    case 0x0057: return skip(length, then: .ipv6)
    case 0x0281, 0x0283: return skip(length, then: .etherType(0x8847))
    default: return .skip(.notUDP)
    }
  }

  /// RFC 3032: entries of four octets up to the one with the bottom bit; what follows is told by its first half-octet.
  mutating func mpls(in bytes: RawSpan) -> Verdict? {
    while true {
      guard room >= 4 else { return tooShort }
      let isBottom = bytes.byte(offset + 2) & 1 == 1
      offset += 4
      if isBottom { break }
    }
    var packet = self
    packet.layer = .link(.rawIP)
    if packet.readsWell(in: bytes) || room < 18 {
      self = packet
      return nil
    }
    // A pseudowire (RFC 4448): an Ethernet frame, behind a control word that begins with 0 or behind none.
    for count in [4, 0] where count == 0 || bytes.byte(offset) >> 4 == 0 {
      var frame = self
      frame.offset += count
      frame.layer = .link(.ethernet)
      if frame.readsWell(in: bytes) {
        self = frame
        return nil
      }
    }
    self = packet
    return nil
  }

  /// RFC 8300 section 2.2: `version, flags, time to live, length 6 bits in words | type 4 bits | next 1 | path 4 | …`.
  private mutating func serviceHeader(in bytes: RawSpan) -> Verdict? {
    guard room >= 8 else { return tooShort }
    let length = Int(bytes.big16(offset) & 0x3F) * 4
    guard length >= 8 else { return .skip(.malformedHeader) }
    switch bytes.byte(offset + 3) {
    case 1: return skip(length, then: .ipv4)
    case 2: return skip(length, then: .ipv6)
    case 3: return skip(length, then: .link(.ethernet))
    default: return .skip(.notUDP)
    }
  }

  mutating func otherLink(_ type: LinkType, in bytes: RawSpan) -> Verdict? {
    switch type {
    case .ethernet: return ethernet(in: bytes)
    case .rawIP: return rawIP(in: bytes)
    case .rawIPv4: layer = .ipv4
    case .rawIPv6: layer = .ipv6
    case .loopback: return loopback(in: bytes)
    // `packet type 2 | hardware 2 | address length 2 | address 8 | protocol 2`
    case .linuxCooked: return skip(14, thenType: bytes)
    // `protocol 2 | reserved 2 | interface 4 | hardware 2 | packet type 1 | address length 1 | address 8`
    case .linuxCooked2:
      guard room >= 20 else { return tooShort }
      return skip(20, then: .etherType(bytes.big16(offset)))
    case .ppp:
      guard room >= 2 else { return tooShort }
      // Address and control, which may be left out.
      return skip(bytes.big16(offset) == 0xFF03 ? 2 : 0, then: .pppProtocol)
    case .pppoe: return pppoe(in: bytes)
    // `address 1 | control 1 | type 2`
    case .ciscoHDLC: return skip(2, thenType: bytes)
    // RFC 2427: `address 2 | control 1 | protocol 1`, CC for IPv4, 8E for IPv6.
    case .frameRelay:
      guard room >= 4 else { return tooShort }
      switch bytes.byte(offset + 3) {
      case 0xCC: return skip(4, then: .ipv4)
      case 0x8E: return skip(4, then: .ipv6)
      default: return .skip(.notUDP)
      }
    // `preamble 8`, then Ethernet: IEEE 802.3br.
    case .mPacket: return skip(8, then: .link(.ethernet))
    case .netfilterLog: return netfilterLog(in: bytes)
    case .wireless: return wireless(in: bytes)
    // `version 1 | pad 1 | length 2 little-endian | …`
    case .radioTap:
      guard room >= 4 else { return tooShort }
      return skip(max(8, Int(bytes.word16(offset + 2, swapped: false))), then: .link(.wireless))
    case .prism: return skip(prismLength(in: bytes), then: .link(.wireless))
    case .switchTag: return switchTag(in: bytes)
    // `direction 1`, then as PPP.
    case .pppWithDirection: return skip(1, then: .link(.ppp))
    case .unknown: return .skip(.unknownLinkType)
    }
    return nil
  }

  private mutating func rawIP(in bytes: RawSpan) -> Verdict? {
    guard room >= 1 else { return tooShort }
    switch bytes.byte(offset) >> 4 {
    case 4: layer = .ipv4
    case 6: layer = .ipv6
    default: return .skip(.notUDP)
    }
    return nil
  }

  /// A switch chip's tag between the addresses and the type: Marvell's of 4 octets, or of 8 behind a type (EDSA); and
  /// Broadcom's, which begins with its own kind of octet.
  private mutating func switchTag(in bytes: RawSpan) -> Verdict? {
    for count in [18, 22, 14, 16, 20] {
      guard room > count else { continue }
      var inner = self
      inner.offset += count
      let type = bytes.big16(offset + count - 2)
      inner.layer = .etherType(type)
      if type >= 0x0600 && inner.readsWell(in: bytes) {
        self = inner
        return nil
      }
    }
    return .skip(.notUDP)
  }

  /// IEEE 802.11: data frames that are in the open, with their LLC.
  private mutating func wireless(in bytes: RawSpan) -> Verdict? {
    guard room >= 24 else { return tooShort }
    let (kind, flags) = (bytes.byte(offset), bytes.byte(offset + 1))
    // Data that is there and neither protected nor aggregated.
    guard kind & 0x0C == 0x08, kind & 0x40 == 0, flags & 0x40 == 0 else { return .skip(.notUDP) }
    var length = 24
    if flags & 3 == 3 { length += 6 }
    if kind & 0x80 != 0 { length += 2 + (flags & 0x80 != 0 ? 4 : 0) }
    guard room >= length + 8 else { return tooShort }
    // Some capture cards align what follows.
    if bytes.big16(offset + length) != 0xAAAA && bytes.big16(offset + length + 2) == 0xAAAA { length += 2 }
    offset += length
    return logicalLink(in: bytes)
  }

  /// Prism's header tells its length at 4, AVS's at 4 too, in network order and with a version before it.
  private func prismLength(in bytes: RawSpan) -> Int {
    guard room >= 8 else { return room + 1 }
    if bytes.big32(offset) & 0xFFFF_F000 == 0x8021_1000 { return Int(min(bytes.big32(offset + 4), 4_096)) }
    return Int(min(bytes.word32(offset + 4, swapped: false), 4_096))
  }

  /// The address family in either byte order. `AF_INET` is 2 everywhere; `AF_INET6` is 10 in Linux, 23 in Windows, 24
  /// in NetBSD and OpenBSD, 28 in FreeBSD, 30 in macOS.
  private mutating func loopback(in bytes: RawSpan) -> Verdict? {
    guard room >= 4 else { return tooShort }
    var family = bytes.big32(offset)
    if family > 0xFFFF { family = family.byteSwapped }
    switch family {
    case 2: return skip(4, then: .ipv4)
    case 10, 23, 24, 28, 30: return skip(4, then: .ipv6)
    default: return .skip(.notUDP)
    }
  }

  /// `family 1 | version 1 | resource 2`, then `length 2 | type 2 | value`, padded to 4, in the byte order of the
  /// capturing machine: of the two, the one in which a length is possible. Type 9 is the packet.
  private mutating func netfilterLog(in bytes: RawSpan) -> Verdict? {
    guard room >= 4 else { return tooShort }
    let family = bytes.byte(offset)
    offset += 4
    guard family == 2 || family == 10 else { return .skip(.notUDP) }
    while room >= 4 {
      let little = Int(bytes.word16(offset, swapped: false))
      let isBig = little < 4 || (little > room && little & 0xFF == 0)
      let length = isBig ? Int(bytes.big16(offset)) : little
      let type = bytes.word16(offset + 2, swapped: isBig) & 0x7FFF
      guard length >= 4 else { return .skip(.malformedHeader) }
      if type == 9 { return skip(4, then: family == 2 ? .ipv4 : .ipv6) }
      guard length <= room else { return tooShort }
      offset += min(room, (length + 3) & ~3)
    }
    return .skip(.notUDP)
  }
}
