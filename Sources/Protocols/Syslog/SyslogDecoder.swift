public import Primitives
public import Telemetry

/// Syslog over UDP (RFC 5426) to events: RFC 5424, and RFC 3164 as the world sends it.
///
/// Every datagram is one event, whatever stands in it, but an empty one. What is not understood stays text:
/// - A PRI is `<0>` to `<191>`; anything else there is text, and severity and facility are `notice` and `user` as
///   RFC 3164 section 4.3.3 says. A byte order mark before it is passed over, and so is an octet count (RFC 6587) that is
///   the length of what follows; any other number there is text. UTF-16 is read as what it says.
/// - RFC 5424 needs a PRI, a version and all six parts of its header. If its structured data are malformed, they and
///   all that follows are text; if its header is, the message is read like an older one.
/// - RFC 3164 is read part by part, each of which may be missing: sequence number, time, host, tag, process id.
///
/// The row (`KeyForm.eventSender`, its key the hostname, empty if none was sent) has these fields, all strings:
///
/// | field | holds |
/// |---|---|
/// | `severity` | `emergency` `alert` `critical` `error` `warning` `notice` `informational` `debug` |
/// | `kind` | `syslog` |
/// | `message` | the text behind the header and tag, without byte order mark and trailing CR, LF and NUL |
/// | `attributes` | a JSON object of what else was sent, see `appendAttributes` |
///
/// All text is UTF-8: bytes that are not become the Latin-1 character of that number from A0 up, else U+FFFD.
public struct SyslogDecoder: Sendable {
  /// A decoder; it has no state.
  public init() {}

  /// Decodes one datagram into `out`, which was reset.
  ///
  /// `arrivalNanos` gives a time without year its year, `zone` gives one without offset its offset; what `clock` does not
  /// believe is said in `device_time`, and the row's time is the last that can be said in its direction. `.rejected` only
  /// with `empty`, with `compressed`, and with `textTooLong` for what is larger than UDP can send.
  public func decode(
    _ datagram: RawSpan, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules, clock: ClockBounds = ClockBounds(),
    into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    var stamp: SyslogInstant?
    return decode(datagram, arrivalNanos: arrivalNanos, zone: zone, clock: clock, stamp: &stamp, into: &out)
  }

  /// The same, and what the device said of the time: nil if nothing.
  func decode(
    _ datagram: RawSpan, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules, clock: ClockBounds,
    stamp: inout SyslogInstant?, into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    Self.decode(
      datagram, arrivalNanos: arrivalNanos, zone: zone, clock: clock, isCopy: false, stamp: &stamp, into: &out)
  }

  /// - Parameter isCopy: `datagram` is not what came in, so that all texts go to the arena.
  private static func decode(
    _ datagram: RawSpan, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules, clock: ClockBounds, isCopy: Bool,
    stamp: inout SyslogInstant?, into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    var end = datagram.byteCount
    while end > 0 && isTrailer(datagram.octet(end &- 1)) { end &-= 1 }
    let text = datagram.extracting(first: end)
    var first = 0
    while first < end && text.octet(first) == UInt8(ascii: " ") { first &+= 1 }
    if first == end { return .rejected(.empty) }
    // An octet of text becomes at most six in JSON (`\u0001`).
    if out.arena.room < (isCopy ? 8 : 6) &* end &+ 1_024 { return .rejected(.textTooLong) }

    var message = SyslogMessage()
    var header = readPriority(text, from: 0, into: &message)
    if header < 0 {
      if text.isCompressed { return .rejected(.compressed) }
      if !isCopy, let utf8 = SyslogFraming.textOfUTF16(datagram) {
        return decode(
          utf8.span.bytes, arrivalNanos: arrivalNanos, zone: zone, clock: clock, isCopy: true, stamp: &stamp,
          into: &out)
      }
      header = SyslogFraming.messageStart(text, wholeCount: datagram.byteCount)
      let behind = readPriority(text, from: header, into: &message)
      message.hasPriority = behind >= 0
      if behind >= 0 { header = behind }
    }
    if text.octetOrZero(header) == 0xEF && SyslogFraming.isByteOrderMark(text, at: header) { header &+= 3 }
    let isModern =
      message.hasPriority
      && readModern(text, from: header, arrivalNanos: arrivalNanos, zone: zone, clock: clock, into: &message)
    if !isModern {
      readLegacy(text, from: header, arrivalNanos: arrivalNanos, zone: zone, clock: clock, into: &message)
    }
    append(message, text, isCopy: isCopy, to: &out)
    stamp = message.stamp
    return .decoded
  }

  private static func isTrailer(_ byte: UInt8) -> Bool {
    byte == 0 || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// Reads `<n>` and returns where it ends, -1 if there is none.
  private static func readPriority(_ text: RawSpan, from: Int, into message: inout SyslogMessage) -> Int {
    if text.octetOrZero(from) != UInt8(ascii: "<") { return -1 }
    var value = 0
    var at = from &+ 1
    while at < from &+ 4 && text.octetOrZero(at) &- 48 <= 9 {
      value = value &* 10 &+ Int(text.octet(at) &- 48)
      at &+= 1
    }
    if at == from &+ 1 || value > 191 || text.octetOrZero(at) != UInt8(ascii: ">") { return -1 }
    message.severity = value & 7
    message.facility = value &>> 3
    return at &+ 1
  }

  /// Appends the one row. The arena was found large enough.
  private static func append(_ message: SyslogMessage, _ text: RawSpan, isCopy: Bool, to out: inout DecodedDatagram) {
    let severity = out.arena.appendText(EventRow.severities[message.severity])
    let kind = out.arena.appendText("syslog")
    let body = textRange(text, from: message.textStart, isCopy: isCopy, in: &out.arena)
    let attributesStart = out.arena.count
    appendAttributes(of: message, text, isBodyWhole: body.isWhole, to: &out.arena)
    let attributes = out.arena.textRange(from: attributesStart)
    let isDoubtful = message.hostname.isEmpty
    let name = isDoubtful ? message.doubtfulHost : message.hostname
    var host = TextRange(datagramOffset: name.lowerBound, length: name.count)
    if isCopy {
      let start = out.arena.count
      out.arena.append(contentsOf: text.extracting(name))
      host = out.arena.textRange(from: start)
    }
    EventRow.append(
      key: host, keyForm: isDoubtful && !name.isEmpty ? .doubtfulSender : .eventSender, severity: severity, kind: kind,
      message: body.range, attributes: attributes, timeNanos: message.time, to: &out)
  }

  /// The message's text: where it stands, or repaired in the arena; and whether its octets can still be told from it.
  private static func textRange(
    _ text: RawSpan, from: Int, isCopy: Bool, in arena: inout Slab<UInt8>
  ) -> (range: TextRange, isWhole: Bool) {
    var start = from
    if text.octetOrZero(start) == 0xEF && SyslogFraming.isByteOrderMark(text, at: start) { start &+= 3 }
    let body = text.extracting(start..<text.byteCount)
    if !isCopy && UTF8Text.isValid(body) {
      return (TextRange(datagramOffset: start, length: body.byteCount), true)
    }
    let arenaStart = arena.count
    let isWhole = arena.appendRepaired(body)
    return (TextRange(arenaOffset: arenaStart, length: arena.count &- arenaStart), isWhole)
  }
}
