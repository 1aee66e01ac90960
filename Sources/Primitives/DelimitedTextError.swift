/// What breaks the rules of a delimited text, and where.
public struct DelimitedTextError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line of the file, from 1, where the value begins that is at fault.
  public var line: Int
  /// Why, for a message `cannot read <file> line <line>: <cause>`.
  public var cause: String

  public init(line: Int, cause: String) {
    self.line = line
    self.cause = cause
  }

  /// `line 12: a quoted value is not closed`.
  public var description: String { "line \(line): \(cause)" }
}
