/// Names of SenML (RFC 8428 section 4.5.1) and what of one is the device and what the field.
enum SenMLName {
  /// `-` `.` `/` `0`…`9` `:`
  private static let lowMask: UInt64 = 0x07FF_E000_0000_0000
  /// `A`…`Z` `_` `a`…`z`
  private static let highMask: UInt64 = 0x07FF_FFFE_87FF_FFFE

  @inline(__always)
  private static func isAllowed(_ byte: UInt8) -> Bool {
    let mask = byte < 64 ? lowMask : highMask
    return byte < 128 && (mask &>> UInt64(byte & 63)) & 1 == 1
  }

  /// Whether all bytes are from RFC 8428's set.
  static func isAllowed(_ bytes: RawSpan, offset: Int, length: Int) -> Bool {
    var index = offset
    while index < offset &+ length {
      if !isAllowed(bytes.octet(index)) { return false }
      index &+= 1
    }
    return true
  }

  /// Whether a name may begin so: a letter or a digit.
  static func isFirst(_ byte: UInt8) -> Bool {
    isAllowed(byte) && !isSeparator(byte)
  }

  /// What may stand between a device and a field: `/` `:` `.` `_` `-`.
  @inline(__always)
  static func isSeparator(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }

  /// Where the identifier of a device URN (RFC 9039 section 3) begins: behind `urn:dev:<subtype>:`. nil if the name
  /// is none, its length if it ends before the identifier does begin.
  static func identifierOffset(_ name: RawSpan) -> Int? {
    let scheme: InlineArray<8, UInt8> = [0x75, 0x72, 0x6E, 0x3A, 0x64, 0x65, 0x76, 0x3A]
    for index in 0..<min(8, name.byteCount) where name.octet(index) | 0x20 != scheme[index] | 0x20 {
      return nil
    }
    if name.byteCount < 4 { return nil }
    var index = 8
    while index < name.byteCount {
      if name.octet(index) == UInt8(ascii: ":") { return index + 1 }
      index += 1
    }
    return name.byteCount
  }

  /// Whether a base name says by itself which device it is. One that is only the begin of a device URN does not.
  static func isWholeDevice(_ base: RawSpan) -> Bool {
    guard let identifier = identifierOffset(base) else { return true }
    return identifier < base.byteCount
  }

  /// How a name splits: the device is its first `deviceLength` bytes, the field what begins at `fieldOffset`; no
  /// field is left if that is the name's length.
  struct Split: Equatable {
    var deviceLength: Int
    var fieldOffset: Int
  }

  /// Splits a resolved name.
  ///
  /// - Parameter isBase: whether it is a base name alone; then only a device URN's component is split off.
  static func split(_ name: RawSpan, isBase: Bool) -> Split {
    let length = name.byteCount
    let trimmed = length > 1 && isSeparator(name.octet(length - 1)) ? length - 1 : length
    let whole = Split(deviceLength: trimmed, fieldOffset: length)
    if let identifier = identifierOffset(name) {
      if identifier >= trimmed { return whole }
      var index = identifier + 1
      while index < trimmed {
        if name.octet(index) == UInt8(ascii: "_") { return Split(deviceLength: index, fieldOffset: index + 1) }
        index += 1
      }
      if isBase { return whole }
      index = trimmed - 1
      while index > identifier {
        let byte = name.octet(index)
        if byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") {
          return Split(deviceLength: index, fieldOffset: index + 1)
        }
        index -= 1
      }
      return whole
    }
    if isBase { return whole }
    var index = trimmed - 1
    while index > 0 {
      if name.octet(index) == UInt8(ascii: "/") { return Split(deviceLength: index, fieldOffset: index + 1) }
      index -= 1
    }
    return whole
  }
}
