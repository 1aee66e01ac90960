import Access
import HTTPTypes
import Lagoon
import Primitives
import Registry
import Telemetry
import Text

/// The part of InfluxDB's interface by which programs write: what they ask before, and lines.
extension APIRoute {
  static let write = APIRoute(
    "/write", Parameter.optional("db", "rp", "precision", "consistency", "u", "p"), access: .permitted(.write),
    methods: [.post], dialect: .one, pieces: { try await takeLines($0, &$1, .one) }
  )

  static let writeTwo = APIRoute(
    "/api/v2/write", Parameter.optional("org", "orgID", "bucket", "precision"), access: .permitted(.write),
    methods: [.post], dialect: .two, pieces: { try await takeLines($0, &$1, .two) }
  )

  static let ping = APIRoute(
    "/ping", Parameter.optional("verbose", "wait_for_leader", "u", "p"),
    access: .either(.write, .read),
    methods: [.get, .head, .post], dialect: .one, weighs: { _ in .quick }
  ) { _ in
    var answer = APIAnswer(bytes: [], contentType: "application/json", status: .noContent)
    answer.headers[.influxVersion] = "thinai"
    answer.headers[.influxBuild] = "OSS"
    return answer
  }

  static let influxHealth = APIRoute(
    "/health", access: .either(.write, .read), dialect: .two, weighs: { _ in .quick }
  ) { call in
    let complaints = call.model.complaints
    var answer = APIAnswer { json in
      json.name("name")
      json.string("thinai")
      json.name("status")
      json.string(complaints.isEmpty ? "pass" : "fail")
      json.name("message")
      json.string(complaints.isEmpty ? "ready for lines" : complaints.joined(separator: "; "))
      json.name("checks")
      json.array { _ in }
    }
    if !complaints.isEmpty { answer.status = .serviceUnavailable }
    return answer
  }

  /// Clients create their database before they write to it; here there are none to create.
  static let influxQuery = APIRoute(
    "/query", Parameter.optional("q", "db", "rp", "epoch", "chunked", "chunk_size", "params", "pretty", "u", "p"),
    access: .permitted(.write), methods: [.post], dialect: .one, weighs: { _ in .quick },
    body: .whole(limitBytes: queryBytes)
  ) { call in
    let form = QueryParameters(lenient: String(decoding: call.body, as: UTF8.self))
    let query = call.parameters.text("q") ?? form.text("q") ?? ""
    let words = query.split(whereSeparator: { $0 == " " || $0 == ";" || $0 == "\n" })
    guard words.count >= 3, words[0].uppercased() == "CREATE", words[1].uppercased() == "DATABASE" else {
      throw APIProblem.badParameter(
        "q", value: String(query.prefix(64)), cause: "only CREATE DATABASE is understood here, and creates nothing")
    }
    return APIAnswer { json in
      json.name("results")
      json.array { json in
        json.object { json in
          json.name("statement_id")
          json.integer(0)
        }
      }
    }
  }

  private static let queryBytes = 64 << 10

  private static func takeLines(
    _ call: APICall, _ pieces: inout BodyPieces, _ dialect: InfluxDialect
  ) async throws -> APIAnswer {
    guard let writes = call.writes else { throw APIProblem.readOnly }
    let precision = call.parameters.text("precision") ?? "ns"
    guard let unitNanos = LineTimes.unitNanos(precision) else {
      throw APIProblem.badParameter("precision", value: precision, cause: "it is none of ns, us, ms, s, m, h")
    }
    var session = LineSession(
      writes, LinePiece([], unitNanos: unitNanos, source: call.client.source, mayWrite: mayWrite(call)))
    // Of a body that breaks off the whole lines are on their way, and what is left of it may be the half of one.
    while let bytes = try await pieces.next() {
      if await !session.take(bytes) { break }
    }
    await session.finish()
    if session.isUnavailable { throw APIProblem.linesNotTaken }
    var answer = APIAnswer(bytes: [], contentType: "application/json", status: .noContent)
    if let problem = PartialWrite.problem(session) { answer = dialect.answer(problem) }
    answer.headers[.rowsStored] = String(session.rows)
    answer.headers[.linesRefused] = String(session.refusedLines)
    answer.headers[.linesFlawed] = String(session.flawedLines)
    return answer
  }

  /// Whether who asks may write for a device now; nil if for all.
  private static func mayWrite(_ call: APICall) -> (@Sendable (String) -> Bool)? {
    let scope = call.grant.scope
    if scope.isEverything { return nil }
    let directory = call.directory
    let model = call.model
    return { scope.takes($0, at: model.now, directory: directory) }
  }
}

extension HTTPField.Name {
  fileprivate static let influxVersion = name("X-Influxdb-Version")
  fileprivate static let influxBuild = name("X-Influxdb-Build")
  /// What became of the lines, in numbers.
  fileprivate static let rowsStored = name("Thinai-Rows-Stored")
  fileprivate static let linesRefused = name("Thinai-Lines-Refused")
  fileprivate static let linesFlawed = name("Thinai-Lines-Flawed")

  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { fatalError("BUG: \(text) is no name of a header") }
    return name
  }
}
