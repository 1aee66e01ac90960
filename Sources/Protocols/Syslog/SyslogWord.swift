import Primitives

/// What a word of an older message can be. A counter, an uptime, a zone, a half of the day and a level are never a host.
enum SyslogWord {
  /// Letters, digits, point, hyphen, underscore.
  static func isNameByte(_ byte: UInt8) -> Bool {
    byte &- 48 <= 9 || isLetter(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_")
  }

  static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") }

  /// What characters a word is made of.
  struct Look {
    var isName = true
    var hasLetter = false
    var hasColon = false
    var startsWithDigit = false
    /// ASCII letters and nothing else.
    var isPlain = true

    init(_ text: RawSpan, _ word: Range<Int>) {
      var at = word.lowerBound
      startsWithDigit = text.octet(at) &- 48 <= 9
      while at < word.upperBound {
        let byte = text.octet(at)
        if isLetter(byte) {
          hasLetter = true
        } else {
          isPlain = false
          if byte >= 0x80 {
            hasLetter = true
          } else if byte == UInt8(ascii: ":") {
            hasColon = true
          } else if !isNameByte(byte) {
            isName = false
            return
          }
        }
        at += 1
      }
    }
  }

  /// Whether the word can stand in a host's place.
  static func isHost(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    let look = Look(text, word)
    if !look.isName { return false }
    if !look.hasLetter && !look.hasColon { return isAddress(text, word) }
    if look.hasColon { return isHardwareAddress(text, word) || isAddress(text, word) }
    if look.startsWithDigit { return !isUptime(text, word) }
    return !look.isPlain || word.count > 13 || !isNeverName(text, word)
  }

  /// Whether it is written as an IPv4 or IPv6 address is. Allocates nothing.
  static func isAddress(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    HostAddress.shape(of: text.extracting(word)) != .none
  }

  /// Six pairs of hexadecimal digits with colons between.
  private static func isHardwareAddress(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    if word.count != 17 { return false }
    for index in 0..<17 {
      let byte = text.octet(word.lowerBound + index)
      let isHexadecimal = byte &- 48 <= 9 || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f")
      if index % 3 == 2 ? byte != UInt8(ascii: ":") : !isHexadecimal { return false }
    }
    return true
  }

  /// `3w2d`, `1d02h`, `00:12:34`, `00:12:34.567`: how long a device has been up.
  static func isUptime(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    var wasDigit = false
    var units = 0
    var colons = 0
    for at in word {
      let byte = text.octet(at)
      if byte &- 48 <= 9 {
        wasDigit = true
        continue
      }
      if !wasDigit { return false }
      wasDigit = false
      switch byte | 0x20 {
      case UInt8(ascii: "y"), UInt8(ascii: "w"), UInt8(ascii: "d"), UInt8(ascii: "h"), UInt8(ascii: "m"),
        UInt8(ascii: "s"):
        units += 1
      default:
        if byte == UInt8(ascii: ":") { colons += 1 } else if byte != UInt8(ascii: ".") || colons != 2 { return false }
      }
    }
    // Letters end it, or digits behind two colons.
    return wasDigit ? colons == 2 && units == 0 : units > 0 && colons == 0
  }

  /// A zone, `AM` and `PM`, or a level, in any case.
  @inline(never)
  private static func isNeverName(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    if SyslogZone.minutes(of: text, word) != nil || isLevel(text, word) { return true }
    let letters = text.paddedWord(word.lowerBound) & 0xFFFF | 0x2020
    return word.count == 2 && (letters == 0x6D61 || letters == 0x6D70)
  }

  private static let levels: [StaticString] = [
    "emerg", "emergency", "alert", "crit", "critical", "fatal", "error", "err", "warning", "warn", "notice", "info",
    "informational", "debug", "trace",
  ]

  /// A severity's name, as some write it behind the time.
  private static func isLevel(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    for level in levels where level.utf8CodeUnitCount == word.count {
      var index = 0
      while index < word.count && text.octet(word.lowerBound + index) | 0x20 == level.utf8Start[index] { index += 1 }
      if index == word.count { return true }
    }
    return false
  }

  /// Whether a tag begins here: `word:`, `word[pid]`, or the `%` of a Cisco or Huawei mnemonic.
  static func isTag(_ text: RawSpan, from: Int) -> Bool {
    if text.octetOrZero(from) == UInt8(ascii: "%") { return true }
    var at = from
    var hasLetter = false
    var open = -1
    while text.octetOrZero(at) > UInt8(ascii: " ") {
      let byte = text.octet(at)
      if isLetter(byte) || byte >= 0x80 { hasLetter = true }
      if byte == UInt8(ascii: "[") && open < 0 { open = at }
      if byte == UInt8(ascii: "]") && open > from && at > open + 1 {
        let next = text.octetOrZero(at + 1)
        if next <= UInt8(ascii: " ") || next == UInt8(ascii: ":") { return hasLetter }
      }
      at += 1
    }
    return hasLetter && at > from + 1 && text.octet(at - 1) == UInt8(ascii: ":")
  }

  /// The end of an IOS-XR node, its colon included, that begins at `from`: `RP/0/RSP1/CPU0:`. nil if there is none.
  static func nodeEnd(_ text: RawSpan, from: Int) -> Int? {
    var at = from
    var slashes = 0
    while at < from + 64 {
      let byte = text.octetOrZero(at)
      if byte == UInt8(ascii: "/") { slashes += 1 } else if byte &- 48 > 9 && !isLetter(byte) { break }
      at += 1
    }
    return slashes >= 2 && text.octetOrZero(at) == UInt8(ascii: ":") ? at + 1 : nil
  }
}
