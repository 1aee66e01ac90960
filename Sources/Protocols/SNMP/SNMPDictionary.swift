import Primitives

/// What object identifiers are called: names, units and severities from mapping files, found by the longest prefix.
///
/// Identifiers are kept as BER encodes them. Sub-identifiers are whole octet groups there, so a prefix of the numbers is
/// a prefix of the octets, and the order of octets puts each one before all that it is a prefix of.
public struct SNMPDictionary: Sendable {
  /// One line of a mapping file.
  public struct Entry: Sendable, Hashable {
    public var identifier: [UInt64]
    public var name: String
    /// The unit of its numbers, empty if none.
    public var unit: String
    /// A syslog severity, for identifiers of notifications.
    public var severity: String
    /// Whether its numbers become rows of the measurement `snmp_<name>`.
    public var makesRows: Bool

    public init(
      _ identifier: [UInt64], name: String, unit: String = "", severity: String = "", makesRows: Bool = false
    ) {
      self.identifier = identifier
      self.name = name
      self.unit = unit
      self.severity = severity
      self.makesRows = makesRows
    }
  }

  struct Slot {
    var octets: Range<Int>
    var name: Range<Int>
    var unit: Range<Int>
    var severity: Range<Int>
    var makesRows: Bool
    /// The longest other slot that is a prefix of this one; -1 if there is none.
    var parent: Int
  }

  private(set) var slots: [Slot] = []
  private var bytes: [UInt8] = []

  /// The last of equal identifiers holds.
  ///
  /// - Precondition: no more than `Limits.snmpNames` of them.
  public init(_ entries: [Entry]) {
    precondition(entries.count <= Limits.snmpNames, "BUG: more names than a slot number counts")
    var unique: [[UInt8]: Entry] = [:]
    for entry in Self.standard + entries { unique[Self.encoded(entry.identifier)] = entry }
    let sorted = unique.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    for (octets, entry) in sorted {
      var parent = slots.count - 1
      while parent >= 0, !octets.starts(with: bytes[slots[parent].octets]) { parent = slots[parent].parent }
      slots.append(
        Slot(
          octets: add(octets), name: add(Array(entry.name.utf8)), unit: add(Array(entry.unit.utf8)),
          severity: add(Array(entry.severity.utf8)), makesRows: entry.makesRows, parent: parent))
    }
  }

  private mutating func add(_ text: [UInt8]) -> Range<Int> {
    let start = bytes.count
    bytes += text
    return start..<bytes.count
  }

  /// X.690 section 8.19: base 128, the first two numbers in one.
  public static func encoded(_ identifier: [UInt64]) -> [UInt8] {
    guard identifier.count >= 2 else { return identifier.map { UInt8(truncatingIfNeeded: $0) } }
    var octets: [UInt8] = []
    for number in [identifier[0] * 40 + identifier[1]] + identifier[2...] {
      var groups = [UInt8(number & 0x7F)]
      var rest = number >> 7
      while rest > 0 {
        groups.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
      }
      octets += groups.reversed()
    }
    return octets
  }

  /// The slot whose identifier is the longest prefix of the one at `range`; -1 if there is none.
  func find(_ datagram: RawSpan, _ range: Range<Int>) -> Int {
    let wanted = datagram.extracting(range)
    let all = bytes.span.bytes
    var low = 0
    var high = slots.count
    // The last slot that does not stand behind the wanted one.
    while low < high {
      let middle = (low &+ high) >> 1
      if Self.precedes(wanted, all.extracting(slots[middle].octets)) { high = middle } else { low = middle &+ 1 }
    }
    var found = low &- 1
    while found >= 0 {
      let own = all.extracting(slots[found].octets)
      if own.byteCount <= wanted.byteCount, own.equals(wanted.extracting(first: own.byteCount)) { return found }
      found = slots[found].parent
    }
    return -1
  }

  private static func precedes(_ left: RawSpan, _ right: RawSpan) -> Bool {
    let shorter = min(left.byteCount, right.byteCount)
    var index = 0
    // Eight octets at once, the first of them highest. What stands behind the shorter one is compared with zeros, and so
    // tells nothing else than the lengths do.
    while index < shorter {
      let a = left.paddedWord(index).byteSwapped
      let b = right.paddedWord(index).byteSwapped
      if a != b { return a < b }
      index &+= 8
    }
    return left.byteCount < right.byteCount
  }

  /// The bytes of a slot's texts.
  var texts: RawSpan {
    @_lifetime(borrow self)
    borrowing get { bytes.span.bytes }
  }

  /// What the notifications of RFC 3418 and RFC 3584 are made of; a file may say more of them.
  static let standard: [Entry] = [
    Entry([1, 3, 6, 1, 2, 1, 1, 2], name: "sysObjectID"),
    Entry([1, 3, 6, 1, 2, 1, 1, 3], name: "sysUpTime", unit: "cs"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 4, 1], name: "snmpTrapOID"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 4, 3], name: "snmpTrapEnterprise"),
    Entry([1, 3, 6, 1, 6, 3, 18, 1, 3], name: "snmpTrapAddress"),
    Entry([1, 3, 6, 1, 6, 3, 18, 1, 4], name: "snmpTrapCommunity"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 5, 1], name: "coldStart", severity: "notice"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 5, 2], name: "warmStart", severity: "notice"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 5, 3], name: "linkDown", severity: "error"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 5, 4], name: "linkUp", severity: "notice"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 5, 5], name: "authenticationFailure", severity: "warning"),
    Entry([1, 3, 6, 1, 6, 3, 1, 1, 5, 6], name: "egpNeighborLoss", severity: "warning"),
  ]
}
