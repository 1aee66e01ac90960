import Primitives
import Telemetry

/// The event's attributes: who sent it, then every variable binding by its mapped name or its identifier.
extension SNMPNotification {
  func appendHead(
    _ datagram: RawSpan, _ version: SNMPMessage.Version, _ sender: Sender, to arena: inout Slab<UInt8>
  ) {
    switch version {
    case .v1: arena.appendText("{\"version\":\"1\",\"pdu\":\"")
    case .v2c: arena.appendText("{\"version\":\"2c\",\"pdu\":\"")
    case .v3: arena.appendText("{\"version\":\"3\",\"pdu\":\"")
    }
    arena.appendText(pdu.kind == .inform ? "inform\"" : "trap\"")
    switch sender {
    case .community(let community):
      arena.appendText(",\"community\":\"")
      arena.appendJSON(datagram.extracting(community))
      arena.appendText("\"")
    case .user(let name, let engine):
      arena.appendText(",\"user\":\"")
      arena.appendJSON(datagram.extracting(name))
      arena.appendText("\",\"engine\":\"")
      arena.appendHex(datagram.extracting(engine))
      arena.appendText("\"")
    }
  }

  /// What RFC 3584 section 3.1 puts into bindings that a v1 trap does not have.
  func appendTrapHead(_ bytes: RawSpan, _ identity: RawSpan, to arena: inout Slab<UInt8>) {
    arena.appendText(",\"sysUpTime.0\":")
    arena.appendDecimal(pdu.upTimeTicks)
    arena.appendText(",\"snmpTrapOID.0\":\"")
    arena.appendIdentifier(identity)
    if let agent = pdu.agent {
      arena.appendText("\",\"snmpTrapAddress.0\":\"")
      arena.appendAddress(agent)
    }
    arena.appendText("\",\"snmpTrapEnterprise.0\":\"")
    arena.appendIdentifier(bytes.extracting(pdu.enterprise))
    arena.appendText("\"")
  }

  func appendBindings(
    _ bindings: inout SNMPBindings, _ bytes: RawSpan, _ dictionary: borrowing SNMPDictionary,
    to arena: inout Slab<UInt8>
  ) {
    for index in 0..<bindings.keptCount {
      let binding = bindings[index]
      let name = bytes.extracting(binding.name)
      arena.appendText(",\"")
      let slot = dictionary.find(bytes, binding.name)
      bindings.setSlot(index, slot)
      Self.appendName(slot, name, dictionary, to: &arena)
      let namesakes = bindings.namesakes(of: index, in: bytes) &+ (isInHead(name) ? 1 : 0)
      if namesakes > 0 {
        // A JSON object has a name once.
        arena.append(UInt8(ascii: "#"))
        arena.appendDecimal(UInt64(namesakes &+ 1))
      }
      arena.appendText("\":")
      arena.appendValue(binding.value, bytes)
    }
  }

  /// Whether a v1 trap has the value of that name in its own head already: sysUpTime.0, snmpTrapOID.0,
  /// snmpTrapEnterprise.0, snmpTrapAddress.0.
  private func isInHead(_ name: RawSpan) -> Bool {
    if pdu.kind != .trapV1 || name.byteCount < 8 || name.byteCount > 10 { return false }
    let head = name.paddedWord(0)
    switch (name.byteCount, head) {
    case (8, 0x00_03_01_01_02_01_06_2B): return true
    case (9, 0x03_01_12_03_06_01_06_2B): return pdu.agent != nil && name.octet(8) == 0
    case (10, 0x04_01_01_03_06_01_06_2B):
      return (name.octet(8) == 1 || name.octet(8) == 3) && name.octet(9) == 0
    default: return false
    }
  }
}
