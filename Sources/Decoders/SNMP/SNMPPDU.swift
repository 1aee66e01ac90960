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
  }

  public var kind = Kind.get
  public var requestID: Int64 = 0
  /// The contents of the list of variable bindings.
  public var varbinds = 0..<0
  /// The list as an element, for the answer to an inform.
  public var varbindList = 0..<0

  // A v1 trap alone.
  public var enterprise = 0..<0
  /// The agent's IPv4 address in host order; 0 if it says none.
  public var agentAddress: UInt32 = 0
  public var genericTrap: Int64 = 0
  public var specificTrap: Int64 = 0
  public var upTimeTicks: UInt64 = 0

  public init() {}

  /// Reads the PDU at the start of `range`; a reason if it is none.
  public mutating func read(_ bytes: RawSpan, _ range: Range<Int>) -> RejectReason? {
    var outer = BERReader(range)
    guard let element = outer.next(in: bytes) else { return .snmpBadEncoding }
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
    guard let list = inside.next(BERElement.sequence, in: bytes) else { return .snmpBadEncoding }
    varbinds = list.content
    varbindList = listStart..<list.end
    return nil
  }

  private mutating func readTrap(_ inside: inout BERReader, _ bytes: RawSpan) -> Bool {
    guard let enterprise = inside.next(BERElement.objectIdentifier, in: bytes),
      let agent = inside.next(BERElement.ipAddress, in: bytes), agent.content.count == 4,
      let generic = inside.nextInteger(in: bytes), let specific = inside.nextInteger(in: bytes),
      let ticks = inside.next(BERElement.timeTicks, in: bytes),
      let upTime = BERReader.unsigned(bytes, ticks)
    else { return false }
    self.enterprise = enterprise.content
    for index in agent.content { agentAddress = agentAddress << 8 | UInt32(bytes.octet(index)) }
    genericTrap = generic
    specificTrap = specific
    upTimeTicks = upTime
    return true
  }
}
