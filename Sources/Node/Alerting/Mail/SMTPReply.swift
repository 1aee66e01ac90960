import Primitives

/// What a mail server answers to a command (RFC 5321 section 4.2): a code and lines.
struct SMTPReply: Hashable, Sendable {
  var code: Int
  var lines: [String]

  var isPositive: Bool { (200..<400).contains(code) }
  /// It will be refused whenever it is asked again.
  var isFinal: Bool { (500..<600).contains(code) }

  /// For people: a line of it, without what could be taken for something else.
  var text: String {
    let words = MailMessage.line(lines.joined(separator: " "), longest: 200)
    return words.isEmpty ? "\(code)" : "\(code) \(words)"
  }

  /// Reads lines until the last one, which has a blank behind its code.
  struct Reader {
    private var code: Int?
    private var lines: [String] = []

    /// The reply, if the line ends it.
    ///
    /// - Throws: what is wrong with the line.
    mutating func take(_ line: [UInt8]) throws(SMTPFault) -> SMTPReply? {
      let digits = line.prefix(3)
      guard digits.count == 3, digits.allSatisfy({ (48...57).contains($0) }), (50...53).contains(digits[0]),
        line.count == 3 || line[3] == UInt8(ascii: " ") || line[3] == UInt8(ascii: "-")
      else { throw SMTPFault("it does not speak SMTP: \(Self.shown(line))") }
      let found = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
      if let code, code != found { throw SMTPFault("a reply has two codes: \(code) and \(found)") }
      code = found
      if lines.count >= Limits.mailReplyLines {
        throw SMTPFault("a reply has more than \(Limits.mailReplyLines) lines")
      }
      lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
      if line.count > 3 && line[3] == UInt8(ascii: "-") { return nil }
      return SMTPReply(code: found, lines: lines)
    }

    private static func shown(_ line: [UInt8]) -> String {
      MailMessage.line(String(decoding: line.prefix(80), as: UTF8.self), longest: 80)
    }
  }
}

/// Why a mail could not be handed over.
struct SMTPFault: Error, Hashable, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
