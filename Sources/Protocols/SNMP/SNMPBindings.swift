public import Primitives

/// The variable bindings of one PDU: `SEQUENCE { OBJECT IDENTIFIER, value }` each. Read once, and its memory is used again.
///
/// The first `Limits.snmpVarbinds` are kept, all are counted. One that is whole but no binding is passed over; where none
/// can be told from the next the list ends.
public struct SNMPBindings: ~Copyable {
  // Not private: see docs/workarounds.md.
  /// One binding: where the identifier's encoded sub-identifiers stand, and the value.
  struct Binding: BitwiseCopyable {
    var nameStart: Int
    var nameEnd: Int
    /// The last eight octets of the name, which tell most names apart; 0 of shorter ones.
    var nameTail: UInt64
    var value: BERElement
    /// What the mapping knows of the name: its slot, -1 for none.
    var slot = -1

    var name: Range<Int> { nameStart..<nameEnd }
  }

  private var kept = Slab<Binding>(capacity: Limits.snmpVarbinds)
  /// How many there are.
  public private(set) var count = 0
  /// Those that were passed over.
  public private(set) var refused = 0
  /// False if something stands there that cannot be stepped over.
  public private(set) var isSound = true
  /// What `snmpTrapAddress.0` says: whom a forwarder speaks of (RFC 3584 section 3.1).
  public private(set) var agent: SourceAddress?

  public init() {}

  /// snmpTrapAddress.0 but for its first octet, the first of them lowest.
  private static let trapAddressTail: UInt64 = 0x00_03_01_12_03_06_01_06

  /// Reads the list of a PDU that was read from `bytes`.
  public mutating func read(_ pdu: SNMPPDU, in bytes: RawSpan) {
    kept.removeAll()
    count = 0
    refused = 0
    isSound = true
    agent = nil
    var list = BERReader(pdu.varbinds)
    while !list.isAtEnd {
      guard let pair = list.next(BERElement.sequence, in: bytes) else {
        isSound = false
        return
      }
      var inside = BERReader(pair.content)
      guard let name = inside.next(BERElement.objectIdentifier, in: bytes), let value = inside.next(in: bytes) else {
        refused &+= 1
        continue
      }
      count &+= 1
      let tail = name.end &- name.start < 8 ? 0 : bytes.paddedWord(name.end &- 8)
      if tail == Self.trapAddressTail, name.end &- name.start == 9, value.tag == BERElement.ipAddress {
        agent = SNMPPDU.address(bytes, value)
      }
      kept.append(Binding(nameStart: name.start, nameEnd: name.end, nameTail: tail, value: value))
    }
  }

  var keptCount: Int { kept.count }

  @inline(__always)
  subscript(index: Int) -> Binding { kept[index] }

  @inline(__always)
  mutating func setSlot(_ index: Int, _ slot: Int) {
    kept.update(index) { $0.slot = slot }
  }

  /// How many of those before one have its name.
  @inline(__always)
  func namesakes(of index: Int, in bytes: RawSpan) -> Int {
    let own = kept[index]
    var count = 0
    for before in 0..<index {
      let other = kept[before]
      if other.nameTail != own.nameTail || other.nameEnd &- other.nameStart != own.nameEnd &- own.nameStart { continue }
      if bytes.extracting(other.name).equals(bytes.extracting(own.name)) { count &+= 1 }
    }
    return count
  }
}
