import Primitives

/// A regular expression that messages are held against. Anywhere in the message counts.
public struct MessagePattern: Hashable, Sendable {
  /// As it was written.
  public let text: String

  /// - Throws: what is wrong with the expression.
  public init(_ text: String) throws {
    self.text = text
    _ = try Regex(text)
  }
}

/// Holds messages against patterns, each of which is compiled once. It stays on one thread.
public struct MessageMatcher {
  private var compiled: [String: Regex<AnyRegexOutput>] = [:]

  public init() {}

  /// Whether a message has it; of a long one the beginning counts.
  mutating func matches(_ pattern: MessagePattern, _ message: String) -> Bool {
    guard let regex = compiled[pattern.text] ?? (try? Regex(pattern.text)) else { return false }
    compiled[pattern.text] = regex
    let cut = message.utf8.count <= Limits.matchedMessageBytes ? message[...] : Self.beginning(of: message)
    return (try? regex.firstMatch(in: cut)) != nil
  }

  private static func beginning(of message: String) -> Substring {
    var end = message.utf8.index(message.startIndex, offsetBy: Limits.matchedMessageBytes)
    while end > message.startIndex, end.samePosition(in: message.unicodeScalars) == nil {
      end = message.utf8.index(before: end)
    }
    return message[..<end]
  }
}
