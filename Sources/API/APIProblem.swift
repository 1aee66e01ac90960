import HTTPTypes
import Lagoon
import Text

/// What went wrong with a request, as RFC 9457 says it.
struct APIProblem: Error {
  var status: HTTPResponse.Status
  /// The last part of the problem's type: `urn:thinai:problem:bad-parameter`.
  var kind: String
  var title: String
  var detail: String
  /// The parameter at fault, if one is.
  var parameter: String?
  /// After how many seconds it may be tried again.
  var retryAfterSeconds: Int?
  /// The methods that a path has, where the one used is none of them.
  var allow: String?
  /// How to say who asks (RFC 6750 section 3), where that is missing.
  var challenge: String?

  init(
    _ status: HTTPResponse.Status, kind: String, title: String, detail: String, parameter: String? = nil,
    allow: String? = nil
  ) {
    self.status = status
    self.kind = kind
    self.title = title
    self.detail = detail
    self.parameter = parameter
    self.allow = allow
  }

  static func badParameter(_ name: String, value: String, cause: String) -> APIProblem {
    APIProblem(
      .badRequest, kind: "bad-parameter", title: "A parameter cannot be used",
      detail: "cannot use parameter \(name) \(value): \(cause)", parameter: name)
  }

  static func missingParameter(_ name: String) -> APIProblem {
    APIProblem(
      .badRequest, kind: "missing-parameter", title: "A parameter is missing",
      detail: "cannot answer without parameter \(name): it has no default", parameter: name)
  }

  static func notFound(_ detail: String) -> APIProblem {
    APIProblem(.notFound, kind: "not-found", title: "Not found", detail: detail)
  }

  static func unknownPath(_ path: String) -> APIProblem {
    notFound("cannot find \(path): there is no such path")
  }

  static func wrongMethod(_ method: String, path: String, methods: Set<HTTPRequest.Method>) -> APIProblem {
    let names = methods.map(\.rawValue).sorted()
    return APIProblem(
      .methodNotAllowed, kind: "wrong-method", title: "The method is not allowed",
      detail: "cannot \(method) \(path): it is there for \(names.joined(separator: " and "))",
      allow: names.joined(separator: ", "))
  }

  static func badEventID(_ text: String) -> APIProblem {
    APIProblem(
      .badRequest, kind: "bad-event-id", title: "The stream cannot be resumed",
      detail: "cannot resume behind Last-Event-ID \(text): it is none that the stream gave out")
  }

  static func tooManyStreams(_ limit: Int) -> APIProblem {
    APIProblem(
      .serviceUnavailable, kind: "too-many-streams", title: "There are too many subscribers",
      detail: "cannot begin a stream: there are \(limit) already")
  }

  static let busy = APIProblem.later(
    "busy", "There are too many questions", "cannot answer now: other questions are being answered")
  static let memoryShort = APIProblem.later(
    "memory", "There is no memory for the answer",
    "cannot answer now: answers that are being sent take what http.memory allows")
  /// Of a client that closed its side: what is heard of it is heard by a proxy's log at the most.
  static let abandoned = APIProblem(
    .serviceUnavailable, kind: "abandoned", title: "Nobody waits for the answer", detail: "\(QueryError.abandoned)")

  private static func later(_ kind: String, _ title: String, _ detail: String) -> APIProblem {
    var problem = APIProblem(.serviceUnavailable, kind: kind, title: title, detail: detail)
    problem.retryAfterSeconds = 2
    return problem
  }

  static let stopping = APIProblem(
    .serviceUnavailable, kind: "stopping", title: "The node stops", detail: "cannot begin a stream: the node stops")

  /// What ended a stream that was begun.
  init(ofStream error: any Error) {
    self = APIProblem.internalError
    if let error = error as? QueryError {
      self = APIProblem(
        .internalServerError, kind: "damaged", title: "What is stored cannot be read", detail: "\(error)")
    }
  }

  static func noCoding(_ accept: String, among codings: [ContentCoding] = ContentCoding.allCases) -> APIProblem {
    APIProblem(
      .notAcceptable, kind: "no-coding", title: "No content coding is acceptable",
      detail:
        "cannot answer with Accept-Encoding \(accept): there is \(codings.map(\.rawValue).joined(separator: ", "))")
  }

  static func notReady(_ complaints: [String]) -> APIProblem {
    APIProblem(
      .serviceUnavailable, kind: "not-ready", title: "The node is not ready",
      detail: complaints.joined(separator: "; "))
  }

  static let internalError = APIProblem(
    .internalServerError, kind: "internal", title: "The question could not be answered",
    detail: "cannot answer: a fault of the server, which is in its log")

  var answer: APIAnswer {
    var writer = JSONWriter()
    writer.object { json in
      json.name("type")
      json.string("urn:thinai:problem:\(kind)")
      json.name("title")
      json.string(title)
      json.name("status")
      json.integer(status.code)
      json.name("detail")
      json.string(detail)
      if let parameter {
        json.name("parameter")
        json.string(parameter)
      }
    }
    var answer = APIAnswer(bytes: writer.bytes, contentType: "application/problem+json", status: status)
    if let allow { answer.headers[.allow] = allow }
    if let challenge { answer.headers[.wwwAuthenticate] = challenge }
    if let retryAfterSeconds { answer.headers[.retryAfter] = String(retryAfterSeconds) }
    return answer
  }
}
