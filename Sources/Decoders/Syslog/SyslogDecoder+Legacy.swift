import Primitives

/// RFC 3164, and what is sent under its name:
/// ```
/// <PRI>[sequence: ][host: ][*|.]Mmm dd hh:mm:ss[…] [host ][tag[pid]: ]text
/// <189>72: *Mar  3 19:57:17.371 UTC: %LINK-5-CHANGED: …     Cisco IOS
/// <166>Oct 11 2026 22:14:15 gate : %ASA-6-302013: …         Cisco ASA
/// <13>2013-09-12T19:16:34.457849+04:00 localhost root: …    rsyslog's forward format
/// <30>snmpd[6956]: …                                        no time, hence no host
/// ```
extension SyslogDecoder {
  /// Reads a message from behind its PRI on. What is not recognised begins the text.
  static func readLegacy(
    _ text: RawSpan, from: Int, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules,
    into message: inout SyslogMessage
  ) {
    var at = takeSequence(text, from: from, into: &message)
    message.textStart = at
    at = SyslogTime.afterSpaces(text, at)
    // NX-OS and ASA put a colon before the time.
    if text.octetOrZero(at) == UInt8(ascii: ":") { at = SyslogTime.afterSpaces(text, at + 1) }
    var origin = 0..<0
    var found = markedTime(text, from: at)
    if found == nil && !message.sequence.isEmpty {
      // `82: R1: *Sep 22 …`: Cisco's origin id stands before the time, if a time follows at all.
      origin = originName(text, from: at)
      if !origin.isEmpty { found = markedTime(text, from: SyslogTime.afterSpaces(text, origin.upperBound + 1)) }
    }
    if let (time, isMarked) = found, let instant = time.instant(arrivalNanos: arrivalNanos, zone: zone) {
      message.time = instant
      message.isUnsynchronised = isMarked
      at = time.end
      if text.octetOrZero(at) == UInt8(ascii: ":") { at += 1 }
      at = SyslogTime.afterSpaces(text, at)
      if origin.isEmpty && message.sequence.isEmpty { at = takeHost(text, from: at, into: &message) }
      message.textStart = at
    } else if !origin.isEmpty {
      at = SyslogTime.afterSpaces(text, origin.upperBound + 1)
      message.textStart = at
    }
    if !origin.isEmpty { message.hostname = origin }
    takeTag(text, from: at, into: &message)
  }

  /// `000123: `; returns where the rest begins.
  private static func takeSequence(_ text: RawSpan, from: Int, into message: inout SyslogMessage) -> Int {
    var at = from
    while at < from + 12 && text.octetOrZero(at) &- 48 <= 9 { at += 1 }
    guard at > from, text.octetOrZero(at) == UInt8(ascii: ":"), text.octetOrZero(at + 1) == UInt8(ascii: " ") else {
      return from
    }
    message.sequence = from..<at
    return at + 2
  }

  /// A time, and whether it has Cisco's mark of a clock that is not set (`*`) or not synchronised (`.`).
  private static func markedTime(_ text: RawSpan, from: Int) -> (time: SyslogTime, isMarked: Bool)? {
    let mark = text.octetOrZero(from)
    let isMarked = mark == UInt8(ascii: "*") || mark == UInt8(ascii: ".")
    let at = from + (isMarked ? 1 : 0)
    guard let time = SyslogTime.bsd(text, from: at) ?? SyslogTime.iso(text, from: at) else { return nil }
    return (time, isMarked)
  }

  /// A name with a colon and a space behind it, and then a time, a mark, or a Cisco body: a host. Else empty.
  private static func originName(_ text: RawSpan, from: Int) -> Range<Int> {
    var at = from
    while isNameByte(text.octetOrZero(at)) { at += 1 }
    guard at > from, text.octetOrZero(at) == UInt8(ascii: ":"), text.octetOrZero(at + 1) == UInt8(ascii: " ") else {
      return 0..<0
    }
    switch text.octetOrZero(SyslogTime.afterSpaces(text, at + 1)) {
    case UInt8(ascii: "["), UInt8(ascii: "<"), UInt8(ascii: "%"):
      return from..<at
    default:
      return markedTime(text, from: SyslogTime.afterSpaces(text, at + 1)) == nil ? 0..<0 : from..<at
    }
  }

  /// The host behind a time: one word of a host's characters that is no tag and not the whole rest.
  private static func takeHost(_ text: RawSpan, from: Int, into message: inout SyslogMessage) -> Int {
    let host = word(text, from: from)
    guard !host.isEmpty, host.count <= Limits.nameBytes, host.upperBound < text.byteCount,
      text.octet(host.upperBound - 1) != UInt8(ascii: ":"),
      !starts(text, at: from, with: "last message repeated ")
    else { return from }
    var at = host.lowerBound
    while at < host.upperBound {
      let byte = text.octet(at)
      if !isNameByte(byte) && byte != UInt8(ascii: ":") && byte != UInt8(ascii: "/") && byte < 0x80 { return from }
      at += 1
    }
    message.hostname = host
    at = SyslogTime.afterSpaces(text, host.upperBound)
    // ASA: `host : %ASA-…`.
    if text.octetOrZero(at) == UInt8(ascii: ":") && text.octetOrZero(at + 1) == UInt8(ascii: " ") {
      at = SyslogTime.afterSpaces(text, at + 1)
    }
    return at
  }

  /// `tag: `, `tag[pid]: ` or `tag[pid] `. A Cisco mnemonic (`%LINK-5-CHANGED:`) stays part of the text.
  private static func takeTag(_ text: RawSpan, from: Int, into message: inout SyslogMessage) {
    var at = from
    var hasLetter = false
    while at < from + 64 {
      let byte = text.octetOrZero(at)
      if byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") { hasLetter = true }
      guard isNameByte(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "+")
      else { break }
      at += 1
    }
    guard hasLetter else { return }
    let tag = from..<at
    var process = 0..<0
    if text.octetOrZero(at) == UInt8(ascii: "[") {
      let start = at + 1
      at = start
      while at < start + 64 && text.octetOrZero(at) > UInt8(ascii: " ") && text.octet(at) != UInt8(ascii: "]") {
        at += 1
      }
      guard at > start, text.octetOrZero(at) == UInt8(ascii: "]") else { return }
      process = start..<at
      at += 1
    }
    if text.octetOrZero(at) == UInt8(ascii: ":") {
      at += 1
      guard !process.isEmpty || at == text.byteCount || text.octet(at) == UInt8(ascii: " ") else { return }
    } else {
      guard !process.isEmpty, at == text.byteCount || text.octet(at) == UInt8(ascii: " ") else { return }
    }
    message.app = tag
    message.processID = process
    // One space belongs to the tag, further ones to the text.
    message.textStart = text.octetOrZero(at) == UInt8(ascii: " ") ? at + 1 : at
  }

  /// Letters, digits, point, hyphen, underscore.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte &- 48 <= 9 || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
      || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }

  private static func starts(_ text: RawSpan, at: Int, with prefix: StaticString) -> Bool {
    var index = 0
    while index < prefix.utf8CodeUnitCount {
      if text.octetOrZero(at + index) != prefix.utf8Start[index] { return false }
      index += 1
    }
    return true
  }
}
