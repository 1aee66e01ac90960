import Decoders
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
struct WSDiscoveryEndpoint: ~Copyable {
  /// Messages by `WSDiscoveryMessage.Action`, whatever became of them.
  private(set) var actions = InlineArray<6, UInt64>(repeating: 0)
  /// Messages told lately, by their hash: SOAP over UDP sends each several times, and several interfaces may hear it.
  private var told = Slab<Told>(repeating: Told(), count: Limits.discoveryMessages)
  private let hash: KeyHash

  // Not private: see docs/workarounds.md.
  struct Told: BitwiseCopyable {
    var hash: UInt64 = 0
    var nanos = UnixNanos.min
  }

  init(seed: UInt64) {
    hash = KeyHash(seed: seed)
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
    _ datagram: RawSpan, source: SourceAddress, arrivalNanos: UnixNanos, admission: borrowing Admission,
    into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    var message = WSDiscoveryMessage()
    if let reason = message.read(datagram) { return .rejected(reason) }
    actions[Int(message.action.rawValue)] &+= 1
    guard message.action.isAnnouncement else { return .decoded }
    if message.matchCount == 0 { return .rejected(.wsdNotDiscovery) }
    if isRepeated(datagram, source, arrivalNanos, admission.registry) { return .rejected(.duplicateMessage) }
    for _ in 0..<message.refusedCount { out.refuseRow(.tooManyRows) }
    for index in 0..<message.matchCount {
      append(message.matches[index], message.action, datagram, source, admission, &out)
    }
    return .decoded
  }

  private func append(
    _ match: WSDiscoveryMessage.Match, _ action: WSDiscoveryMessage.Action, _ datagram: RawSpan,
    _ source: SourceAddress, _ admission: borrowing Admission, _ out: inout DecodedDatagram
  ) {
    let registry = admission.registry
    let endpoint = text(datagram, match.endpoint)
    var known = registry.deviceIndex(alias: DeviceAlias(.endpoint, endpoint)) ?? registry.deviceIndex(id: endpoint)
    if known == nil { known = registry.deviceIndex(address: source.withoutPort) }
    if known == nil && admission.knownOnly {
      out.refuseRow(.unknownDevice)
      return
    }
    let device = out.arena.appendString(known.map { registry.devices[$0].id } ?? "endpoint:\(endpoint)")
    let severity = out.arena.appendText(action == .bye ? "notice" : "informational")
    let kind: TextRange =
      switch action {
      case .hello: out.arena.appendText("wsd.hello")
      case .bye: out.arena.appendText("wsd.bye")
      default: out.arena.appendText("wsd.match")
      }
    let scopes = text(datagram, match.scopes)
    let named = ["name", "hardware"].compactMap { Self.scope($0, in: scopes) }
    let message = out.arena.appendString(named.isEmpty ? endpoint : named.joined(separator: ", "))
    let start = out.arena.count
    out.arena.appendString("{\"action\":\"\(action.label)\",\"source\":\"\(source.addressText)\"")
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

  private func text(_ datagram: RawSpan, _ range: Range<Int>) -> String {
    datagram.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  private func appendAttribute(
    _ name: StaticString, _ datagram: RawSpan, _ range: Range<Int>, _ arena: inout Slab<UInt8>
  ) {
    if range.isEmpty { return }
    arena.appendText(",\"")
    arena.appendText(name)
    arena.appendText("\":\"")
    arena.appendJSON(datagram.extracting(range))
    arena.appendText("\"")
  }

  /// The value of an ONVIF scope: `onvif://www.onvif.org/name/Gate%20North`.
  private static func scope(_ name: String, in scopes: String) -> String? {
    let prefix = "onvif://www.onvif.org/\(name)/"
    for scope in scopes.split(whereSeparator: \.isWhitespace) where scope.hasPrefix(prefix) {
      var octets: [UInt8] = []
      var rest = Array(scope.dropFirst(prefix.count).utf8)[...]
      while let octet = rest.popFirst() {
        if octet == UInt8(ascii: "%"), rest.count >= 2,
          let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
          octets.append(value)
          rest = rest.dropFirst(2)
        } else {
          octets.append(octet)
        }
      }
      return String(decoding: octets, as: UTF8.self)
    }
    return nil
  }
}
