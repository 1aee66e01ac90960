/// One name and value of a series.
public struct Label: Hashable, Sendable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// The label that holds a metric's name.
  public static let nameOfMetrics = "__name__"

  /// Whether a label may be called so: a letter or `_`, then also digits.
  public static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.isLetter else { return false }
    return text.utf8.allSatisfy { $0.isWord }
  }
}
