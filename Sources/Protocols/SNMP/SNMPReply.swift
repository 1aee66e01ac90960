import Primitives

/// What a receiver of notifications sends: the Response that acknowledges an inform (RFC 3416 section 4.2.7), and the
/// Reports of the User-based Security Model (RFC 3414 section 3.2).
public struct SNMPReply: Sendable {
  /// The counters of `usmStats` (RFC 3414 section 5), whose numbers are their last sub-identifiers.
  public enum Statistic: UInt8, CaseIterable, Sendable {
    case unsupportedSecurityLevels = 1
    case notInTimeWindows = 2
    case unknownUserNames = 3
    case unknownEngineIDs = 4
    case wrongDigests = 5
    case decryptionErrors = 6
  }

  /// The header of a v3 message.
  public struct Security: Sendable {
    public var messageID: Int64
    public var flags: UInt8
    public var engineID: [UInt8]
    public var boots: Int64
    public var time: Int64
    public var user: [UInt8]
    /// Zeros of the code's length, to be replaced by it.
    public var authentication: [UInt8]
    public var privacy: [UInt8]

    public init(messageID: Int64, flags: UInt8, engineID: [UInt8], boots: Int64, time: Int64, user: [UInt8]) {
      self.messageID = messageID
      self.flags = flags
      self.engineID = engineID
      self.boots = boots
      self.time = time
      self.user = user
      authentication = []
      privacy = []
    }
  }

  /// The Response to an inform: its own bindings, and no error.
  public static func response(to pdu: SNMPPDU, _ bytes: RawSpan) -> [UInt8] {
    body(SNMPPDU.Kind.response, requestID: pdu.requestID, varbinds: copy(bytes, pdu.varbindList))
  }

  public static func report(_ statistic: Statistic, count: UInt32, requestID: Int64) -> [UInt8] {
    let name: [UInt8] = [0x2B, 6, 1, 6, 3, 15, 1, 1, statistic.rawValue, 0]
    let binding = BERWriter.sequence([
      BERWriter.element(BERElement.objectIdentifier, name),
      BERWriter.integer(Int64(count), tag: BERElement.counter32),
    ])
    return body(SNMPPDU.Kind.report, requestID: requestID, varbinds: BERWriter.sequence([binding]))
  }

  private static func body(_ kind: SNMPPDU.Kind, requestID: Int64, varbinds: [UInt8]) -> [UInt8] {
    let head = BERWriter.integer(requestID) + BERWriter.integer(0) + BERWriter.integer(0)
    return BERWriter.element(kind.rawValue, head + varbinds)
  }

  /// A message with a community.
  public static func message(
    community: [UInt8], pdu: [UInt8], version: SNMPMessage.Version = .v2c
  ) -> [UInt8] {
    BERWriter.sequence([BERWriter.integer(Int64(version.rawValue)), BERWriter.octets(community), pdu])
  }

  /// The scoped PDU of a v3 message.
  public static func scoped(engineID: [UInt8], context: [UInt8], pdu: [UInt8]) -> [UInt8] {
    BERWriter.sequence([BERWriter.octets(engineID), BERWriter.octets(context), pdu])
  }

  /// A v3 message. `body` is a scoped PDU, or what was encrypted of it.
  public static func message(_ security: Security, body: [UInt8], isEncrypted: Bool) -> [UInt8] {
    let header = BERWriter.sequence([
      BERWriter.integer(security.messageID), BERWriter.integer(Int64(Limits.receiveBytesPerSlot - 1)),
      BERWriter.octets([security.flags]), BERWriter.integer(SNMPMessage.userBasedSecurity),
    ])
    let parameters = BERWriter.sequence([
      BERWriter.octets(security.engineID), BERWriter.integer(security.boots), BERWriter.integer(security.time),
      BERWriter.octets(security.user), BERWriter.octets(security.authentication), BERWriter.octets(security.privacy),
    ])
    return BERWriter.sequence([
      BERWriter.integer(3), header, BERWriter.octets(parameters), isEncrypted ? BERWriter.octets(body) : body,
    ])
  }

  /// The octets at `range`.
  public static func copy(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8] {
    bytes.extracting(range).withUnsafeBytes { Array($0) }
  }
}
