import Primitives
import Telemetry

/// What one message says, as places in the datagram. Empty ranges are what it does not say.
struct SyslogMessage {
  /// 0…7, RFC 5424 table 2; 5 where no PRI was sent.
  var severity = 5
  /// 0…23, RFC 5424 table 1; 1 where no PRI was sent (RFC 3164 section 4.3.3).
  var facility = 1
  /// A PRI was sent.
  var hasPriority = true
  /// The version of RFC 5424; empty for the older form.
  var version = 0..<0
  var hostname = 0..<0
  /// A word that may be the host, and stays in the text: it names a device that the registry knows, and no other.
  var doubtfulHost = 0..<0
  var app = 0..<0
  var processID = 0..<0
  var messageID = 0..<0
  /// Well-formed structured data with their brackets.
  var structuredData = 0..<0
  var sequence = 0..<0
  /// The counter before the sequence number, of those that have both.
  var counter = 0..<0
  /// IOS-XR's node.
  var node = 0..<0
  /// How long the device is up, in the place of a time.
  var upTime = 0..<0
  /// The sender marked its time as not synchronised.
  var isUnsynchronised = false
  /// The row's time: beyond what is believed if the device's is.
  var time: UnixNanos?
  /// What the device said, where it is not believed.
  var doubted: SyslogInstant?
  /// What the device said, believed or not.
  var stamp: SyslogInstant?
  /// Where the text begins; it ends with the datagram.
  var textStart = 0

  init() {}

  /// Takes the time that was read; false if there is no such day.
  mutating func take(
    _ read: SyslogTime, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules, clock: ClockBounds
  ) -> Bool {
    guard let instant = read.instant(arrivalNanos: arrivalNanos, zone: zone) else { return false }
    let judged = clock.judged(instant, hasYear: read.hasYear, arrivalNanos: arrivalNanos)
    time = judged.nanos
    doubted = judged.isBelieved ? nil : instant
    stamp = instant
    return true
  }
}
