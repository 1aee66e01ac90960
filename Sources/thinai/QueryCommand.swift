import ArgumentParser
import Foundation

struct QueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Asks a running server and prints its answer.",
    discussion: """
      WHAT is rollups, latest, devices, measurements, events, ledger, areas, readings, or a path such as
      /v1/devices/cam-0001. Parameters are those of the HTTP interface, as name=value:

        thinai query rollups measurement=weather field=temperature step=5m group_by=area
        thinai query readings device=sen-0001 measurement=weather format=csv

      Readings come all of them, page after page as they are asked for, unless limit or cursor is given.

      THINAI_TOKEN in the environment is the token that is shown. THINAI_CA names the file that --ca names.
      """)

  @Option(help: "The server.") var url = "http://127.0.0.1:8080"
  @Option(help: "A file of certificates in PEM that vouch for an https server, instead of the system's.")
  var ca: String?
  @Argument(help: "What to ask for.") var what: String
  @Argument(help: "Parameters, name=value.") var parameters: [String] = []

  func run() async throws {
    var query: [(String, String)] = []
    for parameter in parameters {
      guard let mark = parameter.firstIndex(of: "="), mark != parameter.startIndex else {
        throw CommandFailure.misuse("cannot use parameter \(parameter): it must read name=value")
      }
      query.append((String(parameter[..<mark]), String(parameter[parameter.index(after: mark)...])))
    }
    var path = what.hasPrefix("/") ? what : "/v1/\(what)"
    if what == "readings" {
      guard let device = query.first(where: { $0.0 == "device" })?.1 else {
        throw CommandFailure.misuse("cannot query readings: device=ID is missing")
      }
      query.removeAll { $0.0 == "device" }
      path = "/v1/devices/\(device)/readings"
      if !query.contains(where: { $0.0 == "limit" || $0.0 == "cursor" }) {
        return try await ReadingsStream(client: ServerClient(url, authorities: ca), path: path, query: query).run()
      }
    }
    let answer = try await ServerClient(url, authorities: ca).get(path, query)
    Terminal.write(Array(answer))
    if answer.last != UInt8(ascii: "\n") { Terminal.write([UInt8(ascii: "\n")]) }
  }
}
