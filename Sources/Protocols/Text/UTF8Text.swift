/// Whether bytes are UTF-8 (RFC 3629).
public enum UTF8Text {
  /// The length of the well-formed sequence at `offset`, 0 if there is none.
  @inline(__always)
  static func sequenceLength(_ bytes: RawSpan, at offset: Int) -> Int {
    let first = bytes.octet(offset)
    if first < 0x80 { return 1 }
    return longSequence(bytes, at: offset, first: first)
  }

  @inline(never)
  private static func longSequence(_ bytes: RawSpan, at offset: Int, first: UInt8) -> Int {
    let second = bytes.octetOrZero(offset + 1)
    switch first {
    case 0xC2...0xDF:
      return second & 0xC0 == 0x80 ? 2 : 0
    case 0xE0...0xEF:
      // E0 would be overlong below A0, ED a surrogate above 9F.
      let lowest: UInt8 = first == 0xE0 ? 0xA0 : 0x80
      let highest: UInt8 = first == 0xED ? 0x9F : 0xBF
      guard second >= lowest, second <= highest, bytes.octetOrZero(offset + 2) & 0xC0 == 0x80 else { return 0 }
      return 3
    case 0xF0...0xF4:
      let lowest: UInt8 = first == 0xF0 ? 0x90 : 0x80
      let highest: UInt8 = first == 0xF4 ? 0x8F : 0xBF
      guard second >= lowest, second <= highest, bytes.octetOrZero(offset + 2) & 0xC0 == 0x80,
        bytes.octetOrZero(offset + 3) & 0xC0 == 0x80
      else { return 0 }
      return 4
    default:
      return 0
    }
  }

  /// Whether all of `bytes` are below 128.
  public static func isASCII(_ bytes: RawSpan) -> Bool {
    var index = 0
    while index < bytes.byteCount {
      if bytes.paddedWord(index) & EightBytes.topBits != 0 { return false }
      index &+= 8
    }
    return true
  }

  /// Whether all of `bytes` is.
  public static func isValid(_ bytes: RawSpan) -> Bool {
    var index = 0
    while index < bytes.byteCount {
      if index &+ 8 <= bytes.byteCount && bytes.paddedWord(index) & EightBytes.topBits == 0 {
        index &+= 8
        continue
      }
      let length = sequenceLength(bytes, at: index)
      if length == 0 { return false }
      index &+= length
    }
    return true
  }
}
