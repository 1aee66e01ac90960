public import Telemetry

// Codes 24 to 31.
extension RejectReason {
  public static let lineMissingMeasurement = RejectReason(rawValue: 24)
  public static let lineBadTag = RejectReason(rawValue: 25)
  public static let lineMissingFields = RejectReason(rawValue: 26)
  public static let lineBadField = RejectReason(rawValue: 27)
  public static let lineBadValue = RejectReason(rawValue: 28)
  public static let lineUnclosedQuote = RejectReason(rawValue: 29)
  public static let lineBadTimestamp = RejectReason(rawValue: 30)
}

extension LineRoom {
  static let reasons = [
    NamedReason(.lineMissingMeasurement, "line_missing_measurement"), NamedReason(.lineBadTag, "line_bad_tag"),
    NamedReason(.lineMissingFields, "line_missing_fields"), NamedReason(.lineBadField, "line_bad_field"),
    NamedReason(.lineBadValue, "line_bad_value"), NamedReason(.lineUnclosedQuote, "line_unclosed_quote"),
    NamedReason(.lineBadTimestamp, "line_bad_timestamp"),
  ]
}
