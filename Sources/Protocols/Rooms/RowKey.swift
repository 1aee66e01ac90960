public import Telemetry

/// What a row's key comes to when it is parsed.
public enum ParsedKey: Equatable, Sendable {
  case series(SeriesKey)
  case refused(RejectReason)
}

/// Parses keys that were not seen before, in whatever form a room leaves them.
enum RowKey {
  static func parse(_ key: RawSpan, form: KeyForm, deviceTag: String?) -> ParsedKey {
    if form == .lineProtocol { return LineProtocolDecoder.seriesKey(from: key, deviceTag: deviceTag) }
    return SeriesKey(canonicalBytes: key).map { .series($0) } ?? .refused(.nameTooLong)
  }
}
