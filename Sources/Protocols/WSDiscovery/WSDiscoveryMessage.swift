import Primitives
public import Telemetry

/// One WS-Discovery message (OASIS WS-Discovery 1.1 and the drafts before it, SOAP over UDP), as ONVIF cameras send them:
/// what it says, as places in the datagram.
public struct WSDiscoveryMessage: Sendable {
  public enum Action: UInt8, CaseIterable, Sendable {
    case hello, bye, probe, probeMatches, resolve, resolveMatches

    /// As it stands at the end of the action's URI.
    public var label: String {
      switch self {
      case .hello: "Hello"
      case .bye: "Bye"
      case .probe: "Probe"
      case .probeMatches: "ProbeMatches"
      case .resolve: "Resolve"
      case .resolveMatches: "ResolveMatches"
      }
    }

    /// Whether a device tells of itself.
    public var isAnnouncement: Bool { self != .probe && self != .resolve }
  }

  /// One device that the message tells of.
  public struct Match: Sendable {
    public var endpoint = 0..<0
    public var types = 0..<0
    public var scopes = 0..<0
    public var addresses = 0..<0
    public var version = 0..<0
  }

  public var action = Action.probe
  /// The first device; of several (a ProbeMatches of a proxy) each has one. Its memory is kept from message to message.
  public private(set) var matches: [Match] = []
  public var matchCount: Int { matches.count }
  /// Devices beyond the bound.
  public private(set) var refusedCount = 0

  public init() {}

  /// Reads a message; a reason if it is none.
  public mutating func read(_ datagram: RawSpan) -> RejectReason? {
    matches.removeAll(keepingCapacity: true)
    refusedCount = 0
    var scanner = XMLScanner()
    var element = 0..<0
    var actionText = 0..<0
    var match = Match()
    while true {
      switch scanner.next(in: datagram) {
      case .malformed: return .wsdBadXML
      case .finished:
        guard let known = Self.action(datagram, actionText) else { return .wsdNotDiscovery }
        action = known
        return nil
      case .start(let name, let isEmpty):
        element = isEmpty ? 0..<0 : name
        if Self.beginsMatch(datagram.extracting(name)) { match = Match() }
      case .end(let name):
        element = 0..<0
        if Self.beginsMatch(datagram.extracting(name)), !match.endpoint.isEmpty {
          if matches.count < Limits.discoveryMatches {
            matches.append(match)
          } else {
            refusedCount &+= 1
          }
        }
      case .text(let range):
        if element.isEmpty { continue }
        let text = Self.trimmed(datagram, range)
        if text.isEmpty { continue }
        switch Self.part(datagram.extracting(element)) {
        case .action: actionText = text
        case .address where match.endpoint.isEmpty: match.endpoint = text
        case .types: match.types = text
        case .scopes: match.scopes = text
        case .addresses: match.addresses = text
        case .version: match.version = text
        default: break
        }
      }
    }
  }

  private enum Part { case action, address, types, scopes, addresses, version, other }

  private static func part(_ name: RawSpan) -> Part {
    switch name.byteCount {
    case 6 where isText(name, "Action"): .action
    case 7 where isText(name, "Address"): .address
    case 5 where isText(name, "Types"): .types
    case 6 where isText(name, "Scopes"): .scopes
    case 6 where isText(name, "XAddrs"): .addresses
    case 15 where isText(name, "MetadataVersion"): .version
    default: .other
    }
  }

  /// The elements that hold one device each.
  private static func beginsMatch(_ name: RawSpan) -> Bool {
    isText(name, "Hello") || isText(name, "Bye") || isText(name, "ProbeMatch") || isText(name, "ResolveMatch")
      || isText(name, "Resolve")
  }

  private static func isText(_ bytes: RawSpan, _ text: StaticString) -> Bool {
    // A StaticString is constant memory; its pointer is good as long as the program runs.
    bytes.equals(RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: text.utf8CodeUnitCount))
  }

  private static func contains(_ datagram: RawSpan, _ range: Range<Int>, _ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    var at = range.lowerBound
    while at &+ count <= range.upperBound {
      if isText(datagram.extracting(at..<at &+ count), text) { return true }
      at &+= 1
    }
    return false
  }

  private static func trimmed(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end && bytes.octet(start) <= 0x20 { start &+= 1 }
    while end > start && bytes.octet(end &- 1) <= 0x20 { end &-= 1 }
    return start..<end
  }

  /// By the last part of the URI. The drafts' namespaces end in `discovery/` before it, those of OASIS have a date there:
  /// `http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/Hello`.
  private static func action(_ datagram: RawSpan, _ text: Range<Int>) -> Action? {
    var start = text.upperBound
    while start > text.lowerBound && datagram.octet(start &- 1) != UInt8(ascii: "/") { start &-= 1 }
    guard contains(datagram, text.lowerBound..<start, "/discovery/") else { return nil }
    let name = datagram.extracting(start..<text.upperBound)
    if isText(name, "Hello") { return .hello }
    if isText(name, "Bye") { return .bye }
    if isText(name, "Probe") { return .probe }
    if isText(name, "ProbeMatches") { return .probeMatches }
    if isText(name, "Resolve") { return .resolve }
    if isText(name, "ResolveMatches") { return .resolveMatches }
    return nil
  }
}
