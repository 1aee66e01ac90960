public import Primitives
public import Telemetry

/// One PDU (RFC 1157 section 4.1, RFC 3416 section 3), as places in the bytes that it was read from: the datagram, or
/// what was decrypted of it.
public struct SNMPPDU: Sendable {
  /// The raw value is the tag.
  public enum Kind: UInt8, CaseIterable, Sendable {
    case get = 0xA0
    case getNext = 0xA1
    case response = 0xA2
    case set = 0xA3
    case trapV1 = 0xA4
    case getBulk = 0xA5
    case inform = 0xA6
    case trapV2 = 0xA7
    case report = 0xA8

    /// The name in counts.
    public var label: String {
      switch self {
      case .get: "get"
      case .getNext: "getnext"
      case .response: "response"
      case .set: "set"
      case .trapV1: "trap-v1"
      case .getBulk: "getbulk"
      case .inform: "inform"
      case .trapV2: "trap-v2"
      case .report: "report"
      }
    }

    /// Whether it tells of something, unasked.
    public var isNotification: Bool { self == .trapV1 || self == .trapV2 || self == .inform }

    /// Whether whoever sent it waits for an answer (RFC 3411 section 2.8, the Confirmed Class).
    public var isConfirmed: Bool { !(self == .trapV1 || self == .trapV2 || self == .response || self == .report) }
  }

  public var kind = Kind.get
  public var requestID: Int64 = 0
  /// The contents of the list of variable bindings.
  public var varbinds = 0..<0
  /// The list as an element, for the answer to an inform.
  public var varbindList = 0..<0
  /// Its end, or that of its list, never came.
  public var isCut = false

  // A v1 trap alone.
  public var enterprise = 0..<0
  /// The agent's address, as it says itself; nil if it says none.
  public var agent: SourceAddress?
  public var genericTrap: Int64 = 0
  public var specificTrap: Int64 = 0
  public var upTimeTicks: UInt64 = 0

  public init() {}

  /// Reads the PDU at the start of `range`; a reason if it is none.
  ///
  /// - Parameter isCut: the message's end never came.
  public mutating func read(_ bytes: RawSpan, _ range: Range<Int>, isCut: Bool = false) -> RejectReason? {
    var outer = BERReader(range)
    var found = outer.next(in: bytes)
    self.isCut = isCut
    if found == nil && isCut && !range.isEmpty {
      outer = BERReader(range)
      found = outer.nextCut(bytes.octet(range.lowerBound), in: bytes)
    }
    guard let element = found else { return .snmpBadEncoding }
    guard let known = Kind(rawValue: element.tag) else { return .snmpUnknownPDU }
    kind = known
    var inside = BERReader(element.content)
    if known == .trapV1 {
      guard readTrap(&inside, bytes) else { return .snmpBadEncoding }
    } else {
      guard let request = inside.nextInteger(in: bytes), inside.nextInteger(in: bytes) != nil,
        inside.nextInteger(in: bytes) != nil
      else { return .snmpBadEncoding }
      requestID = request
    }
    let listStart = inside.at
    guard let list = inside.next(BERElement.sequence, in: bytes) else {
      return readCutList(BERReader(listStart..<element.end), bytes)
    }
    varbinds = list.content
    varbindList = listStart..<list.end
    return nil
  }

  /// A list that is cut short, or that a v1 trap leaves out where it would be empty.
  private mutating func readCutList(_ reader: BERReader, _ bytes: RawSpan) -> RejectReason? {
    var reader = reader
    let start = reader.at
    varbinds = start..<start
    varbindList = varbinds
    if kind == .trapV1 && reader.end &- start <= 1 { return nil }
    guard kind.isNotification, let list = reader.nextCut(BERElement.sequence, in: bytes) else {
      return .snmpBadEncoding
    }
    isCut = true
    varbinds = list.content
    return nil
  }

  private mutating func readTrap(_ inside: inout BERReader, _ bytes: RawSpan) -> Bool {
    guard let enterprise = inside.next(BERElement.objectIdentifier, in: bytes),
      let address = inside.next(in: bytes),
      address.tag == BERElement.ipAddress || address.tag == BERElement.octetString,
      let generic = inside.nextInteger(in: bytes), let specific = inside.nextInteger(in: bytes),
      let ticks = inside.next(in: bytes),
      ticks.tag == BERElement.timeTicks || ticks.tag == BERElement.integer || ticks.tag == BERElement.gauge32
    else { return false }
    self.enterprise = enterprise.content
    agent = Self.address(bytes, address)
    genericTrap = generic
    specificTrap = specific
    // Of no octets it says nothing.
    upTimeTicks = BERReader.unsigned(bytes, ticks) ?? 0
    return true
  }

  /// An address of four octets, or of the sixteen that some put there; nil for any other.
  static func address(_ bytes: RawSpan, _ element: BERElement) -> SourceAddress? {
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in element.content {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(bytes.octet(index))
    }
    switch element.content.count {
    case 4: return SourceAddress(ipv4: UInt32(truncatingIfNeeded: low), port: 0)
    case 16: return SourceAddress(high: high, low: low, port: 0)
    default: return nil
    }
  }
}
