import Foundation
import Primitives
import Text

/// A mail as it is sent (RFC 5322): seven bits, short lines, the same octets over every attempt.
struct MailMessage {
  var from: MailAddress
  var to: [MailAddress]
  var subject: String
  var text: String
  var time: UnixNanos
  /// Without brackets.
  var messageID: String
  /// The mail that this one follows; nil if it follows none.
  var inReplyTo: String?
  var isUrgent = false

  /// With CR LF at the end of each line, and no dot of its own yet.
  var bytes: [UInt8] {
    var lines = [
      "Date: \(Self.date(time))", Self.folded("From", Self.mailbox(from)),
      Self.folded("To", Self.list(to)),
      Self.folded("Subject", Self.words(Self.line(subject, longest: Limits.mailSubjectLength))),
      "Message-ID: <\(messageID)>",
    ]
    if let inReplyTo { lines += ["In-Reply-To: <\(inReplyTo)>", "References: <\(inReplyTo)>"] }
    if isUrgent { lines += ["Importance: high", "X-Priority: 1"] }
    lines += [
      // No holiday notice answers it (RFC 3834).
      "Auto-Submitted: auto-generated", "X-Mailer: ThiNai", "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "",
    ]
    lines += Self.base64(Array(Self.withLineEnds(text).utf8))
    return lines.flatMap { Array("\($0)\r\n".utf8) }
  }

  // MARK: headers

  /// One line of it: what would begin another header is a blank.
  static func line(_ text: String, longest: Int) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      let isControl =
        scalar.value < 32 || (127..<160).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
      line.unicodeScalars.append(isControl ? " " : scalar)
    }
    return line.count > longest ? line.prefix(longest - 1) + "…" : line
  }

  /// A text as words of a header (RFC 2047): as it is, if nothing in it could be taken for something else.
  static func words(_ text: String) -> [String] {
    let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
    if isPlain {
      let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      if words.allSatisfy({ $0.utf8.count <= 70 }) { return words.isEmpty ? [""] : words }
    }
    return encoded(text)
  }

  /// An encoded word has 75 characters at the most: 45 octets and their frame; no character is cut.
  private static func encoded(_ text: String) -> [String] {
    var words: [String] = []
    var held: [UInt8] = []
    for scalar in text.unicodeScalars {
      let octets = Array(String(scalar).utf8)
      if held.count + octets.count > 45 {
        words.append(word(held))
        held = []
      }
      held += octets
    }
    if !held.isEmpty { words.append(word(held)) }
    return words
  }

  private static func word(_ octets: [UInt8]) -> String { "=?utf-8?B?\(Data(octets).base64EncodedString())?=" }

  private static func list(_ addresses: [MailAddress]) -> [String] {
    addresses.enumerated().flatMap { place, address in
      var words = mailbox(address)
      if place + 1 < addresses.count { words[words.count - 1] += "," }
      return words
    }
  }

  private static func mailbox(_ address: MailAddress) -> [String] {
    if address.name.isEmpty { return [address.address] }
    let name = line(address.name, longest: 100)
    let isAtom = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x20 || byte == 0x2D
    }
    let isPlain = name.utf8.allSatisfy { $0 < 0x7F } && name.utf8.count <= 60
    return (isAtom ? words(name) : isPlain ? [quoted(name)] : encoded(name)) + ["<\(address.address)>"]
  }

  private static func quoted(_ name: String) -> String {
    "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// A header whose lines have 76 characters, where its words let them (RFC 5322 section 2.2.3).
  private static func folded(_ name: String, _ words: [String]) -> String {
    var header = "\(name):"
    var length = header.utf8.count
    for word in words {
      if length + 1 + word.utf8.count > 76 && length > name.utf8.count + 1 {
        header += "\r\n"
        length = 0
      }
      header += " " + word
      length += 1 + word.utf8.count
    }
    return header
  }

  /// `Mon, 30 Nov 2026 08:08:25 +0000` (RFC 5322 section 3.3).
  static func date(_ time: UnixNanos) -> String {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    let day = flooredDivision(seconds, by: 86_400)
    let date = CalendarDate(daysSinceEpoch: Int(day))
    let second = Int(seconds - day * 86_400)
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let clock = [second / 3_600, second / 60 % 60, second % 60].map { $0.padded(to: 2) }.joined(separator: ":")
    return "\(days[(Int(day) % 7 + 7) % 7]), \(date.day) \(months[date.month - 1]) \(date.year) \(clock) +0000"
  }

  // MARK: the text

  /// With the line ends that a text of a mail has.
  private static func withLineEnds(_ text: String) -> String {
    var result = ""
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { result += line + "\r\n" }
    return result
  }

  private static func base64(_ bytes: [UInt8]) -> [String] {
    var lines: [String] = []
    // 57 octets are 76 characters.
    for start in stride(from: 0, to: bytes.count, by: 57) {
      lines.append(Data(bytes[start..<min(start + 57, bytes.count)]).base64EncodedString())
    }
    return lines
  }
}
