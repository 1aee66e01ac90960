import HTTPTypes
import Hummingbird
import Text

/// What of InfluxDB's interface a route speaks, for programs that write to it.
enum InfluxDialect: Sendable {
  /// 1.x: `db`, `u` and `p`, `{"error": …}`.
  case one
  /// 2.x: `org`, `bucket`, `Authorization: Token`, `{"code": …, "message": …}`.
  case two

  /// A problem as it is told there.
  func answer(_ problem: APIProblem) -> APIAnswer {
    var answer = APIAnswer { json in
      switch self {
      case .one:
        json.name("error")
        json.string(problem.detail)
      case .two:
        json.name("code")
        json.string(Self.code(problem.status))
        json.name("message")
        json.string(problem.detail)
      }
    }
    answer.status = problem.status
    answer.headers = problem.answer.headers
    return answer
  }

  private static func code(_ status: HTTPResponse.Status) -> String {
    switch status.code {
    case 401: "unauthorized"
    case 403: "forbidden"
    case 404: "not found"
    case 405: "method not allowed"
    case 413: "request too large"
    case 429: "too many requests"
    case 503: "unavailable"
    case 500...: "internal error"
    default: "invalid"
    }
  }

  /// What a request says of who makes it, as `Authorization: Bearer`: InfluxDB's clients say it in other words. A user's
  /// name says nothing: the password is the token.
  static func authorization(of request: Request) -> String? {
    if let given = request.headers[.authorization] {
      let parts = given.split(separator: " ", maxSplits: 1)
      guard parts.count == 2 else { return given }
      switch parts[0].lowercased() {
      case "token": return bearer(password(parts[1]))
      case "basic":
        let text = Base64.decode(String(parts[1])).map { String(decoding: $0, as: UTF8.self) }
        return bearer(text.map { password(Substring($0)) } ?? "")
      default: return given
      }
    }
    let parameters = QueryParameters(lenient: request.uri.query ?? "")
    return parameters.text("p").map(bearer)
  }

  private static func bearer(_ token: String) -> String { "Bearer \(token)" }

  /// What stands behind the user's name, if one does.
  private static func password(_ text: Substring) -> String {
    guard let colon = text.firstIndex(of: ":") else { return String(text) }
    return String(text[text.index(after: colon)...])
  }
}

/// Base64 with its padding (RFC 4648 section 4).
private enum Base64 {
  static func decode(_ text: String) -> [UInt8]? {
    var letters = text.replacing("+", with: "-").replacing("/", with: "_")
    while letters.last == "=" { letters.removeLast() }
    return Base64URL.decode(letters)
  }
}
