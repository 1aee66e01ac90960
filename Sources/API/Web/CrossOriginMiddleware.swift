import HTTPTypes
import Hummingbird

/// Which pages of other origins may ask (the Fetch standard's CORS): those of `http.origins`, with a token of their own.
///
/// Cookies stay here: a session is SameSite=Strict, and no answer allows credentials. A request of another origin that
/// would change something is refused, whatever the node asks of who asks: a browser sends it for any page that its user
/// looks at.
struct CrossOriginMiddleware: RouterMiddleware {
  typealias Context = APIContext
  /// As browsers write them: scheme, host, and the port if it is not the scheme's.
  let origins: Set<String>

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let origin = request.headers[.origin]
    let isAllowed = origin.map { origins.contains($0) } ?? false
    if !isAllowed, Self.changes(request.method), let site = request.headers[Self.site],
      site == "cross-site" || site == "same-site"
    {
      return APIProblem.foreignOrigin(origin ?? site).answer.response
    }
    guard let origin, isAllowed else {
      var response = try await next(request, context)
      if !origins.isEmpty { Self.vary(&response.headers) }
      return response
    }
    var response: Response
    if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
      response = Response(status: .noContent)
      response.headers[.accessControlAllowMethods] = "GET, HEAD, POST, DELETE"
      response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type, If-None-Match, Last-Event-ID"
      response.headers[.accessControlMaxAge] = "600"
    } else {
      response = try await next(request, context)
      response.headers[.accessControlExposeHeaders] = "ETag, Retry-After, Missing-Tables, Next-Cursor"
    }
    response.headers[.accessControlAllowOrigin] = origin
    Self.vary(&response.headers)
    return response
  }

  private static let site = HTTPField.Name("Sec-Fetch-Site")!

  private static func changes(_ method: HTTPRequest.Method) -> Bool {
    method != .get && method != .head && method != .options
  }

  /// An answer for one origin is none for another.
  private static func vary(_ headers: inout HTTPFields) {
    headers[.vary] = headers[.vary].map { $0 + ", Origin" } ?? "Origin"
  }
}

extension APIProblem {
  static func foreignOrigin(_ origin: String) -> APIProblem {
    APIProblem(
      .forbidden, kind: "origin", title: "It is not allowed from there",
      detail: "cannot change anything for a page of \(origin): http.origins does not name it")
  }
}
