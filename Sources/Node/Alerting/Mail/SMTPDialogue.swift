import Foundation
import Primitives
import Sys

/// Hands a mail to a server: one connection a mail (RFC 5321).
struct SMTPDialogue {
  /// What became of a mail.
  struct Outcome: Hashable {
    /// Whom the server takes it for.
    var taken: [String] = []
    /// Whom it never will, and why.
    var refused: [String: String] = [:]
    /// Whom it does not now, and why.
    var postponed: [String: String] = [:]
    /// Why the mail itself will never be taken; nil if it was, or may be.
    var refusal: String?
  }

  private let connection: any MailConnection
  private let settings: MailSettings
  /// By what name it greets.
  private let greeting: String
  private let isStopping: @Sendable () -> Bool
  private let until: Int64
  private var extensions: [String: String] = [:]

  private static let sliceNanos = 200 * Nanos.perMillisecond

  init(
    _ connection: any MailConnection, _ settings: MailSettings, greeting: String,
    isStopping: @escaping @Sendable () -> Bool
  ) {
    self.connection = connection
    self.settings = settings
    self.greeting = greeting
    self.isStopping = isStopping
    until = Clock.monotonicNanos() + Limits.mailSeconds * Nanos.perSecond
  }

  /// - Throws: why nothing was handed over; it may be the next time.
  mutating func run(_ message: [UInt8], to recipients: [String]) throws -> Outcome {
    try require(try reply(), "it does not greet")
    try greet()
    if settings.security == .startTLS { try secure() }
    if settings.user != nil { try authenticate() }
    let outcome = try handOver(message, to: recipients)
    // It is polite, and nothing depends on it.
    try? connection.send(Array("QUIT\r\n".utf8))
    return outcome
  }

  // MARK: who speaks

  private mutating func greet() throws {
    extensions = [:]
    let answer = try ask("EHLO \(greeting)")
    if answer.isPositive {
      for line in answer.lines.dropFirst() {
        let words = line.split(separator: " ", maxSplits: 1)
        if let name = words.first { extensions[name.uppercased()] = words.count > 1 ? words[1].uppercased() : "" }
      }
    } else {
      try require(try ask("HELO \(greeting)"), "it does not take our greeting")
    }
  }

  private mutating func secure() throws {
    // Nothing is said in the clear to who pretends that there is no other way.
    if extensions["STARTTLS"] == nil { throw SMTPFault("it offers no STARTTLS") }
    try require(try ask("STARTTLS"), "it refuses STARTTLS")
    try connection.secure()
    try greet()
  }

  private func authenticate() throws {
    let ways = Set((extensions["AUTH"] ?? "").split(separator: " ").map(String.init))
    let user = Array((settings.user ?? "").utf8)
    if ways.contains("PLAIN") {
      let word = Data([0] + user + [0] + settings.password).base64EncodedString()
      return try require(try ask("AUTH PLAIN \(word)"), "it does not let \(settings.user ?? "") in")
    }
    if !ways.contains("LOGIN") { throw SMTPFault("it offers neither AUTH PLAIN nor AUTH LOGIN") }
    try require(try ask("AUTH LOGIN"), "it refuses AUTH LOGIN")
    try require(try ask(Data(user).base64EncodedString()), "it does not take the user's name")
    try require(
      try ask(Data(settings.password).base64EncodedString()), "it does not let \(settings.user ?? "") in")
  }

  // MARK: the mail

  private func handOver(_ message: [UInt8], to recipients: [String]) throws -> Outcome {
    var outcome = Outcome()
    let size = extensions["SIZE"] == nil ? "" : " SIZE=\(message.count)"
    try require(try ask("MAIL FROM:<\(settings.from.address)>\(size)"), "it refuses the sender")
    for recipient in recipients {
      let answer = try ask("RCPT TO:<\(recipient)>")
      if answer.isPositive {
        outcome.taken.append(recipient)
      } else if answer.isFinal {
        outcome.refused[recipient] = answer.text
      } else {
        outcome.postponed[recipient] = answer.text
      }
    }
    if outcome.taken.isEmpty { return outcome }
    let answer = try ask("DATA")
    if answer.code != 354 { return try Self.refuse(answer, &outcome) }
    try requireSilence()
    try connection.send(Self.stuffed(message))
    let last = try reply()
    return last.isPositive ? outcome : try Self.refuse(last, &outcome)
  }

  private static func refuse(_ answer: SMTPReply, _ outcome: inout Outcome) throws -> Outcome {
    if !answer.isFinal { throw SMTPFault("it does not take the mail: \(answer.text)") }
    outcome.taken = []
    outcome.refusal = answer.text
    return outcome
  }

  /// A dot at the beginning of a line is doubled, and one by itself ends it (RFC 5321 section 4.5.2).
  static func stuffed(_ message: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.count + 8)
    var isAtStart = true
    for byte in message {
      if isAtStart && byte == UInt8(ascii: ".") { bytes.append(byte) }
      bytes.append(byte)
      isAtStart = byte == 0x0A
    }
    if !isAtStart { bytes += Array("\r\n".utf8) }
    return bytes + Array(".\r\n".utf8)
  }

  // MARK: words

  private func require(_ reply: SMTPReply, _ cause: String) throws {
    if !reply.isPositive { throw SMTPFault("\(cause): \(reply.text)") }
  }

  /// What was said without being asked would be taken for the answer to what is asked next.
  private func requireSilence() throws {
    if let line = try connection.line(waitNanos: 0) {
      let shown = MailMessage.line(String(decoding: line.prefix(80), as: UTF8.self), longest: 80)
      throw SMTPFault("it says more than it was asked: \(shown)")
    }
  }

  private func ask(_ command: String) throws -> SMTPReply {
    try requireSilence()
    try connection.send(Array("\(command)\r\n".utf8))
    return try reply()
  }

  private func reply() throws -> SMTPReply {
    let last = min(until, Clock.monotonicNanos() + Limits.mailReplySeconds * Nanos.perSecond)
    var reader = SMTPReply.Reader()
    while true {
      let now = Clock.monotonicNanos()
      if now >= last { throw SMTPFault("it did not answer in time") }
      if isStopping() { throw SMTPFault("the node stops") }
      guard let line = try connection.line(waitNanos: min(last - now, Self.sliceNanos)) else { continue }
      guard let reply = try reader.take(line) else { continue }
      // It is about to close, whatever was asked (RFC 5321 section 3.8).
      if reply.code == 421 { throw SMTPFault("it goes away: \(reply.text)") }
      return reply
    }
  }
}
