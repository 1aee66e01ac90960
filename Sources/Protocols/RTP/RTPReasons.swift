public import Telemetry

// Codes 80 to 95: RTP and RTCP, RFC 3550.
extension RejectReason {
  public static let rtpTooShort = RejectReason(rawValue: 80)
  public static let rtpBadVersion = RejectReason(rawValue: 81)
  public static let rtpBadHeader = RejectReason(rawValue: 82)
  /// The first packet of what may be a stream, among other traffic: counted in its stream once a second one follows.
  public static let rtpUnconfirmed = RejectReason(rawValue: 83)
  public static let rtcpBadHeader = RejectReason(rawValue: 84)
  public static let rtcpBadLength = RejectReason(rawValue: 85)
  /// SRTCP (RFC 3711): only who has the keys can read it.
  public static let rtcpEncrypted = RejectReason(rawValue: 86)
}

extension RTPRoom {
  static let reasons =
    [
      NamedReason(.rtpTooShort, "rtp_too_short"), NamedReason(.rtpBadVersion, "rtp_bad_version"),
      NamedReason(.rtpBadHeader, "rtp_bad_header"), NamedReason(.rtpUnconfirmed, "rtp_unconfirmed"),
    ] + controlReasons

  static let controlReasons = [
    NamedReason(.rtcpBadHeader, "rtcp_bad_header"), NamedReason(.rtcpBadLength, "rtcp_bad_length"),
    NamedReason(.rtcpEncrypted, "rtcp_encrypted"),
  ]
}
