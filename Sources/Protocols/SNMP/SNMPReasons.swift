public import Telemetry

// Codes 64 to 79: RFC 3416 and RFC 3414.
extension RejectReason {
  /// No SEQUENCE that begins with a version.
  public static let snmpNotAMessage = RejectReason(rawValue: 64)
  public static let snmpBadEncoding = RejectReason(rawValue: 65)
  public static let snmpBadVersion = RejectReason(rawValue: 66)
  public static let snmpUnknownPDU = RejectReason(rawValue: 67)
  /// A request, a response or a report: nothing that a receiver of notifications owes an answer.
  public static let snmpNotANotification = RejectReason(rawValue: 68)
  public static let snmpUnknownCommunity = RejectReason(rawValue: 69)
  public static let snmpSecurityModel = RejectReason(rawValue: 70)
  public static let snmpUnknownEngine = RejectReason(rawValue: 71)
  public static let snmpUnknownUser = RejectReason(rawValue: 72)
  /// The user's level is another: unauthenticated what should be authenticated, or keys that were not given.
  public static let snmpSecurityLevel = RejectReason(rawValue: 73)
  public static let snmpWrongDigest = RejectReason(rawValue: 74)
  public static let snmpNotInTimeWindow = RejectReason(rawValue: 75)
  public static let snmpCannotDecrypt = RejectReason(rawValue: 76)
}

extension SNMPRoom {
  static let reasons = [
    NamedReason(.snmpNotAMessage, "snmp_not_a_message"), NamedReason(.snmpBadEncoding, "snmp_bad_encoding"),
    NamedReason(.snmpBadVersion, "snmp_bad_version"), NamedReason(.snmpUnknownPDU, "snmp_unknown_pdu"),
    NamedReason(.snmpNotANotification, "snmp_not_a_notification"),
    NamedReason(.snmpUnknownCommunity, "snmp_unknown_community"),
    NamedReason(.snmpSecurityModel, "snmp_security_model"), NamedReason(.snmpUnknownEngine, "snmp_unknown_engine"),
    NamedReason(.snmpUnknownUser, "snmp_unknown_user"), NamedReason(.snmpSecurityLevel, "snmp_security_level"),
    NamedReason(.snmpWrongDigest, "snmp_wrong_digest"), NamedReason(.snmpNotInTimeWindow, "snmp_not_in_time_window"),
    NamedReason(.snmpCannotDecrypt, "snmp_cannot_decrypt"),
  ]
}
