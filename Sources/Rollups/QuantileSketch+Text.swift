extension QuantileSketch {
  /// Keys order bins by the values in them: 0 for zeros, `bin + keyOffset` for positive values, its negative for
  /// negative ones. No bin of a double comes near the offset.
  static let keyOffset: Int32 = 40_000

  /// What rollup tables keep: `key:count` of each bin that holds any, by ascending values, blanks in between. A value
  /// of a bin is within one percent of `±2 gamma^(|key| - 40000) / (gamma + 1)`, gamma being 101/99.
  public var text: String {
    var text = ""
    func append(_ key: Int32, _ number: Int64) {
      if !text.isEmpty { text += " " }
      text += "\(key):\(number)"
    }
    for (bin, number) in negative.descending { append(-(bin + Self.keyOffset), number) }
    if zeros > 0 { append(0, zeros) }
    for (bin, number) in positive.ascending { append(bin + Self.keyOffset, number) }
    return text
  }

  /// More readings than any bucket has, and few enough that sums of such counts stay numbers.
  private static let mostReadings: Int64 = 1_000_000_000_000

  /// Reads what `text` is; nil for anything else.
  public init?(text: some Collection<UInt8>) {
    self.init()
    for entry in text.split(separator: UInt8(ascii: " ")) {
      let parts = entry.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard parts.count == 2, let key = Self.integer(parts[0]), let number = Self.integer(parts[1]), number > 0,
        key.magnitude < 80_000, number <= Self.mostReadings - count
      else { return nil }
      add(number, toKey: Int32(key))
    }
    if count == 0 { return nil }
  }

  private mutating func add(_ number: Int64, toKey key: Int32) {
    if key > 0 {
      positive.add(number, to: key - Self.keyOffset)
    } else if key < 0 {
      negative.add(number, to: -key - Self.keyOffset)
    } else {
      zeros += number
    }
  }

  private static func integer(_ digits: some Collection<UInt8>) -> Int64? {
    var value: Int64 = 0
    var rest = digits[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    if rest.isEmpty || rest.count > 18 { return nil }
    for digit in rest {
      guard (48...57).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - 48)
    }
    return isNegative ? -value : value
  }
}
