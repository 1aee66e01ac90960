/// A word, a sign, a number or a text of an expression.
struct Token: Sendable {
  var kind: TokenKind
  /// Octets of the input.
  var range: Range<Int>
  /// As it stands in the input.
  var text: String

  /// How an error names it.
  var inWords: String {
    switch kind {
    case .end: "end of input"
    case .comment: "comment \(quoted)"
    case .identifier: "identifier \(text.quoted)"
    case .metricIdentifier: "metric identifier \(text.quoted)"
    case .number: "number \(quoted)"
    case .duration: "duration \(quoted)"
    case .string: "string \(quoted)"
    case .binary, .at, .matchesPattern, .matchesNoPattern: "<op:\(text)>"
    case .aggregation: "<aggr:\(text)>"
    case .keyword: "<\(text)>"
    default: text.quoted
    }
  }

  private var quoted: String {
    text.utf8.count > 10 ? String(text.unicodeScalars.prefix(10)).quoted + "..." : text.quoted
  }
}
