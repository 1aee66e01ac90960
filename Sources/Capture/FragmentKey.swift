/// What the fragments of one packet have in common (RFC 791 section 3.2, RFC 8200 section 4.5), and the VLAN, so that a
/// packet seen on two of them is not mixed.
struct FragmentKey: Hashable {
  var sourceHigh: UInt64
  var sourceLow: UInt64
  var destinationHigh: UInt64
  var destinationLow: UInt64
  var identification: UInt32
  var vlan: UInt16
  /// Of IPv4 packets only: IPv6 fragments may tell different next headers, and the first one's counts.
  var protocolNumber: UInt8
  var isIPv6: Bool

  init(_ walk: FrameWalk) {
    sourceHigh = walk.sourceHigh
    sourceLow = walk.sourceLow
    destinationHigh = walk.destinationHigh
    destinationLow = walk.destinationLow
    identification = walk.fragmentIdentification
    vlan = walk.vlan
    protocolNumber = walk.isIPv6 ? 0 : walk.fragmentProtocol
    isIPv6 = walk.isIPv6
  }
}
