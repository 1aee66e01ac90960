import ArgumentParser
import Foundation
import Primitives
import Sys
import Text

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Sends files of line protocol to a running server.",
    discussion: """
      Files may be packed by gzip. Each part is answered when its rows are durable; lines that are refused are named, and
      the exit code is 1 then. Nothing is remembered of an import that ended early: send the file again, rows that are
      there already are stored once. Where the server asks for a token it is taken from THINAI_TOKEN.
      """)

  @Option(help: "The server.") var url = "http://127.0.0.1:8080"
  @Option(help: "The unit of the lines' times: ns, us, ms, s, m or h.") var precision = "ns"
  @Argument(help: "Files of lines.") var files: [String]

  /// What is sent at once.
  private static let partBytes = 1 << 20
  private static let errorBytes = 2_000

  func run() async throws {
    guard ["ns", "us", "ms", "s", "m", "h"].contains(precision) else {
      throw CommandFailure.misuse("cannot use precision \(precision): it is none of ns, us, ms, s, m, h")
    }
    let client = try ServerClient(url)
    var sum = LineTotals()
    for path in files {
      let totals = try await send(path, client)
      Terminal.say("\(path): \(totals)")
      sum.add(totals)
    }
    if files.count > 1 { Terminal.say("all: \(sum)") }
    if sum.refused + sum.flawed > 0 {
      throw CommandFailure.failed("cannot import all lines: \(sum.refused) were refused, of \(sum.flawed) some fields")
    }
  }

  private func send(_ path: String, _ client: ServerClient) async throws -> LineTotals {
    var file: LineFile
    do {
      file = try LineFile(path, pieceBytes: Self.partBytes)
    } catch {
      throw CommandFailure.failed("cannot read \(path): \(error)")
    }
    var totals = LineTotals()
    while let part = try file.next() {
      if part.isCut {
        totals.refused += 1
        Terminal.say("\(path): a line is too long: \(String(decoding: part.bytes.prefix(80), as: UTF8.self))...")
        continue
      }
      let answer = try await client.write(part.bytes, precision: precision)
      totals.add(answer.totals)
      if let error = answer.error { Terminal.say("\(path): \(error.prefix(Self.errorBytes))") }
    }
    return totals
  }
}

/// What became of lines.
struct LineTotals: CustomStringConvertible {
  var stored = 0
  var refused = 0
  var flawed = 0

  mutating func add(_ other: LineTotals) {
    stored += other.stored
    refused += other.refused
    flawed += other.flawed
  }

  var description: String {
    "\(stored) rows stored, \(refused) lines refused" + (flawed > 0 ? ", of \(flawed) some fields" : "")
  }
}
