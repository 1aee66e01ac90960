import Primitives

/// What stands before an older message's text: its time, and what devices put before that.
struct LegacyHead {
  var time: SyslogTime?
  /// Cisco's mark of a clock that is not set (`*`) or not synchronised (`.`).
  var isMarked = false
  /// Cisco's origin id.
  var origin = 0..<0
  /// IOS-XR's node: `RP/0/RSP1/CPU0`.
  var node = 0..<0
  /// RFC 5424's version before a time that is none of RFC 5424.
  var version = 0..<0
  /// How long the device is up, in the place of a time.
  var upTime = 0..<0
  /// A number that may be no time at all.
  var isBareEpoch = false
  /// Where the text goes on if there is no time.
  var end = 0

  /// A time with its mark; false if there is none.
  mutating func readTime(_ text: RawSpan, from: Int) -> Bool {
    let mark = text.octetOrZero(from)
    isMarked = mark == UInt8(ascii: "*") || mark == UInt8(ascii: ".")
    time = SyslogTime.any(text, from: from + (isMarked ? 1 : 0))
    return time != nil
  }

  /// All that stands before a time more rarely, and what stands in its place. `time` is nil if it is none of these.
  @inline(never)
  mutating func readOdd(_ text: RawSpan, from: Int, hasSequence: Bool) {
    if readVersion(text, from: from) || readNode(text, from: from) { return }
    var at = from
    if hasSequence {
      // `82: R1: *Sep 22 …`: Cisco's origin id stands before the time, if a time or a body follows at all.
      origin = originName(text, from: at)
      if !origin.isEmpty {
        at = SyslogTime.afterSpaces(text, origin.upperBound + 1)
        end = at
        if readTime(text, from: at) || readNode(text, from: at) { return }
      }
    }
    if readUpTime(text, from: at) { return }
    if origin.isEmpty, let epoch = SyslogTime.epoch(text, from: at) {
      time = epoch
      isMarked = false
      isBareEpoch = true
    }
  }

  /// `1 1795871655.42 host …`, `1 Oct 11 22:14:15 host …`.
  private mutating func readVersion(_ text: RawSpan, from: Int) -> Bool {
    guard text.octetOrZero(from) == UInt8(ascii: "1"), text.octetOrZero(from + 1) == UInt8(ascii: " ") else {
      return false
    }
    let at = SyslogTime.afterSpaces(text, from + 1)
    // With a `T` it is one of RFC 5424, whose header is none.
    let isModern = text.octetOrZero(at + 10) | 0x20 == UInt8(ascii: "t")
    time = SyslogTime.epoch(text, from: at) ?? (isModern ? nil : SyslogTime.any(text, from: at))
    if time != nil { version = from..<from + 1 }
    return time != nil
  }

  /// `RP/0/RSP1/CPU0:2026 Nov 28 …`, perhaps with the host before it.
  private mutating func readNode(_ text: RawSpan, from: Int) -> Bool {
    var start = from
    var host = 0..<0
    if SyslogWord.nodeEnd(text, from: start) == nil {
      var at = start
      while SyslogWord.isNameByte(text.octetOrZero(at)) { at += 1 }
      let after = text.octetOrZero(at) == UInt8(ascii: ":") ? at + 1 : at
      if at == start || text.octetOrZero(after) != UInt8(ascii: " ") { return false }
      host = start..<at
      start = SyslogTime.afterSpaces(text, after)
    }
    guard let nodeEnd = SyslogWord.nodeEnd(text, from: start),
      readTime(text, from: SyslogTime.afterSpaces(text, nodeEnd))
    else { return false }
    node = start..<nodeEnd - 1
    if !host.isEmpty && SyslogWord.isHost(text, host) { origin = host }
    return true
  }

  /// `3w2d: `, `*00:12:34.567: `.
  private mutating func readUpTime(_ text: RawSpan, from: Int) -> Bool {
    let mark = text.octetOrZero(from)
    let start = from + (mark == UInt8(ascii: "*") || mark == UInt8(ascii: ".") ? 1 : 0)
    var at = start
    while text.octetOrZero(at) > UInt8(ascii: " ") { at += 1 }
    guard at > start + 1, text.octet(at - 1) == UInt8(ascii: ":"), SyslogWord.isUptime(text, start..<at - 1) else {
      return false
    }
    upTime = start..<at - 1
    end = at
    return true
  }

  /// A name with a colon and a space behind it, and then a time, a mark, or a Cisco body: a host. Else empty.
  private func originName(_ text: RawSpan, from: Int) -> Range<Int> {
    var at = from
    while SyslogWord.isNameByte(text.octetOrZero(at)) { at += 1 }
    guard at > from, text.octetOrZero(at) == UInt8(ascii: ":"), text.octetOrZero(at + 1) == UInt8(ascii: " "),
      SyslogWord.isHost(text, from..<at)
    else { return 0..<0 }
    let next = SyslogTime.afterSpaces(text, at + 1)
    switch text.octetOrZero(next) {
    case UInt8(ascii: "["), UInt8(ascii: "<"), UInt8(ascii: "%"):
      return from..<at
    default:
      var other = LegacyHead()
      let isHead =
        other.readTime(text, from: next) || other.readNode(text, from: next) || other.readUpTime(text, from: next)
      return isHead ? from..<at : 0..<0
    }
  }
}
