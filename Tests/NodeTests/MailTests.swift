import Foundation
import Primitives
import Synchronization
import Sys
import Testing
import Text

@testable import Node

/// A mail server in memory: it answers as it was told to, and keeps what it was sent.
final class ScriptedMailServer: MailTransport, @unchecked Sendable {
  // Sound: one thread uses it.
  /// Answers by what a command begins with; what is not listed is answered with 250.
  var answers: [String: [String]]
  /// Where the connection ends: before the answer to that command.
  var diesAt: String?
  private(set) var commands: [String] = []
  private(set) var mails: [String] = []
  private(set) var connections = 0
  private(set) var closed = 0
  fileprivate var isSecure = false

  init(_ answers: [String: [String]] = [:], diesAt: String? = nil) {
    self.answers = answers
    self.diesAt = diesAt
  }

  func open(_ settings: MailSettings) throws -> any MailConnection {
    if diesAt == "open" { throw SMTPFault("connection refused") }
    connections += 1
    isSecure = settings.security == .tls
    return Connection(self)
  }

  private func answer(_ command: String) -> [String] {
    let word = answers.keys.filter { command.hasPrefix($0) }.max { $0.count < $1.count }
    if let word { return answers[word] ?? [] }
    return command == "DATA" ? ["354 go on"] : ["250 ok"]
  }

  private final class Connection: MailConnection {
    private let server: ScriptedMailServer
    private var lines: [String]
    private var mail: String?

    init(_ server: ScriptedMailServer) {
      self.server = server
      lines = server.answers["greeting"] ?? ["220 mail.test"]
    }

    func send(_ bytes: [UInt8]) throws {
      let text = String(decoding: bytes, as: UTF8.self)
      if mail != nil {
        mail = nil
        server.mails.append(text)
        if server.diesAt == "end" { throw SMTPFault("the connection was closed") }
        lines += server.answers["end"] ?? ["250 taken"]
        return
      }
      // A line end is one character.
      let command = String(text.dropLast())
      #expect(text.hasSuffix("\r\n") && command.utf8.allSatisfy { $0 >= 0x20 })
      server.commands.append(command)
      if let diesAt = server.diesAt, command.hasPrefix(diesAt) { throw SMTPFault("the connection was closed") }
      let answer = server.answer(command)
      if answer.first?.hasPrefix("354") ?? false { mail = "" }
      lines += answer
    }

    func line(waitNanos: Int64) throws -> [UInt8]? { lines.isEmpty ? nil : Array(lines.removeFirst().utf8) }

    func secure() throws {
      if !lines.isEmpty { throw SMTPFault("it said something before it was secure") }
      server.isSecure = true
    }

    func close() { server.closed += 1 }
  }
}

@Suite struct MailTests {
  private static func settings(
    _ security: MailSettings.Security = .none, to: [String] = ["a@x.vn", "b@x.vn"]
  ) throws -> MailSettings {
    MailSettings(
      name: "mail", host: "mail.test", port: 25, security: security,
      from: try #require(MailAddress("Thị Nại <thinai@q.vn>")), to: try to.map { try #require(MailAddress($0)) })
  }

  private static func batch(
    _ notices: [JSONValue] = [NoticeTemplateTests.notice()], done: Set<String> = []
  ) -> OutboxBatch {
    OutboxBatch(
      id: notices.count == 1 ? "n1" : "g1",
      deliveries: notices.enumerated().map {
        OutboxDelivery(id: "n\($0.offset + 1)", created: 0, order: "o", body: $0.element.serialized)
      }, doneParts: done)
  }

  private func send(
    _ server: ScriptedMailServer, _ settings: MailSettings? = nil, _ batch: OutboxBatch = batch(),
    isStopping: Bool = false
  ) throws -> SendOutcome {
    let channel = MailChannel(try settings ?? Self.settings(), node: "n_01", transport: server)
    return channel.send(batch) { isStopping }
  }

  @Test func aMailIsHandedOver() throws {
    let server = ScriptedMailServer(["EHLO": ["250-mail.test", "250-SIZE 1000", "250 PIPELINING"]])
    let outcome = try send(server)
    #expect(outcome.taken == ["n1"] && outcome.failure == nil && outcome.refused.isEmpty)
    #expect(server.commands[0] == "EHLO n-01.q.vn" && server.commands[1].hasPrefix("MAIL FROM:<thinai@q.vn> SIZE="))
    #expect(server.commands[2...].elementsEqual(["RCPT TO:<a@x.vn>", "RCPT TO:<b@x.vn>", "DATA", "QUIT"]))
    #expect(server.connections == 1 && server.closed == 1)
    let mail = try #require(server.mails.first)
    #expect(mail.hasSuffix("\r\n.\r\n"))
    let lines = mail.components(separatedBy: "\r\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } })
    #expect(lines.contains("Message-ID: <n1@q.vn>") && lines.contains("Date: Fri, 20 Nov 2026 07:12:30 +0000"))
    #expect(lines.contains("From: =?utf-8?B?VGjhu4sgTuG6oWk=?= <thinai@q.vn>") && lines.contains("To: a@x.vn, b@x.vn"))
    // The same over every attempt.
    let other = ScriptedMailServer()
    _ = try send(other)
    #expect(other.mails == server.mails)
  }

  @Test func aSmallServerIsGreetedTheOldWay() throws {
    let server = ScriptedMailServer(["EHLO": ["502 what"], "greeting": ["220-a", "220 b"]])
    #expect(try send(server).taken == ["n1"])
    #expect(server.commands[1] == "HELO n-01.q.vn" && server.commands[2] == "MAIL FROM:<thinai@q.vn>")
  }

  @Test func whoIsRefusedCostsNobodyElse() throws {
    let server = ScriptedMailServer(["RCPT TO:<b@x.vn>": ["550 5.1.1 no such user"]])
    let outcome = try send(server)
    #expect(outcome.taken == ["n1"] && outcome.failure == nil)
    #expect(outcome.remarks["b@x.vn"] == "b@x.vn is refused: 550 5.1.1 no such user")
    #expect(outcome.remarks["a@x.vn"] == .some(nil) && server.mails.count == 1)
    // All of them: it is given up.
    let all = ScriptedMailServer(["RCPT": ["550 no"]])
    let none = try send(all)
    #expect(none.refused == ["n1"] && none.taken.isEmpty && all.mails.isEmpty)
  }

  @Test func whoIsNotTakenNowIsTriedAgainAlone() throws {
    let server = ScriptedMailServer(["RCPT TO:<b@x.vn>": ["451 greylisted"]])
    let outcome = try send(server)
    #expect(outcome.taken.isEmpty && outcome.doneParts == ["a@x.vn"])
    #expect(outcome.failure == "b@x.vn: 451 greylisted")
    server.answers = [:]
    let again = try send(server, nil, Self.batch(done: outcome.doneParts))
    #expect(again.taken == ["n1"] && server.commands.suffix(3).elementsEqual(["RCPT TO:<b@x.vn>", "DATA", "QUIT"]))
    // The mail is the same one.
    #expect(server.mails.count == 2 && server.mails[0] == server.mails[1])
    #expect(try send(server, nil, Self.batch(done: ["a@x.vn", "b@x.vn"])).taken == ["n1"] && server.connections == 2)
  }

  @Test(arguments: [
    (["end": ["554 it is spam"]], true), (["DATA": ["552 too large"]], true), (["end": ["451 later"]], false),
    (["MAIL": ["550 not you"]], false), (["greeting": ["554 go away"]], false), (["RCPT": ["421 closing"]], false),
    (["EHLO": ["250-a", "220 b"]], false), (["EHLO": ["SSH-2.0-OpenSSH"]], false), (["MAIL": ["99 x"]], false),
    (["EHLO": Array(repeating: "250-x", count: 200)], false), (["MAIL": ["250 a", "250 b"]], false),
  ]) func whatTheServerSaysDecides(answers: [String: [String]], isFinal: Bool) throws {
    let outcome = try send(ScriptedMailServer(answers))
    #expect(outcome.taken.isEmpty && (outcome.refused == ["n1"]) == isFinal && (outcome.failure == nil) == isFinal)
    #expect(isFinal == (outcome.remarks["mail"] != nil))
  }

  @Test(arguments: ["open", "EHLO", "MAIL", "RCPT", "DATA", "end"])
  func whatDiesIsTriedAgain(where place: String) throws {
    let outcome = try send(ScriptedMailServer(diesAt: place))
    #expect(outcome.failure?.hasPrefix("mail.test: ") == true && outcome.taken.isEmpty && outcome.doneParts.isEmpty)
  }

  @Test func aServerThatSaysNothingIsNotWaitedForAtTheEnd() throws {
    #expect(try send(ScriptedMailServer(["greeting": []]), isStopping: true).failure == "mail.test: the node stops")
    try SimulatedMachine(startNanos: 0).run {
      let channel = MailChannel(try Self.settings(), node: "n", transport: nil)
      #expect(channel.send(Self.batch()) { false }.failure == "this program sends no mail")
    }
  }

  // MARK: what is kept from others

  @Test func aPasswordGoesOverTLSAlone() throws {
    var settings = try Self.settings(.startTLS)
    (settings.user, settings.password) = ("trực", Array("bí mật".utf8))
    let offers = ["250-a", "250-STARTTLS", "250 AUTH LOGIN PLAIN"]
    let server = ScriptedMailServer(["EHLO": offers, "STARTTLS": ["220 go"], "AUTH": ["235 welcome"]])
    #expect(try send(server, settings).taken == ["n1"])
    let word = Data("\0trực\0bí mật".utf8).base64EncodedString()
    #expect(
      server.commands[..<4].elementsEqual(["EHLO n-01.q.vn", "STARTTLS", "EHLO n-01.q.vn", "AUTH PLAIN \(word)"]))
    // Whoever takes the offer away gets nothing.
    let stripped = ScriptedMailServer(["EHLO": ["250-a", "250 AUTH PLAIN"]])
    #expect(try send(stripped, settings).failure == "mail.test: it offers no STARTTLS")
    #expect(stripped.commands == ["EHLO n-01.q.vn"] && stripped.mails.isEmpty)
    // Nor who says something in the clear that we would believe behind the lock.
    let eager = ScriptedMailServer(["EHLO": offers, "STARTTLS": ["220 go", "250 AUTH PLAIN"]])
    #expect(try send(eager, settings).failure == "mail.test: it said something before it was secure")
  }

  @Test func otherWaysToSayWhoOneIs() throws {
    var settings = try Self.settings(.tls)
    (settings.user, settings.password) = ("u", Array("p".utf8))
    let server = ScriptedMailServer([
      "EHLO": ["250-a", "250 AUTH LOGIN"], "AUTH LOGIN": ["334 VXNlcm5hbWU6"], "dQ==": ["334 UGFzc3dvcmQ6"],
      "cA==": ["235 in"],
    ])
    #expect(try send(server, settings).taken == ["n1"])
    let none = ScriptedMailServer(["EHLO": ["250-a", "250 AUTH GSSAPI"]])
    #expect(try send(none, settings).failure == "mail.test: it offers neither AUTH PLAIN nor AUTH LOGIN")
    let closed = ScriptedMailServer(["EHLO": ["250 AUTH PLAIN"], "AUTH": ["535 bad"]])
    // The first line of an answer to EHLO is the server's name.
    closed.answers["EHLO"] = ["250-a", "250 AUTH PLAIN"]
    #expect(try send(closed, settings).failure == "mail.test: it does not let u in: 535 bad")
  }

  // MARK: the message

  @Test func namesThatWouldBeHeadersAreNone() throws {
    let evil = "x\r\nBcc: evil@x.vn\r\n\r\n.\r\nMAIL FROM:<a@b.vn>\u{2028}\u{0}"
    let server = ScriptedMailServer()
    #expect(
      try send(server, nil, Self.batch([NoticeTemplateTests.notice(message: evil, device: evil)])).taken == ["n1"])
    let lines = try #require(server.mails.first).components(separatedBy: "\r\n")
    #expect(!lines.contains { $0.hasPrefix("Bcc") || $0.hasPrefix("MAIL") } && lines.count { $0 == "." } == 1)
    #expect(
      MailMessage.line("a\r\nb\u{85}c", longest: 9) == "a  b c" && MailMessage.line("abcdef", longest: 4) == "abc…")
  }

  @Test func wordsOfHeadersComeBack() {
    #expect(MailMessage.words("plain text") == ["plain", "text"])
    #expect(MailMessage.words("=?utf-8?Q?x?=") == ["=?utf-8?B?PT91dGYtOD9RP3g/PQ==?="])
    let text = String(repeating: "Mực nước 🌊 ", count: 20)
    let words = MailMessage.words(text)
    #expect(words.allSatisfy { $0.utf8.count <= 75 } && words.count > 3)
    let octets = words.flatMap { Data(base64Encoded: String($0.dropFirst(10).dropLast(2))).map { Array($0) } ?? [] }
    #expect(String(decoding: octets, as: UTF8.self) == text)
  }

  @Test func dotsAtTheBeginningOfLinesAreDoubled() {
    func stuffed(_ text: String) -> String { String(decoding: SMTPDialogue.stuffed(Array(text.utf8)), as: UTF8.self) }
    #expect(stuffed(".\r\n..a\r\nb.\r\n") == "..\r\n...a\r\nb.\r\n.\r\n")
    #expect(stuffed("a") == "a\r\n.\r\n" && stuffed("") == ".\r\n")
  }

  @Test func aMailSaysWhatItIsAbout() throws {
    func content(_ notices: [JSONValue], _ settings: MailSettings? = nil) throws -> (head: String, text: String) {
      let server = ScriptedMailServer()
      _ = try send(server, settings, Self.batch(notices))
      let parts = try #require(server.mails.first).components(separatedBy: "\r\n\r\n")
      let body = parts[1].components(separatedBy: "\r\n").dropLast(2).joined()
      return (parts[0], String(decoding: try #require(Data(base64Encoded: body)), as: UTF8.self))
    }
    let one = try content([NoticeTemplateTests.notice(message: "down", severity: "critical", children: ["c1", "c2"])])
    #expect(one.head.contains("Subject: [CRITICAL] down") && one.head.contains("Importance: high"))
    #expect(!one.head.contains("In-Reply-To") && one.head.contains("Auto-Submitted: auto-generated"))
    for text in ["down\r\n", "Quy Nhơn (21553)", "61.2", "2: c1, c2", "mua-lon", "n-01"] {
      #expect(one.text.contains(text))
    }
    let end = try content([NoticeTemplateTests.notice(message: "up", state: "resolved")])
    let begin = AlarmWording.noticeID("n-01", alarm: "a1", state: "firing")
    #expect(end.head.contains("Subject: [OK] up") && end.head.contains("In-Reply-To: <\(begin)@q.vn>"))
    let many = try content([NoticeTemplateTests.notice(message: "a"), NoticeTemplateTests.notice(message: "b")])
    #expect(
      many.head.contains("Subject: [WARNING] a (+1)") && many.text.contains("a\r\n") && many.text.contains("b\r\n"))
    var own = try Self.settings()
    own.subject = try NoticeTemplate("{count} x {rule}", form: .text)
    own.body = try NoticeTemplate("{alerts}", form: .text)
    own.link = "https://t.vn"
    let third = try content([NoticeTemplateTests.notice(message: ".a\n.b")], own)
    #expect(third.head.contains("Subject: 1 x mua-lon") && third.text == ".a\r\n.b\r\n")
  }

  @Test func daysHaveTheirNames() {
    #expect(MailMessage.date(0) == "Thu, 1 Jan 1970 00:00:00 +0000")
    #expect(MailMessage.date(-1) == "Wed, 31 Dec 1969 23:59:59 +0000")
    #expect(MailMessage.date(1_709_210_096 * Nanos.perSecond) == "Thu, 29 Feb 2024 12:34:56 +0000")
  }

  @Test func repliesAreReadStrictly() throws {
    var reader = SMTPReply.Reader()
    #expect(try reader.take(Array("250-a".utf8)) == nil)
    #expect(try reader.take(Array("250".utf8)) == SMTPReply(code: 250, lines: ["a", ""]))
    for line in ["", "25", "2500 x", "250x", "150 x", "650 x", "abc d"] {
      var other = SMTPReply.Reader()
      #expect(throws: SMTPFault.self) { _ = try other.take(Array(line.utf8)) }
    }
    #expect(
      SMTPReply(code: 250, lines: ["a\r\nb", ""]).text == "250 a  b " && SMTPReply(code: 550, lines: [""]).text == "550"
    )
  }
}
