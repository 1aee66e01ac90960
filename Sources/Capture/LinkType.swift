/// What a frame begins with, by the numbers of the tcpdump group's registry of link-layer header types.
enum LinkType: UInt8, BitwiseCopyable {
  case ethernet
  /// A 4-octet address family in the byte order of the capturing machine, or in network order (LOOP).
  case loopback
  case rawIP
  case rawIPv4
  case rawIPv6
  case linuxCooked
  case linuxCooked2
  case ppp
  case pppoe
  case ciscoHDLC
  case netfilterLog
  case frameRelay
  case mPacket
  /// IEEE 802.11, alone and behind what a capture card says.
  case wireless
  case radioTap
  case prism
  /// Ethernet with a switch chip's tag.
  case switchTag
  case pppWithDirection
  case unknown

  init(number: UInt16) {
    switch number {
    case 1: self = .ethernet
    case 0, 108: self = .loopback
    // 12 and 14 are what some systems wrote for DLT_RAW before 101 was assigned.
    case 12, 14, 101: self = .rawIP
    case 228: self = .rawIPv4
    case 229: self = .rawIPv6
    case 113: self = .linuxCooked
    case 276: self = .linuxCooked2
    case 9, 50: self = .ppp
    case 51: self = .pppoe
    case 104: self = .ciscoHDLC
    case 239: self = .netfilterLog
    case 107: self = .frameRelay
    case 274: self = .mPacket
    case 105: self = .wireless
    case 127: self = .radioTap
    case 119, 163: self = .prism
    case 281, 283, 284, 285: self = .switchTag
    case 166, 204: self = .pppWithDirection
    default: self = .unknown
    }
  }
}
