/// One condition that a series' label must fulfil. A label that a series does not have is an empty text.
public struct LabelMatcher: Sendable {
  /// How the label is compared.
  public enum Kind: String, Hashable, Sendable {
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case matchesNot = "!~"
  }

  public let name: String
  public let kind: Kind
  public let value: String
  /// Of `=~` and `!~`.
  public let pattern: Pattern?

  /// Reads the pattern, if the kind has one.
  public init(_ name: String, _ kind: Kind, _ value: String) throws(PatternError) {
    self.name = name
    self.kind = kind
    self.value = value
    if kind == .matches || kind == .matchesNot {
      pattern = try Pattern(value)
      try Pattern.requireWhole(value)
    } else {
      pattern = nil
    }
  }

  /// `name="value"`, which cannot fail.
  public init(_ name: String, equals value: String) {
    self.name = name
    kind = .equal
    self.value = value
    pattern = nil
  }

  /// Octets count, not what Unicode holds to be the same.
  private func isValue(_ text: String) -> Bool {
    text.utf8.count == value.utf8.count && text.utf8.elementsEqual(value.utf8)
  }

  /// Whether a label of that value fulfils it.
  public func matches(_ text: String) -> Bool {
    switch kind {
    case .equal: return isValue(text)
    case .notEqual: return !isValue(text)
    case .matches: return pattern?.matches(text) ?? false
    case .matchesNot: return !(pattern?.matches(text) ?? true)
    }
  }
}

extension LabelMatcher: CustomStringConvertible {
  /// `name=~"value"`
  public var description: String { "\(name)\(kind.rawValue)\(value.quoted)" }
}
