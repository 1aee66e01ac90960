/// Why a frame of a capture yields no datagram. A closed set: `frames = datagrams + the sum of these`.
public enum CaptureSkip: UInt8, CaseIterable, Sendable {
  /// Another protocol: TCP, ARP, a routing protocol and so on.
  case notUDP
  /// A TCP segment of a connection that carries RTP between RTSP's messages (RFC 7826 section 14): what it holds is
  /// delivered once it is whole.
  case interleavedSegment
  /// An ICMP or ICMPv6 error that quotes the head of a datagram: the datagram itself was another frame.
  case quotedInICMP
  /// A piece of a fragmented packet whose other pieces were still to come when it was read.
  case fragment
  /// A fragment that overlaps another one in IPv6: the whole packet is discarded (RFC 5722 section 3), or one that
  /// contradicts the packet's end.
  case overlappingFragment
  /// A fragment that ends beyond 65,535 octets, or that is no multiple of 8 octets in IPv6 (RFC 8200 section 4.5).
  case malformedFragment
  /// The capture kept too little of the frame (snap length) to tell what it was.
  case truncatedFrame
  /// A header that contradicts itself: version, header length, total length.
  case malformedHeader
  /// More headers within headers than `Limits.captureLayers`.
  case tooManyLayers
  /// The interface's link type is none that is understood.
  case unknownLinkType
  /// The frame names an interface that its section did not describe.
  case unknownInterface

  /// The label in counts: `quoted_in_icmp`.
  public var label: String {
    switch self {
    case .notUDP: "not_udp"
    case .interleavedSegment: "interleaved_segment"
    case .quotedInICMP: "quoted_in_icmp"
    case .fragment: "fragment"
    case .overlappingFragment: "overlapping_fragment"
    case .malformedFragment: "malformed_fragment"
    case .truncatedFrame: "truncated_frame"
    case .malformedHeader: "malformed_header"
    case .tooManyLayers: "too_many_layers"
    case .unknownLinkType: "unknown_link_type"
    case .unknownInterface: "unknown_interface"
    }
  }
}
