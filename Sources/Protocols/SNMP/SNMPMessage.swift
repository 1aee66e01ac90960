import Primitives
public import Telemetry

/// The head of one SNMP message, as places in the datagram (RFC 1157 section 4, RFC 1901, RFC 3412 section 6):
/// ```
/// v1, v2c  SEQUENCE { version, community, PDU }
/// v3       SEQUENCE { version, SEQUENCE { id, max size, flags, security model },
///                     OCTET STRING { SEQUENCE { engine id, boots, time, user, authentication, privacy } },
///                     SEQUENCE { context engine, context name, PDU } or OCTET STRING of that, encrypted }
/// ```
public struct SNMPMessage: Sendable {
  public enum Version: UInt8, Sendable {
    case v1 = 0
    case v2c = 1
    case v3 = 3
  }

  public var version = Version.v1
  public var community = 0..<0
  /// v1 and v2c: the PDU. v3: what stands for the scoped PDU, an element of its own.
  public var body = 0..<0
  /// Its end never came: what could be read of it stands.
  public var isCut = false
  /// Octets of the datagram behind the message.
  public var trailingBytes = 0

  // v3 alone.
  public var id: Int64 = 0
  public var flags: UInt8 = 0
  public var securityModel: Int64 = 0
  public var engineID = 0..<0
  public var boots: Int64 = 0
  public var time: Int64 = 0
  public var user = 0..<0
  public var authentication = 0..<0
  public var privacy = 0..<0

  public init() {}

  public var isAuthenticated: Bool { flags & 1 != 0 }
  public var isEncrypted: Bool { flags & 2 != 0 }
  /// The sender wants a Report if the message cannot be taken.
  public var isReportable: Bool { flags & 4 != 0 }

  /// RFC 3411's number of the User-based Security Model.
  public static let userBasedSecurity: Int64 = 3

  /// How far a datagram is a message.
  public enum Reading: Equatable, Sendable {
    case message
    /// No SEQUENCE that begins with a version: no SNMP at all.
    case foreign
    /// SNMP, but what follows the version cannot be read, or the version is none.
    case undecodable(RejectReason)
  }

  /// Reads the head; octets behind the message are counted and left alone. A message that ends beyond the datagram was
  /// cut by who sent it, and is read as far as it goes.
  public mutating func read(_ datagram: RawSpan) -> Reading {
    var outer = BERReader(0..<datagram.byteCount)
    // A sequence that ends beyond the datagram still shows its version: named, not taken for another protocol.
    guard datagram.octetOrZero(0) == BERElement.sequence else { return .foreign }
    var found = outer.next(in: datagram)
    if found == nil && Self.showsVersion(datagram) {
      isCut = true
      found = outer.nextCut(BERElement.sequence, in: datagram)
    }
    guard let whole = found else { return .foreign }
    trailingBytes = datagram.byteCount &- whole.end
    var inside = BERReader(whole.content)
    guard let number = inside.nextInteger(in: datagram) else { return .foreign }
    guard let known = UInt8(exactly: number).flatMap(Version.init(rawValue:)) else {
      return .undecodable(.snmpBadVersion)
    }
    version = known
    if known == .v3 { return readSecured(&inside, datagram) }
    guard let community = inside.next(BERElement.octetString, in: datagram) else {
      return .undecodable(.snmpBadEncoding)
    }
    self.community = community.content
    body = inside.at..<whole.end
    return .message
  }

  private mutating func readSecured(_ inside: inout BERReader, _ datagram: RawSpan) -> Reading {
    guard let header = inside.next(BERElement.sequence, in: datagram) else { return .undecodable(.snmpBadEncoding) }
    var fields = BERReader(header.content)
    guard let id = fields.nextInteger(in: datagram), fields.nextInteger(in: datagram) != nil,
      let flags = fields.next(BERElement.octetString, in: datagram), flags.content.count == 1,
      let model = fields.nextInteger(in: datagram),
      let parameters = inside.next(BERElement.octetString, in: datagram)
    else { return .undecodable(.snmpBadEncoding) }
    self.id = id
    self.flags = datagram.octet(flags.start)
    securityModel = model
    body = inside.at..<inside.end
    guard model == Self.userBasedSecurity else { return .undecodable(.snmpSecurityModel) }
    var wrapper = BERReader(parameters.content)
    guard let sequence = wrapper.next(BERElement.sequence, in: datagram) else {
      return .undecodable(.snmpBadEncoding)
    }
    var security = BERReader(sequence.content)
    guard let engineID = security.next(BERElement.octetString, in: datagram), engineID.content.count <= 32,
      let boots = security.nextInteger(in: datagram), let time = security.nextInteger(in: datagram),
      let user = security.next(BERElement.octetString, in: datagram), user.content.count <= 32,
      let authentication = security.next(BERElement.octetString, in: datagram),
      let privacy = security.next(BERElement.octetString, in: datagram)
    else { return .undecodable(.snmpBadEncoding) }
    self.engineID = engineID.content
    self.boots = boots
    self.time = time
    self.user = user.content
    self.authentication = authentication.content
    self.privacy = privacy.content
    return .message
  }

  /// Whether a SEQUENCE whose length is wrong begins with a version all the same.
  private static func showsVersion(_ datagram: RawSpan) -> Bool {
    let first = datagram.octetOrZero(1)
    let start = first < 0x80 ? 2 : 2 &+ Int(first & 0x7F)
    var inside = BERReader(min(start, datagram.byteCount)..<datagram.byteCount)
    guard let version = inside.nextInteger(in: datagram) else { return false }
    return (0...3).contains(version)
  }

  /// What a scoped PDU holds (RFC 3412 section 6.8).
  public struct Scope: Sendable {
    public var contextEngine: Range<Int>
    public var contextName: Range<Int>
    public var pdu: Range<Int>
  }

  /// The scoped PDU of a v3 message that is not encrypted, or was decrypted to `bytes`.
  public static func scope(_ bytes: RawSpan, _ range: Range<Int>, isCut: Bool = false) -> Scope? {
    var outer = BERReader(range)
    var found = outer.next(BERElement.sequence, in: bytes)
    if found == nil && isCut {
      outer = BERReader(range)
      found = outer.nextCut(BERElement.sequence, in: bytes)
    }
    guard let sequence = found else { return nil }
    var inside = BERReader(sequence.content)
    guard let engine = inside.next(BERElement.octetString, in: bytes),
      let name = inside.next(BERElement.octetString, in: bytes)
    else { return nil }
    return Scope(contextEngine: engine.content, contextName: name.content, pdu: inside.at..<inside.end)
  }

  /// The octets of an encrypted scoped PDU.
  public static func cipherText(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int>? {
    var outer = BERReader(range)
    return outer.next(BERElement.octetString, in: bytes)?.content
  }
}
