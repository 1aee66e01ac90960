import Primitives
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

  /// A notification that was read before.
  public init(_ pdu: SNMPPDU) {
    self.pdu = pdu
  }

  /// snmpTraps of RFC 3418, whose sub-identifiers are the generic traps of RFC 1157 plus one; the first octet lowest.
  private static let snmpTraps: UInt64 = 0x05_01_01_03_06_01_06_2B
  /// The last eight octets of snmpTrapOID.0, 2B 06 01 06 03 01 01 04 01 00.
  private static let trapIdentityTail: UInt64 = 0x00_01_04_01_01_03_06_01

  /// Appends the event and the rows. `bytes` is what the PDU was read from, `datagram` what the sender's places are of;
  /// `bindings` is what was read of them, `device` is the row's device in the arena. A reason if it cannot be composed; then
  /// nothing counts.
  public func append(
    _ bindings: inout SNMPBindings, bytes: RawSpan, datagram: RawSpan, version: SNMPMessage.Version, sender: Sender,
    device: TextRange, dictionary: borrowing SNMPDictionary, to out: inout DecodedDatagram
  ) -> RejectReason? {
    // Nothing of what it tells can be read.
    if !bindings.isSound && bindings.count == 0 && pdu.kind != .trapV1 { return .snmpBadEncoding }
    let count = bindings.keptCount
    if out.arena.room < 8 &* bytes.byteCount &+ (count &+ 8) &* 2 &* Limits.nameBytes { return .textTooLong }
    for _ in 0..<bindings.refused { out.refuseField(.snmpBadEncoding) }

    let identity = appendIdentity(bindings, bytes, to: &out.arena)
    let slot = identity.isEmpty ? -1 : dictionary.find(out.arena.bytes, identity)
    // Appending to what is read from needs a copy: at most a few dozen octets, on the stack.
    var copy = InlineArray<128, UInt8>(repeating: 0)
    let length = min(identity.count, 128)
    for index in 0..<length { copy[index] = out.arena[identity.lowerBound &+ index] }
    let octets = copy.span.bytes.extracting(first: length)
    let severity = Self.severity(slot, dictionary, to: &out.arena)
    let kind = out.arena.appendText(identity.isEmpty ? "snmp.unidentified" : "snmp")
    let messageStart = out.arena.count
    if identity.isEmpty {
      out.arena.appendText("a notification without snmpTrapOID.0")
    } else {
      Self.appendName(slot, octets, dictionary, to: &out.arena)
    }
    let message = TextRange(arenaOffset: messageStart, length: out.arena.count &- messageStart)
    let attributesStart = out.arena.count
    appendHead(datagram, version, sender, to: &out.arena)
    if pdu.kind == .trapV1 { appendTrapHead(bytes, octets, to: &out.arena) }
    appendBindings(&bindings, bytes, dictionary, to: &out.arena)
    if bindings.count > count {
      out.arena.appendText(",\"varbinds_omitted\":")
      out.arena.appendDecimal(UInt64(bindings.count &- count))
    }
    if pdu.isCut || !bindings.isSound { out.arena.appendText(",\"truncated\":true") }
    out.arena.appendText("}")
    let attributes = TextRange(arenaOffset: attributesStart, length: out.arena.count &- attributesStart)
    guard let keyStart = out.arena.appendKeyHead(.events, "events", device: device) else { return .nameTooLong }
    EventRow.append(
      key: out.arena.textRange(from: keyStart), keyForm: .canonicalEvent, severity: severity, kind: kind,
      message: message, attributes: attributes,
      timeNanos: nil, to: &out)
    appendRows(bindings, bytes, device: device, dictionary: dictionary, to: &out)
    return nil
  }

  // MARK: identity

  /// The encoded identifier of the notification, in the arena; empty if it has none.
  private func appendIdentity(
    _ bindings: borrowing SNMPBindings, _ bytes: RawSpan, to arena: inout Slab<UInt8>
  ) -> Range<Int> {
    let start = arena.count
    if pdu.kind == .trapV1 {
      if (0...5).contains(pdu.genericTrap) {
        for index in 0..<8 { arena.append(UInt8(truncatingIfNeeded: Self.snmpTraps >> UInt64(index &* 8))) }
        arena.append(UInt8(truncatingIfNeeded: pdu.genericTrap &+ 1))
      } else {
        arena.append(contentsOf: bytes.extracting(pdu.enterprise))
        arena.append(0)
        Self.appendSubIdentifier(UInt64(bitPattern: pdu.specificTrap), to: &arena)
      }
      return start..<arena.count
    }
    for index in 0..<bindings.keptCount {
      let binding = bindings[index]
      guard binding.nameTail == Self.trapIdentityTail, binding.name.count == 10,
        binding.value.tag == BERElement.objectIdentifier, bytes.octet(binding.nameStart) == 0x2B,
        bytes.octet(binding.nameStart &+ 1) == 6
      else { continue }
      arena.append(contentsOf: bytes.extracting(binding.value.content))
      break
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

  /// The mapped name with what follows its identifier, else the identifier.
  static func appendName(
    _ slot: Int, _ octets: RawSpan, _ dictionary: borrowing SNMPDictionary, to arena: inout Slab<UInt8>
  ) {
    guard slot >= 0 else { return arena.appendIdentifier(octets) }
    let known = dictionary.slots[slot]
    arena.append(contentsOf: dictionary.texts.extracting(known.name))
    arena.appendInstance(octets.extracting(min(known.octets.count, octets.byteCount)..<octets.byteCount))
  }
}
