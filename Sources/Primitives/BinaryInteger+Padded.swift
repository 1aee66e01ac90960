extension BinaryInteger {
  /// The number's digits with zeros before them, as many as `width` wants: `7.padded(to: 3)` is `007`.
  public func padded(to width: Int, radix: Int = 10) -> String {
    let digits = String(self, radix: radix)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
