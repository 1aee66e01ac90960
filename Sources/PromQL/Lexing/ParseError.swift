/// Why an expression cannot be read, and where.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `unexpected right parenthesis ')'`
  public var message: String
  /// Octets of the input that are at fault.
  public var range: Range<Int>
  /// From 1.
  public var line: Int
  /// In octets, from 1.
  public var column: Int

  init(_ message: String, at range: Range<Int>, of input: [UInt8]) {
    self.message = message
    self.range = range
    let before = input.prefix(range.lowerBound)
    line = before.reduce(1) { $0 + ($1 == 10 ? 1 : 0) }
    column = range.lowerBound - (before.lastIndex(of: 10) ?? -1)
  }

  /// `1:5: parse error: unexpected right parenthesis ')'`
  public var description: String { "\(line):\(column): parse error: \(message)" }
}
