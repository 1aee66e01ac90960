import Primitives

/// RFC 3164, and what is sent under its name:
/// ```
/// <PRI>[counter: ][sequence: ][host: ][*|.]Mmm dd hh:mm:ss[…] [host ][tag[pid]: ]text
/// <189>72: *Mar  3 19:57:17.371 UTC: %LINK-5-CHANGED: …     Cisco IOS
/// <189>7: r1 RP/0/RSP1/CPU0:2026 Nov 28 20:14:15.971 ICT: … Cisco IOS-XR
/// <166>Oct 11 2026 22:14:15 gate : %ASA-6-302013: …         Cisco ASA
/// <13>2013-09-12T19:16:34.457849+04:00 localhost root: …    rsyslog's forward format
/// <134>1 1795871655.426960608 QN_MX84 urls src=…            Meraki
/// <30>snmpd[6956]: …                                        no time, hence no host
/// ```
extension SyslogDecoder {
  /// Reads a message from behind its PRI on. What is not recognised begins the text.
  static func readLegacy(
    _ text: RawSpan, from: Int, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules, clock: ClockBounds,
    into message: inout SyslogMessage
  ) {
    var at = takeCounters(text, from: from, into: &message)
    message.textStart = at
    at = SyslogTime.afterSpaces(text, at)
    // NX-OS and ASA put a colon before the time.
    if text.octetOrZero(at) == UInt8(ascii: ":") { at = SyslogTime.afterSpaces(text, at + 1) }
    // Most begin with their time.
    if message.sequence.isEmpty, let time = SyslogTime.any(text, from: at),
      message.take(time, arrivalNanos: arrivalNanos, zone: zone, clock: clock)
    {
      at = behindTime(text, time)
      at = takeHost(text, from: at, needsTag: !time.hasYear, into: &message)
      message.textStart = at
    } else {
      at = readHead(text, from: at, arrivalNanos: arrivalNanos, zone: zone, clock: clock, into: &message)
    }
    takeTag(text, from: at, into: &message)
  }

  /// Where the rest begins behind a time and the colon or comma that ends it.
  private static func behindTime(_ text: RawSpan, _ time: SyslogTime) -> Int {
    let next = text.octetOrZero(time.end)
    let isMarked = next == UInt8(ascii: ":") || next == UInt8(ascii: ",")
    return SyslogTime.afterSpaces(text, time.end + (isMarked ? 1 : 0))
  }

  /// Reads what stands before the text more rarely; returns where the tag may begin.
  @inline(never)
  private static func readHead(
    _ text: RawSpan, from: Int, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules, clock: ClockBounds,
    into message: inout SyslogMessage
  ) -> Int {
    var at = from
    var head = LegacyHead()
    if !head.readTime(text, from: at) { head.readOdd(text, from: at, hasSequence: !message.sequence.isEmpty) }
    if let time = head.time, message.take(time, arrivalNanos: arrivalNanos, zone: zone, clock: clock) {
      message.isUnsynchronised = head.isMarked
      message.version = head.version
      message.node = head.node
      at = behindTime(text, time)
      if head.origin.isEmpty && head.node.isEmpty && message.sequence.isEmpty {
        at = takeHost(text, from: at, needsTag: !time.hasYear || head.isBareEpoch, into: &message)
      }
      message.textStart = at
    } else if head.time == nil && (!head.origin.isEmpty || !head.upTime.isEmpty) {
      message.upTime = head.upTime
      at = SyslogTime.afterSpaces(text, head.end)
      message.textStart = at
    } else {
      head.origin = 0..<0
    }
    if !head.origin.isEmpty { message.hostname = head.origin }
    return at
  }

  /// `000123: `, and `237: 000333: ` of those that count messages too; returns where the rest begins.
  private static func takeCounters(_ text: RawSpan, from: Int, into message: inout SyslogMessage) -> Int {
    var start = from
    while true {
      var at = start
      while at < start + 20 && text.octetOrZero(at) &- 48 <= 9 { at += 1 }
      guard at > start, text.octetOrZero(at) == UInt8(ascii: ":"), text.octetOrZero(at + 1) == UInt8(ascii: " ") else {
        return start
      }
      if !message.sequence.isEmpty {
        let first = message.counter.isEmpty ? message.sequence.lowerBound : message.counter.lowerBound
        message.counter = first..<message.sequence.upperBound
      }
      message.sequence = start..<at
      start = SyslogTime.afterSpaces(text, at + 1)
      // One blank belongs to the counter, further ones to the text.
      if start > at + 2 { return at + 2 }
    }
  }

  /// The host behind a time: one word that can be a host, is no tag and not the whole rest. Where the time names no year
  /// it must be an address, or a tag has to follow it: else the word is the text's, and names only a device that the
  /// registry knows.
  private static func takeHost(
    _ text: RawSpan, from: Int, needsTag: Bool, into message: inout SyslogMessage
  ) -> Int {
    let host = word(text, from: from)
    guard !host.isEmpty, host.upperBound < text.byteCount,
      text.octet(host.upperBound - 1) != UInt8(ascii: ":"), SyslogWord.isHost(text, host),
      !starts(text, at: from, with: "last message repeated ")
    else { return from }
    let at = SyslogTime.afterSpaces(text, host.upperBound)
    // ASA: `host : %ASA-…`.
    if text.octetOrZero(at) == UInt8(ascii: ":") && text.octetOrZero(at + 1) == UInt8(ascii: " ") {
      message.hostname = host
      return SyslogTime.afterSpaces(text, at + 1)
    }
    if needsTag && !SyslogWord.isTag(text, from: at) && !SyslogWord.isAddress(text, host) {
      message.doubtfulHost = host
      return from
    }
    message.hostname = host
    return at
  }

  /// `tag: `, `tag[pid]: ` or `tag[pid] `. A Cisco mnemonic (`%LINK-5-CHANGED:`) stays part of the text.
  private static func takeTag(_ text: RawSpan, from: Int, into message: inout SyslogMessage) {
    var at = from
    var hasLetter = false
    while at < from + 64 {
      let byte = text.octetOrZero(at)
      if SyslogWord.isLetter(byte) { hasLetter = true }
      guard
        SyslogWord.isNameByte(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@")
          || byte == UInt8(ascii: "+")
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
    // How long a device is up is no tag.
    if process.isEmpty && text.octet(from) &- 48 <= 9 && SyslogWord.isUptime(text, tag) { return }
    message.app = tag
    message.processID = process
    // One space belongs to the tag, further ones to the text.
    message.textStart = text.octetOrZero(at) == UInt8(ascii: " ") ? at + 1 : at
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
