import ArgumentParser
import Foundation
import Text

struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Tells why a device is silent, as far as a running server knows.",
    discussion: "What explains most stands first. Where the server asks for a token it is taken from THINAI_TOKEN.")

  @Option(help: "The server.") var url = "http://127.0.0.1:8080"
  @Option(help: "A file of certificates in PEM that vouch for an https server, instead of the system's.")
  var ca: String?
  @Argument(help: "The device's id.") var device: String

  func run() async throws {
    let id = PercentCoding.encode(device)
    let why = try await ServerClient(url, authorities: ca).object("/v1/devices/\(id)/why")
    for line in Self.lines(why) { Terminal.say(line) }
  }

  /// The answer, line by line.
  static func lines(_ why: JSONValue) -> [String] {
    let id = why["device"]?.text ?? ""
    var lines = ["\(id) is \(why["status"]?.text ?? "unknown"), \(heard(why))"]
    for cause in why["causes"]?.elements ?? [] {
      let alarm = cause["alarm"]?.text.map { " (alarm \($0))" } ?? ""
      lines.append("  \(cause["kind"]?.text ?? ""): \(cause["text"]?.text ?? "")\(alarm)")
    }
    for parent in why["parents"]?.elements ?? [] {
      let (name, status) = (parent["device"]?.text ?? "", parent["status"]?.text ?? "")
      lines.append("  depends on \(name): \(status), last heard \(parent["last_seen"]?.text ?? "never")")
    }
    if let refusal = why["refusal"], let reason = refusal["reason"]?.text {
      let place = refusal["address"]?.text.map { " from \($0)" } ?? ""
      lines.append("  last refused: \(reason)\(place) at \(refusal["last"]?.text ?? "")")
    }
    if let event = why["event"], let time = event["time"]?.text {
      lines.append("  last event: \(time) \(event["kind"]?.text ?? "") \(event["message"]?.text ?? "")")
    }
    let neighbours = why["neighbours"]?["silent"]?.elements.compactMap(\.text) ?? []
    if !neighbours.isEmpty {
      let more = why["neighbours"]?["more"]?.boolean ?? false ? ", and more" : ""
      lines.append(
        "  silent too in area \(why["neighbours"]?["area"]?.text ?? ""): \(neighbours.joined(separator: ", "))\(more)")
    }
    return lines
  }

  private static func heard(_ why: JSONValue) -> String {
    guard let last = why["last_seen"]?.text else { return "never heard" }
    guard let listener = why["listener"]?.text, let address = why["address"]?.text else { return "last heard \(last)" }
    return "last heard \(last) by listener \(listener) from \(address)"
  }
}
