import Foundation
import Logging
import Synchronization
import Testing

@testable import Node

/// What a line of the log looks like, whoever reads it.
@Suite struct LineLogTests {
  private final class Lines: Sendable {
    private let bytes = Mutex<[[UInt8]]>([])

    func write(_ line: [UInt8]) { bytes.withLock { $0.append(line) } }
    var all: [String] { bytes.withLock { $0 }.map { String(decoding: $0, as: UTF8.self) } }
  }

  private func logger(
    _ lines: Lines, _ change: (inout LogSettings) -> Void = { _ in }, isJournal: Bool = false
  ) -> Logger {
    var settings = LogSettings()
    change(&settings)
    let fixed = settings
    return Logger(label: "thinai.node") {
      LineLog(label: $0, fixed, isJournal: isJournal) { lines.write($0) }
    }
  }

  /// The line without its time, which must be RFC 3339, UTC, to the millisecond.
  private func rest(_ line: String, prefix: String = "") throws -> String {
    let time = try Regex(#"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z "#)
    #expect(line.hasPrefix(prefix))
    let found = try #require(try time.prefixMatch(in: line.dropFirst(prefix.count)), "\(line)")
    return String(line[found.range.upperBound...])
  }

  @Test func aLineOfText() throws {
    let lines = Lines()
    var log = logger(lines)
    log[metadataKey: "listener"] = "line"
    log.info("listens on [::]:8089 for line")
    log.warning("refused", metadata: ["device": "trạm mưa", "address": "10.0.0.7", "empty": "", "say": "a=\"b\""])
    log.debug("nobody asked for it")
    #expect(try rest(lines.all[0]) == "info node: listens on [::]:8089 for line listener=line\n")
    #expect(
      try rest(lines.all[1])
        == "warning node: refused address=10.0.0.7 device=\"trạm mưa\" empty=\"\" listener=line say=\"a=\\\"b\\\"\"\n")
    #expect(lines.all.count == 2)
  }

  @Test func levelsAreAsTheyAreAskedFor() {
    let lines = Lines()
    let log = logger(lines, { $0.level = .error })
    for level in Logger.Level.allCases { log.log(level: level, "\(level)") }
    #expect(lines.all.count == 2)
    #expect(lines.all[0].contains(" error node: error") && lines.all[1].contains(" critical node: critical"))
  }

  @Test func theJournalGetsPriorities() throws {
    let lines = Lines()
    let log = logger(lines, { $0.level = .trace }, isJournal: true)
    for level in Logger.Level.allCases { log.log(level: level, "x") }
    for (line, priority) in zip(lines.all, [7, 7, 6, 5, 4, 3, 2]) {
      #expect(try rest(line, prefix: "<\(priority)>").hasSuffix(" node: x\n"))
    }
    // An object has its level in it.
    logger(lines, { $0.format = .json }, isJournal: true).info("x")
    #expect(lines.all.last?.hasPrefix("{") == true)
  }

  @Test func aLineOfJSON() throws {
    let lines = Lines()
    let log = logger(lines, { $0.format = .json })
    log.error("a \"b\" \\ \n\u{0}\u{1B}[2J trạm", metadata: ["bytes": "\r", "level": "no", "na\"me": "é"])
    let line = try #require(lines.all.first)
    #expect(line.hasSuffix("}\n") && line.filter { $0.isNewline }.count == 1)
    #expect(line.unicodeScalars.dropLast().allSatisfy { $0.value >= 0x20 })
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
    #expect(object.keys.sorted() == ["bytes", "component", "level", "message", "na\"me", "time"])
    #expect(object["level"] == "error" && object["component"] == "node" && object["na\"me"] == "é")
    #expect(object["message"] == "a \"b\" \\ \\n\\u0000\\u001b[2J trạm" && object["bytes"] == "\\u000d")
  }

  /// What came from the network begins no line, moves no cursor and turns no writing around.
  @Test(
    arguments: [
      ("a\nb", "a\\nb"), ("a\tb", "a\\tb"), ("a\r\nb", "a\\u000d\\nb"), ("\u{1B}[31mred", "\\u001b[31mred"),
      ("\u{9B}2J", "\\u009b2J"), ("\u{7F}", "\\u007f"), ("user\u{202E}gpj.exe", "user\\u202egpj.exe"),
      ("\u{2028}x\u{2066}y", "\\u2028x\\u2066y"), ("Trạm mưa số 3 🌧", "Trạm mưa số 3 🌧"), ("", ""),
    ])
  func controlCharactersAreShown(text: String, shown: String) throws {
    #expect(LogText.clean(text) == shown)
    let lines = Lines()
    logger(lines).info("\(text)", metadata: ["device": "\(text)"])
    let line = try rest(try #require(lines.all.first))
    #expect(line.hasPrefix("info node: \(shown) device="))
    #expect(line.filter { $0.isNewline } == "\n")
  }
}
