public import Telemetry

// Codes 120 to 127.
extension RejectReason {
  /// Fewer than the 48 octets of a header: an answer would be larger.
  public static let ntpTooShort = RejectReason(rawValue: 120)
  /// Neither of the versions 1 to 4.
  public static let ntpBadVersion = RejectReason(rawValue: 121)
  /// Mode 6, by which ntpq asks and sets what a server is.
  public static let ntpControl = RejectReason(rawValue: 122)
  /// Mode 7, by which ntpdc did, `monlist` among it.
  public static let ntpPrivate = RejectReason(rawValue: 123)
  /// Any other mode than a client's: of peers, of servers, of broadcasts.
  public static let ntpNotARequest = RejectReason(rawValue: 124)
  /// One host asks more often than any client does.
  public static let ntpTooOften = RejectReason(rawValue: 125)
}

extension NTPRoom {
  static let reasons = [
    NamedReason(.ntpTooShort, "ntp_too_short"), NamedReason(.ntpBadVersion, "ntp_bad_version"),
    NamedReason(.ntpControl, "ntp_control"), NamedReason(.ntpPrivate, "ntp_private"),
    NamedReason(.ntpNotARequest, "ntp_not_a_request"), NamedReason(.ntpTooOften, "ntp_too_often"),
  ]
}
