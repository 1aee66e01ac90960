/// A regular expression in RE2's syntax that must match a text from end to end, as those of matchers and of
/// `label_replace` do. A match takes time in proportion to the text, whatever the expression is.
public struct Pattern: Sendable {
  /// As it was written.
  public let text: String
  private let program: PatternProgram
  private let captureNames: [String]
  /// Texts that match, where the expression is a list of them.
  private let words: Set<[UInt8]>?
  /// What every match begins with, where anything without line ends may follow.
  private let prefix: [UInt8]?
  /// What is captured is copied for each way that a match may take.
  private static let mostGroups = 500

  /// Reads the expression.
  public init(_ text: String) throws(PatternError) {
    self.text = text
    var reader = PatternReader("^(?:" + text + ")$")
    let node = try reader.read()
    captureNames = reader.captureNames
    if captureNames.count > Self.mostGroups { throw PatternError("too many groups", text) }
    program = try PatternProgram(node, of: text)
    let plain = text.utf8.allSatisfy { $0.isWord || $0 >= 0x80 || " -:/,".utf8.contains($0) || $0 == 124 }
    words = plain ? Set(text.utf8.split(separator: 124, omittingEmptySubsequences: false).map(Array.init)) : nil
    if text.hasSuffix(".*"),
      text.utf8.dropLast(2).allSatisfy({ $0.isWord || $0 >= 0x80 || " -:/,".utf8.contains($0) })
    {
      prefix = Array(text.utf8.dropLast(2))
    } else {
      prefix = nil
    }
  }

  /// An error if a text is an expression only between the parentheses that are put around it, as `a)|(b`.
  public static func requireWhole(_ text: String) throws(PatternError) {
    var reader = PatternReader(text)
    _ = try reader.read()
  }

  /// Whether the whole text matches.
  public func matches(_ value: String) -> Bool {
    if let words { return words.contains(Array(value.utf8)) }
    if let prefix { return value.utf8.starts(with: prefix) && !value.utf8.dropFirst(prefix.count).contains(10) }
    return PatternMachine(program, keepsCaptures: false).match(value, captures: 0) != nil
  }

  /// The template with `$1`, `${name}` and `$$` replaced by what was captured; nil if the text does not match.
  public func expanded(_ template: String, for value: String) -> String? {
    guard let captures = PatternMachine(program, keepsCaptures: true).match(value, captures: captureNames.count) else {
      return nil
    }
    let octets = Array(value.utf8)
    var out: [UInt8] = []
    let pieces = Array(template.utf8)
    var index = 0
    while index < pieces.count {
      guard pieces[index] == UInt8(ascii: "$") else {
        out.append(pieces[index])
        index += 1
        continue
      }
      if index + 1 < pieces.count, pieces[index + 1] == UInt8(ascii: "$") {
        out.append(pieces[index])
        index += 2
        continue
      }
      guard let (name, end) = Self.reference(pieces, at: index + 1) else {
        out.append(pieces[index])
        index += 1
        continue
      }
      index = end
      if let number = number(of: name), captures[number * 2] >= 0, captures[number * 2 + 1] >= 0 {
        out += octets[captures[number * 2]..<captures[number * 2 + 1]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The name behind a `$` and where it ends.
  private static func reference(_ pieces: [UInt8], at begin: Int) -> (name: String, end: Int)? {
    var first = begin
    let isBraced = begin < pieces.count && pieces[begin] == UInt8(ascii: "{")
    if isBraced { first += 1 }
    var end = first
    while end < pieces.count, pieces[end].isWord { end += 1 }
    if end == first || isBraced && (end >= pieces.count || pieces[end] != UInt8(ascii: "}")) { return nil }
    return (String(decoding: pieces[first..<end], as: UTF8.self), isBraced ? end + 1 : end)
  }

  private func number(of name: String) -> Int? {
    if name.utf8.allSatisfy({ $0.isDigit }) {
      if name.utf8.count > 1, name.hasPrefix("0") { return nil }
      guard let number = Int(name), number < captureNames.count else { return nil }
      return number
    }
    return captureNames.lastIndex(of: name)
  }
}
