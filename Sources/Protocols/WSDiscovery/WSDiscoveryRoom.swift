import Primitives
import Sys
public import Telemetry

/// WS-Discovery, as ONVIF cameras announce themselves. It joins groups on the network that the node stands in, so a node
/// listens only where it is told to.
public enum WSDiscoveryRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/wsd.md")
    traits.defaultPort = 3702
    traits.yieldsEvents = true
    traits.eventKinds = ["wsd.hello", "wsd.bye", "wsd.match"]
    traits.multicastGroups = ["239.255.255.250:3702", "[ff02::c]:3702"].compactMap { SocketAddress($0) }
    traits.reasons = reasons
    traits.sharedReasons = [.tooManyRows, .duplicateMessage]
    return traits
  }()

  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness {
    if !beginsWithTag(datagram) { return .none }
    return speaksOfDiscovery(datagram) ? .telling : .possible
  }

  /// Behind a byte order mark and blanks.
  private static func beginsWithTag(_ datagram: RawSpan) -> Bool {
    var at = datagram.octet(0) == 0xEF && datagram.octetOrZero(1) == 0xBB ? 3 : 0
    while at < min(datagram.byteCount, 64), datagram.octet(at) <= 32 { at &+= 1 }
    return datagram.octetOrZero(at) == UInt8(ascii: "<")
  }

  private static func speaksOfDiscovery(_ datagram: RawSpan) -> Bool {
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

// Codes 104 to 111.
extension RejectReason {
  /// No XML as far as it is read, nested too deep, or with a document type, which SOAP forbids.
  public static let wsdBadXML = RejectReason(rawValue: 104)
  public static let wsdNotDiscovery = RejectReason(rawValue: 105)
}

extension WSDiscoveryRoom {
  static let reasons = [NamedReason(.wsdBadXML, "wsd_bad_xml"), NamedReason(.wsdNotDiscovery, "wsd_not_discovery")]
}
