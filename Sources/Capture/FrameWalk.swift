internal import Primitives

/// What stands at a position of a frame.
enum Layer: BitwiseCopyable {
  case link(LinkType)
  /// An Ethernet type (IEEE 802), as also in Linux cooked frames, GRE and SNAP.
  case etherType(UInt16)
  case pppProtocol
  case ipv4
  case ipv6
  /// An IP protocol or IPv6 extension header.
  case transport(UInt8)
}

/// A walk through the layers of one frame down to its UDP datagram or fragment.
///
/// It reads only within `offset..<end`, and each step moves `offset` forward, so it ends on any input. What the headers
/// declare beyond the captured octets is kept in `declaredEnd`.
struct FrameWalk {
  enum Verdict {
    case datagram
    case fragment
    /// Of TCP.
    case segment
    case skip(CaptureSkip)
  }

  var layer: Layer
  var offset: Int
  /// The end of the octets that are there and belong to this layer.
  var end: Int
  /// Where the layer ends by its own header, or the frame on the wire.
  var declaredEnd: Int
  var depth = 0
  var vlan: UInt16 = 0

  // Of the innermost IP packet.
  var isIPv6 = false
  var sourceHigh: UInt64 = 0
  var sourceLow: UInt64 = 0
  var destinationHigh: UInt64 = 0
  var destinationLow: UInt64 = 0

  // With the verdict `.fragment`: the fragment's octets are `offset..<end`.
  var fragmentIdentification: UInt32 = 0
  var fragmentProtocol: UInt8 = 0
  var fragmentOffset = 0
  var moreFragments = false

  // With the verdict `.segment`: the payload is `offset..<end`, and was to be up to `declaredEnd`.
  var tcpSequence: UInt32 = 0
  var tcpIsFirst = false

  // With the verdict `.datagram`: the payload is `offset..<end`.
  var sourcePort: UInt16 = 0
  var destinationPort: UInt16 = 0
  var udpLength = 0
  var flaw: CaptureFlaw?

  /// The datagram that a tunnel over UDP was found in: what there is if the tunnel holds none.
  var carrier: Carrier?

  struct Carrier {
    var sourceHigh: UInt64
    var sourceLow: UInt64
    var destinationHigh: UInt64
    var destinationLow: UInt64
    var sourcePort: UInt16
    var destinationPort: UInt16
    var udpLength: Int
    var payload: Range<Int>
    var declaredEnd: Int
  }

  @inline(__always)
  init(frame: Frame) {
    layer = .link(frame.linkType)
    offset = frame.offset
    end = frame.offset + frame.capturedLength
    declaredEnd = frame.offset + frame.wireLength
  }

  /// Walks on from `layer` until there is a verdict.
  @inline(__always)
  mutating func run(in bytes: RawSpan) -> Verdict {
    while true {
      if let verdict = step(in: bytes) {
        if case .skip = verdict, carrier != nil { return surface() }
        return verdict
      }
      depth &+= 1
      if depth > Limits.captureLayers { return carrier != nil ? surface() : .skip(.tooManyLayers) }
    }
  }

  @inline(__always)
  private mutating func step(in bytes: RawSpan) -> Verdict? {
    switch layer {
    case .link(.ethernet): ethernet(in: bytes)
    case .link(let type): otherLink(type, in: bytes)
    case .etherType(let type): etherType(type, in: bytes)
    case .pppProtocol: pppProtocol(in: bytes)
    case .ipv4: ipv4(in: bytes)
    case .ipv6: ipv6(in: bytes)
    case .transport(let number): transport(number, in: bytes)
    }
  }

  /// Octets that may still be read.
  @inline(__always) var room: Int { end - offset }

  /// Too few octets for a header: because the capture cut them off, or because the packet has no more.
  @inline(__always)
  var tooShort: Verdict { .skip(end < declaredEnd ? .truncatedFrame : .malformedHeader) }

  /// Ends the layer where its header says, and no later than the layer around it was captured.
  @inline(__always)
  mutating func limit(to declared: Int) {
    declaredEnd = declared
    if declared < end { end = declared }
  }
}
