import Primitives

/// Zones as words and offsets behind a time. None of them is ever a host.
extension SyslogTime {
  /// What may stand behind a time: an offset, or a zone's letters, and a word for summer time.
  ///
  /// Letters that mean one offset everywhere are that offset. Those that mean several (CST), and those that nobody knows
  /// where they cannot be the host (before a year, or before a colon and a Cisco `%`), are passed over: then the
  /// listener's zone holds.
  mutating func takeZoneWord(_ text: RawSpan) {
    let start = end + (text.octetOrZero(end) == UInt8(ascii: " ") ? 1 : 0)
    let first = text.octetOrZero(start)
    if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || start == end {
      takeBounded(text, from: start)
      takeSummerWord(text)
      return
    }
    if first == UInt8(ascii: "(") { return takeBracketed(text, from: start) }
    // Most hosts are in lower case.
    if first < UInt8(ascii: "A") || first > UInt8(ascii: "Z") { return }
    var at = start
    while text.octetOrZero(at) >= UInt8(ascii: "A") && text.octetOrZero(at) <= UInt8(ascii: "Z") { at += 1 }
    guard at - start <= 5 else { return }
    let next = text.octetOrZero(at)
    if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") {
      takeBounded(text, from: at)
      takeSummerWord(text)
      return
    }
    guard next <= UInt8(ascii: " ") || next == UInt8(ascii: ":") || next == UInt8(ascii: ",") else { return }
    if takeNamed(text, start..<at) {
      takeSummerWord(text)
    } else if next == UInt8(ascii: " ") && at - start >= 2 && Self.yearWord(text, at + 1) != nil {
      end = at
    } else if next == UInt8(ascii: ":") && text.octetOrZero(Self.afterSpaces(text, at + 1)) == UInt8(ascii: "%") {
      end = at
    }
  }

  /// A zone's letters; false if they are none that is known.
  private mutating func takeNamed(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    guard let minutes = SyslogZone.minutes(of: text, word) else { return false }
    end = word.upperBound
    if minutes == SyslogZone.several { return true }
    hasOffset = true
    offsetSeconds = Int(minutes) * 60
    // `GMT +07:00`.
    let sign = text.octetOrZero(end + 1)
    if minutes == 0, text.octetOrZero(end) == UInt8(ascii: " "), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
    {
      takeBounded(text, from: end + 1)
    }
    return true
  }

  /// An offset, if one stands there by itself: `-1 error` begins a text, `-01` does not.
  private mutating func takeBounded(_ text: RawSpan, from: Int) {
    var other = self
    guard other.takeOffset(text, from: from), other.isBounded(text) else { return }
    if other.end - from == 2 && text.octetOrZero(from - 1) <= UInt8(ascii: " ") { return }
    self = other
  }

  /// `(ICT)`, `(UTC+07:00)`; any other bracket is text.
  private mutating func takeBracketed(_ text: RawSpan, from: Int) {
    var close = from + 1
    while close < from + 12 && text.octetOrZero(close) > UInt8(ascii: " ") && text.octet(close) != UInt8(ascii: ")") {
      close += 1
    }
    guard text.octetOrZero(close) == UInt8(ascii: ")") else { return }
    let outer = self
    end = from + 1
    var at = from + 1
    while text.octetOrZero(at) >= UInt8(ascii: "A") && text.octetOrZero(at) <= UInt8(ascii: "Z") { at += 1 }
    var isTaken = at == close && takeNamed(text, from + 1..<at)
    if !isTaken && at < close { isTaken = takeOffset(text, from: at) && end == close }
    end = close + 1
    if !isTaken || !isBounded(text) { self = outer }
  }

  /// ` DST`, as Huawei writes it behind an offset that holds already.
  mutating func takeSummerWord(_ text: RawSpan) {
    if text.octetOrZero(end) != UInt8(ascii: " ") || text.paddedWord(end + 1) & 0xFF_FFFF != 0x54_5344 { return }
    var other = self
    other.end = end + 4
    if other.isBounded(text) { self = other }
  }
}

/// Names of time zones.
enum SyslogZone {
  /// The name stands for several offsets, or says nothing of one: the listener's zone holds.
  static let several = Int16.max

  /// Letters, the first of them lowest, and minutes east of UTC.
  private struct Named: BitwiseCopyable {
    var letters: UInt64
    var minutes: Int16

    init(_ name: StaticString, _ minutes: Int16) {
      letters = 0
      for index in 0..<name.utf8CodeUnitCount {
        letters |= UInt64(name.utf8Start[index]) << UInt64(index * 8)
      }
      self.minutes = minutes
    }
  }

  private static let named: [Named] = [
    Named("Z", 0), Named("UT", 0), Named("UTC", 0), Named("GMT", 0), Named("WET", 0), Named("WEST", 60),
    Named("CET", 60), Named("MEZ", 60), Named("CEST", 120), Named("MESZ", 120), Named("EET", 120), Named("EEST", 180),
    Named("SAST", 120), Named("MSK", 180), Named("EAT", 180), Named("PKT", 300), Named("NPT", 345), Named("MMT", 390),
    Named("ICT", 420), Named("WIB", 420), Named("HKT", 480), Named("SGT", 480), Named("MYT", 480), Named("PHT", 480),
    Named("AWST", 480), Named("WITA", 480), Named("JST", 540), Named("KST", 540), Named("WIT", 540),
    Named("ACST", 570), Named("AEST", 600), Named("ACDT", 630), Named("AEDT", 660), Named("NZST", 720),
    Named("NZDT", 780), Named("NDT", -150), Named("NST", -210), Named("BRT", -180), Named("ART", -180),
    Named("EDT", -240), Named("MDT", -360), Named("PDT", -420), Named("AKDT", -480), Named("AKST", -540),
    Named("HST", -600),
    // Central, China and Cuba; Eastern of two continents; Irish, India and Israel; and so on.
    Named("CST", several), Named("CDT", several), Named("EST", several), Named("MST", several), Named("PST", several),
    Named("IST", several), Named("BST", several), Named("AST", several), Named("ADT", several), Named("SST", several),
    Named("GST", several), Named("AMT", several), Named("LMT", several), Named("DST", several),
  ]

  /// What those letters, in any case, stand for: minutes east of UTC, `several`, or nil if they name no zone.
  static func minutes(of text: RawSpan, _ word: Range<Int>) -> Int16? {
    if word.count < 1 || word.count > 5 { return nil }
    // Letters alone come here, so this is their upper case.
    let mask = UInt64.max &>> UInt64(64 - word.count * 8)
    let letters = text.paddedWord(word.lowerBound) & mask & 0xDFDF_DFDF_DFDF_DFDF
    for zone in named where zone.letters == letters { return zone.minutes }
    return nil
  }
}
