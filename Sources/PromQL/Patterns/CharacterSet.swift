/// A set of characters as sorted ranges.
struct CharacterSet: Sendable, Hashable {
  /// Sorted, apart from one another.
  private(set) var ranges: [ClosedRange<UInt32>] = []
  /// Characters are looked for as they are and in the other case.
  var foldsCase = false

  static let last: UInt32 = 0x10FFFF
  static let any = CharacterSet([0...last])
  static let anyButLineEnd = CharacterSet([0...9, 11...last])
  static let digits = CharacterSet([48...57])
  static let spaces = CharacterSet([9...10, 12...13, 32...32])
  static let words = CharacterSet([48...57, 65...90, 95...95, 97...122])

  init(_ ranges: [ClosedRange<UInt32>] = []) {
    self.ranges = ranges
    settle()
  }

  mutating func formUnion(_ other: CharacterSet) {
    ranges += other.ranges
    settle()
  }

  mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

  /// Sorts and joins the ranges.
  mutating func settle() {
    ranges.sort { $0.lowerBound < $1.lowerBound }
    var out: [ClosedRange<UInt32>] = []
    for range in ranges {
      if let before = out.last, before.upperBound >= range.lowerBound || before.upperBound + 1 == range.lowerBound {
        out[out.count - 1] = before.lowerBound...max(before.upperBound, range.upperBound)
      } else {
        out.append(range)
      }
    }
    ranges = out
  }

  var inverted: CharacterSet {
    var out: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { out.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= Self.last { out.append(next...Self.last) }
    var set = CharacterSet()
    set.ranges = out
    return set
  }

  private func has(_ value: UInt32) -> Bool {
    if ranges.count < 8 {
      for range in ranges where range.contains(value) { return true }
      return false
    }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= value
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    if has(scalar.value) { return true }
    if !foldsCase { return false }
    for other in scalar.otherCases where has(other.value) { return true }
    return false
  }
}

extension Unicode.Scalar {
  /// The same letter in other cases.
  var otherCases: [Unicode.Scalar] {
    if value < 0x80 && !(properties.isAlphabetic) { return [] }
    func single(_ text: String) -> Unicode.Scalar? {
      let scalars = text.unicodeScalars
      return scalars.count == 1 ? scalars.first : nil
    }
    var found: [Unicode.Scalar] = []
    func add(_ scalar: Unicode.Scalar?) {
      if let scalar, scalar != self, !found.contains(scalar) { found.append(scalar) }
    }
    add(single(properties.lowercaseMapping))
    let upper = single(properties.uppercaseMapping)
    add(upper)
    if let upper { add(single(upper.properties.lowercaseMapping)) }
    // Letters that two others become when they are written small or large.
    switch self {
    case "k", "K": add("\u{212A}")
    case "s", "S": add("\u{17F}")
    case "å", "Å": add("\u{212B}")
    case "ω", "Ω": add("\u{2126}")
    case "µ", "Μ": add("\u{3BC}")
    case "\u{3BC}": add("µ")
    default: break
    }
    return found
  }
}
