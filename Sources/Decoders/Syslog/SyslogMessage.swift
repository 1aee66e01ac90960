import Primitives
import Telemetry

/// What one message says, as places in the datagram. Empty ranges are what it does not say.
struct SyslogMessage {
  /// 0…7, RFC 5424 table 2; 5 where no PRI was sent.
  var severity = 5
  /// 0…23, RFC 5424 table 1; 1 where no PRI was sent (RFC 3164 section 4.3.3).
  var facility = 1
  /// The version of RFC 5424; empty for the older form.
  var version = 0..<0
  var hostname = 0..<0
  var app = 0..<0
  var processID = 0..<0
  var messageID = 0..<0
  /// Well-formed structured data with their brackets.
  var structuredData = 0..<0
  var sequence = 0..<0
  /// The sender marked its time as not synchronised.
  var isUnsynchronised = false
  var time: UnixNanos?
  /// Where the text begins; it ends with the datagram.
  var textStart = 0

  init() {}
}
