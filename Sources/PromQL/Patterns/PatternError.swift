/// Why a regular expression is none.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `missing closing )`
  public var cause: String
  /// The piece of the expression that is at fault.
  public var fragment: String

  init(_ cause: String, _ fragment: String) {
    self.cause = cause
    self.fragment = fragment
  }

  /// ``error parsing regexp: missing closing ): `a(` ``
  public var description: String { "error parsing regexp: \(cause): `\(fragment)`" }
}
