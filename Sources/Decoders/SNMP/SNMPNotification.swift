public import Primitives
public import Telemetry

/// Composes a notification's event, and the rows of its numbers.
///
/// A v1 trap gets the identity of RFC 3584 section 3.1, so that all versions read alike:
///
/// | field | holds |
/// |---|---|
/// | `severity` | what the mapping says of the notification, else `notice` |
/// | `kind` | `snmp` |
/// | `message` | the mapped name of the notification, else its object identifier |
///
/// One that has no `snmpTrapOID.0` is an event all the same, of the kind `snmp.unidentified`. Of more bindings than
/// `Limits.snmpVarbinds` the first are kept and `varbinds_omitted` says how many are not; of a message that was cut what
/// could be read is kept, and `truncated` says so.
///
/// | field | holds |
/// |---|---|
/// | `attributes` | `version`, `pdu`, who sent it, and every variable binding: `"ifIndex.2":2` |
///
/// A number whose name the mapping knows is a row of measurement `snmp_<name>` too: field `value`, tag `index` with
/// what follows the name's identifier unless that is `.0`.
public struct SNMPNotification {
  /// Who vouches for the message.
  public enum Sender: Sendable {
    case community(Range<Int>)
    /// A user and the authoritative engine, as places in the datagram.
    case user(name: Range<Int>, engine: Range<Int>)
  }

  let pdu: SNMPPDU
  /// What the mapping knows of each binding: its slot, -1 for none.
  typealias Slots = InlineArray<256, Int16>

  /// A notification that was read before.
  public init(_ pdu: SNMPPDU) {
    self.pdu = pdu
  }

  /// snmpTraps of RFC 3418, whose sub-identifiers are the generic traps of RFC 1157 plus one.
  private static let snmpTraps: InlineArray<8, UInt8> = [0x2B, 6, 1, 6, 3, 1, 1, 5]
  /// snmpTrapOID.0
  private static let trapIdentity: InlineArray<10, UInt8> = [0x2B, 6, 1, 6, 3, 1, 1, 4, 1, 0]

  /// What a list of bindings holds.
  public struct Survey: Sendable {
    public var count = 0
    /// Bindings that are none.
    public var refused = 0
    /// Whether the list can be read to its end.
    public var isSound = true
    /// What `snmpTrapAddress.0` says: whom a forwarder speaks of (RFC 3584 section 3.1).
    public var agent: SourceAddress?
  }

  /// snmpTrapAddress.0 but for its first octet, the first of them lowest.
  private static let trapAddressTail: UInt64 = 0x00_03_01_12_03_06_01_06

  /// Counts all bindings.
  public static func survey(_ bytes: RawSpan, _ pdu: SNMPPDU) -> Survey {
    var survey = Survey()
    var bindings = SNMPVarbinds(pdu.varbinds, most: .max)
    while let binding = bindings.next(in: bytes) {
      survey.count &+= 1
      if binding.name.count == 9, bytes.paddedWord(binding.name.lowerBound &+ 1) == trapAddressTail,
        binding.value.tag == BERElement.ipAddress
      {
        survey.agent = SNMPPDU.address(bytes, binding.value)
      }
    }
    survey.refused = bindings.refused
    survey.isSound = bindings.isSound
    return survey
  }

  /// Appends the event and the rows. `bytes` is what the PDU was read from, `datagram` what the sender's places are of;
  /// `device` is the row's device in the arena. A reason if it cannot be composed; then nothing counts.
  public func append(
    bytes: RawSpan, datagram: RawSpan, version: SNMPMessage.Version, sender: Sender, device: TextRange,
    dictionary: borrowing SNMPDictionary, to out: inout DecodedDatagram
  ) -> RejectReason? {
    let survey = Self.survey(bytes, pdu)
    // Nothing of what it tells can be read.
    if !survey.isSound && survey.count == 0 && pdu.kind != .trapV1 { return .snmpBadEncoding }
    var slots = Slots(repeating: -1)
    let count = min(survey.count, Limits.snmpVarbinds)
    if out.arena.room < 8 &* bytes.byteCount &+ (count &+ 8) &* 2 &* Limits.nameBytes { return .textTooLong }
    for _ in 0..<survey.refused { out.refuseField(.snmpBadEncoding) }

    let identity = appendIdentity(bytes, to: &out.arena)
    let slot = identity.isEmpty ? -1 : dictionary.find(out.arena.bytes, identity)
    let severity = Self.severity(slot, dictionary, to: &out.arena)
    let kind = out.arena.appendText(identity.isEmpty ? "snmp.unidentified" : "snmp")
    let messageStart = out.arena.count
    if identity.isEmpty {
      out.arena.appendText("a notification without snmpTrapOID.0")
    } else {
      Self.appendName(slot, identity, dictionary, to: &out.arena)
    }
    let message = TextRange(arenaOffset: messageStart, length: out.arena.count &- messageStart)
    let attributesStart = out.arena.count
    appendHead(datagram, version, sender, to: &out.arena)
    if pdu.kind == .trapV1 { appendTrapHead(bytes, identity, to: &out.arena) }
    appendBindings(bytes, dictionary, &slots, to: &out.arena)
    if survey.count > count {
      out.arena.appendText(",\"varbinds_omitted\":")
      out.arena.appendDecimal(UInt64(survey.count &- count))
    }
    if pdu.isCut || !survey.isSound { out.arena.appendText(",\"truncated\":true") }
    out.arena.appendText("}")
    let attributes = TextRange(arenaOffset: attributesStart, length: out.arena.count &- attributesStart)
    guard let keyStart = out.arena.appendKeyHead(.events, "events", device: device) else { return .nameTooLong }
    EventRow.append(
      key: out.arena.textRange(from: keyStart), keyForm: .canonicalEvent, severity: severity, kind: kind,
      message: message, attributes: attributes,
      timeNanos: nil, to: &out)
    appendRows(bytes, device: device, dictionary: dictionary, slots, to: &out)
    return nil
  }

  // MARK: identity

  /// The encoded identifier of the notification, in the arena; empty if it has none.
  private func appendIdentity(_ bytes: RawSpan, to arena: inout Slab<UInt8>) -> Range<Int> {
    let start = arena.count
    if pdu.kind == .trapV1 {
      if (0...5).contains(pdu.genericTrap) {
        for index in Self.snmpTraps.indices { arena.append(Self.snmpTraps[index]) }
        arena.append(UInt8(truncatingIfNeeded: pdu.genericTrap &+ 1))
      } else {
        arena.append(contentsOf: bytes.extracting(pdu.enterprise))
        arena.append(0)
        Self.appendSubIdentifier(UInt64(bitPattern: pdu.specificTrap), to: &arena)
      }
      return start..<arena.count
    }
    var bindings = SNMPVarbinds(pdu.varbinds)
    while let binding = bindings.next(in: bytes) {
      guard binding.value.tag == BERElement.objectIdentifier, binding.name.count == Self.trapIdentity.count else {
        continue
      }
      let isIdentity = Self.trapIdentity.indices.allSatisfy {
        bytes.octet(binding.name.lowerBound &+ $0) == Self.trapIdentity[$0]
      }
      if isIdentity {
        arena.append(contentsOf: bytes.extracting(binding.value.content))
        break
      }
    }
    return start..<arena.count
  }

  private static func appendSubIdentifier(_ number: UInt64, to arena: inout Slab<UInt8>) {
    var shift: UInt64 = 63
    while shift > 0 && number >> shift == 0 { shift &-= 7 }
    while shift > 0 {
      arena.append(UInt8(truncatingIfNeeded: number >> shift & 0x7F) | 0x80)
      shift &-= 7
    }
    arena.append(UInt8(truncatingIfNeeded: number & 0x7F))
  }

  private static func severity(
    _ slot: Int, _ dictionary: borrowing SNMPDictionary, to arena: inout Slab<UInt8>
  ) -> TextRange {
    if slot < 0 || dictionary.slots[slot].severity.isEmpty { return arena.appendText("notice") }
    let start = arena.count
    arena.append(contentsOf: dictionary.texts.extracting(dictionary.slots[slot].severity))
    return TextRange(arenaOffset: start, length: arena.count &- start)
  }

  /// The mapped name with what follows its identifier, else the identifier. The identifier stands in the arena itself.
  private static func appendName(
    _ slot: Int, _ identity: Range<Int>, _ dictionary: borrowing SNMPDictionary, to arena: inout Slab<UInt8>
  ) {
    // Appending to what is read from needs a copy: at most a few dozen octets, on the stack.
    var copy = InlineArray<128, UInt8>(repeating: 0)
    let length = min(identity.count, 128)
    for index in 0..<length { copy[index] = arena[identity.lowerBound &+ index] }
    let octets = copy.span.bytes.extracting(first: length)
    appendName(slot, octets, dictionary, to: &arena)
  }

  static func appendName(
    _ slot: Int, _ octets: RawSpan, _ dictionary: borrowing SNMPDictionary, to arena: inout Slab<UInt8>
  ) {
    guard slot >= 0 else { return arena.appendIdentifier(octets) }
    let known = dictionary.slots[slot]
    arena.append(contentsOf: dictionary.texts.extracting(known.name))
    arena.appendInstance(octets.extracting(min(known.octets.count, octets.byteCount)..<octets.byteCount))
  }
}
