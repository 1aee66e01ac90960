/// A bound as statistics hold it: perhaps shortened, and then not a value of the column.
struct StatisticsBound: Hashable, Sendable {
  var bound: ColumnBound
  var isExact: Bool

  /// Bytes of a string beyond which its bound is shortened.
  static let stringBytes = 64
  /// To what it is shortened: a raised last character may need up to three bytes more than the one it replaces.
  private static let shortenedBytes = 60

  init(_ bound: ColumnBound, isExact: Bool = true) {
    self.bound = bound
    self.isExact = isExact
  }

  /// A string no greater than `string`.
  static func lower(_ string: ArraySlice<UInt8>) -> StatisticsBound {
    if string.count <= stringBytes { return StatisticsBound(.string(Array(string))) }
    return StatisticsBound(.string(Array(prefix(of: string))), isExact: false)
  }

  /// A string no less than `string`, valid UTF-8; nil if there is none that is short.
  static func upper(_ string: ArraySlice<UInt8>) -> StatisticsBound? {
    if string.count <= stringBytes { return StatisticsBound(.string(Array(string))) }
    guard let text = String(validating: prefix(of: string), as: UTF8.self) else { return nil }
    var scalars = Array(text.unicodeScalars)
    while let last = scalars.popLast() {
      // The code point after: surrogates are none, and the last of all has none, so the one before is raised.
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      guard let raised = Unicode.Scalar(next) else { continue }
      scalars.append(raised)
      var raisedText = String.UnicodeScalarView()
      raisedText.append(contentsOf: scalars)
      return StatisticsBound(.string(Array(String(raisedText).utf8)), isExact: false)
    }
    return nil
  }

  /// The lower of two; of two equal ones the exact one.
  static func lower(_ left: StatisticsBound, _ right: StatisticsBound) -> StatisticsBound {
    if left.bound.precedes(right.bound) { return left }
    if right.bound.precedes(left.bound) { return right }
    return left.isExact ? left : right
  }

  /// The upper of two; of two equal ones the exact one.
  static func upper(_ left: StatisticsBound, _ right: StatisticsBound) -> StatisticsBound {
    if left.bound.precedes(right.bound) { return right }
    if right.bound.precedes(left.bound) { return left }
    return left.isExact ? left : right
  }

  /// At most `shortenedBytes`, cut before a character.
  private static func prefix(of string: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = string.startIndex + shortenedBytes
    while end > string.startIndex, string[end] & 0xC0 == 0x80 { end -= 1 }
    return string[string.startIndex..<end]
  }
}
