import Primitives
import Registry
import Telemetry

/// Devices that announce themselves: each is an event of the device that the registry knows by its endpoint or its
/// address, else of the endpoint, so that it can be admitted by that name.
///
/// | field | holds |
/// |---|---|
/// | `severity` | `informational`; `notice` for a Bye |
/// | `kind` | `wsd.hello`, `wsd.bye` or `wsd.match` |
/// | `message` | the device's name and hardware from its ONVIF scopes, else its endpoint |
/// | `attributes` | `action`, `endpoint`, `types`, `scopes`, `addresses`, `metadata_version`, `source` |
struct WSDiscoveryLane: ~Copyable, ProtocolLane {
  /// Messages by `WSDiscoveryMessage.Action`, whatever became of them.
  private(set) var actions = InlineArray<6, UInt64>(repeating: 0)
  /// Messages told lately, by their hash: SOAP over UDP sends each several times, and several interfaces may hear it.
  private var told = Slab<Told>(repeating: Told(), count: Limits.discoveryMessages)
  private let hash: KeyHash
  /// The message that was read last.
  private var message = WSDiscoveryMessage()

  // Not private: see docs/workarounds.md.
  struct Told: BitwiseCopyable {
    var hash: UInt64 = 0
    var nanos = UnixNanos.min
  }

  init(_ setup: LaneSetup) {
    hash = KeyHash(seed: setup.seed)
  }

  /// Whether the same device sent the same octets some seconds ago: a device that says something new has another message
  /// number, whatever it does with its message ids.
  private mutating func isRepeated(
    _ datagram: RawSpan, _ source: SourceAddress, _ nanos: UnixNanos, _ registry: DeviceRegistry
  ) -> Bool {
    var own = hash.hash(datagram)
    if let index = registry.deviceIndex(address: source.withoutPort) {
      own ^= UInt64(index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    } else {
      own ^= (source.high &* 3 &+ source.low) &* 0xA076_1D64_78BD_642F
    }
    let place = Int(truncatingIfNeeded: own >> 32) & (Limits.discoveryMessages &- 1)
    let before = told[place]
    told[place] = Told(hash: own, nanos: nanos)
    guard before.hash == own, before.nanos != .min else { return false }
    let passed = nanos.subtractingReportingOverflow(before.nanos)
    return !passed.overflow && passed.partialValue.magnitude <= UInt64(Limits.discoveryMessageSeconds * Nanos.perSecond)
  }

  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    if let reason = message.read(datagram) { return .rejected(reason) }
    actions[Int(message.action.rawValue)] &+= 1
    guard message.action.isAnnouncement else { return .decoded }
    if message.matchCount == 0 { return .rejected(.wsdNotDiscovery) }
    if isRepeated(datagram, arrival.source, arrival.nanos, admission.registry) { return .rejected(.duplicateMessage) }
    for _ in 0..<message.refusedCount { out.refuseRow(.tooManyRows) }
    for index in 0..<message.matchCount {
      Self.append(message.matches[index], message.action, datagram, arrival.source, admission, &out)
    }
    return .decoded
  }

  borrowing func detail() -> ProtocolDetail? {
    var counts: [String: ProtocolDetail] = [:]
    for action in WSDiscoveryMessage.Action.allCases where actions[Int(action.rawValue)] > 0 {
      counts[action.label] = .count(actions[Int(action.rawValue)])
    }
    return .object(["actions": .object(counts)])
  }

  private static func append(
    _ match: WSDiscoveryMessage.Match, _ action: WSDiscoveryMessage.Action, _ datagram: RawSpan,
    _ source: SourceAddress, _ admission: borrowing Admission, _ out: inout DecodedDatagram
  ) {
    let registry = admission.registry
    var known: Int?
    if !registry.devices.isEmpty {
      let endpoint = datagram.extracting(match.endpoint).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      if registry.hasAliases { known = registry.deviceIndex(alias: DeviceAlias(.endpoint, endpoint)) }
      known = known ?? registry.deviceIndex(id: endpoint) ?? registry.deviceIndex(address: source.withoutPort)
    }
    if known == nil && admission.knownOnly {
      out.refuseRow(.unknownDevice)
      return
    }
    let deviceStart = out.arena.count
    if let known {
      out.arena.appendString(registry.devices[known].id)
    } else {
      out.arena.appendText("endpoint:")
      out.arena.appendValid(datagram.extracting(match.endpoint))
    }
    let device = out.arena.textRange(from: deviceStart)
    let severity = out.arena.appendText(action == .bye ? "notice" : "informational")
    let kind: TextRange =
      switch action {
      case .hello: out.arena.appendText("wsd.hello")
      case .bye: out.arena.appendText("wsd.bye")
      default: out.arena.appendText("wsd.match")
      }
    let messageStart = out.arena.count
    let scopes = datagram.extracting(match.scopes)
    appendScope("onvif://www.onvif.org/name/", in: scopes, from: messageStart, to: &out.arena)
    appendScope("onvif://www.onvif.org/hardware/", in: scopes, from: messageStart, to: &out.arena)
    if out.arena.count == messageStart { out.arena.appendValid(datagram.extracting(match.endpoint)) }
    let message = out.arena.textRange(from: messageStart)
    let start = out.arena.count
    out.arena.appendText("{\"action\":\"")
    out.arena.appendString(action.label)
    out.arena.appendText("\",\"source\":\"")
    out.arena.appendAddress(source)
    out.arena.appendText("\"")
    appendAttribute("endpoint", datagram, match.endpoint, &out.arena)
    appendAttribute("types", datagram, match.types, &out.arena)
    appendAttribute("scopes", datagram, match.scopes, &out.arena)
    appendAttribute("addresses", datagram, match.addresses, &out.arena)
    appendAttribute("metadata_version", datagram, match.version, &out.arena)
    out.arena.appendText("}")
    let attributes = out.arena.textRange(from: start)
    guard let keyStart = out.arena.appendKeyHead(.events, "events", device: device) else {
      out.refuseRow(.nameTooLong)
      return
    }
    EventRow.append(
      key: out.arena.textRange(from: keyStart), keyForm: .canonicalEvent, severity: severity, kind: kind,
      message: message, attributes: attributes, timeNanos: nil, to: &out)
  }

  private static func appendAttribute(
    _ name: StaticString, _ datagram: RawSpan, _ range: Range<Int>, _ arena: inout Slab<UInt8>
  ) {
    if range.isEmpty { return }
    arena.appendText(",\"")
    arena.appendText(name)
    arena.appendText("\":\"")
    arena.appendJSON(datagram.extracting(range))
    arena.appendText("\"")
  }

  /// Appends the value of the first ONVIF scope that begins so: `onvif://www.onvif.org/name/Gate%20North`; behind another,
  /// which then begins at `start`, with a comma between.
  private static func appendScope(
    _ prefix: StaticString, in scopes: RawSpan, from start: Int, to arena: inout Slab<UInt8>
  ) {
    // A StaticString is constant memory; its pointer is good as long as the program runs.
    let prefix = RawSpan(_unsafeStart: UnsafeRawPointer(prefix.utf8Start), byteCount: prefix.utf8CodeUnitCount)
    var at = 0
    while at < scopes.byteCount {
      let begin = at
      while at < scopes.byteCount && scopes.unsafeLoad(fromByteOffset: at, as: UInt8.self) > 0x20 { at &+= 1 }
      let scope = scopes.extracting(begin..<at)
      at &+= 1
      if scope.byteCount < prefix.byteCount || !scope.extracting(first: prefix.byteCount).equals(prefix) { continue }
      if arena.count > start { arena.appendText(", ") }
      return arena.appendUnescaped(scope.extracting(prefix.byteCount..<scope.byteCount))
    }
  }
}

extension Slab where Element == UInt8 {
  /// Appends text as it is if it is UTF-8, else with U+FFFD for what is none.
  fileprivate mutating func appendValid(_ text: RawSpan) {
    if UTF8Text.isValid(text) {
      append(contentsOf: text)
    } else {
      appendString(text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    }
  }

  /// Appends text with `%20` and the like resolved (RFC 3986 section 2.1).
  fileprivate mutating func appendUnescaped(_ text: RawSpan) {
    let start = count
    var at = 0
    while at < text.byteCount {
      var octet = text.unsafeLoad(fromByteOffset: at, as: UInt8.self)
      if octet == UInt8(ascii: "%"), text.byteCount &- at >= 3 {
        let high = Self.hexValue(text.unsafeLoad(fromByteOffset: at &+ 1, as: UInt8.self))
        let low = Self.hexValue(text.unsafeLoad(fromByteOffset: at &+ 2, as: UInt8.self))
        if high < 16 && low < 16 {
          octet = high << 4 | low
          at &+= 2
        }
      }
      append(octet)
      at &+= 1
    }
    if UTF8Text.isValid(bytes.extracting(start..<count)) { return }
    let repaired = bytes.extracting(start..<count).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    truncate(to: start)
    appendString(repaired)
  }

  /// 16 and more for what is no digit.
  private static func hexValue(_ digit: UInt8) -> UInt8 {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit &- UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit &- UInt8(ascii: "A") &+ 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit &- UInt8(ascii: "a") &+ 10
    default: 16
    }
  }
}
