import Access
import HTTPTypes
import Registry
import Text

extension APIRoute {
  static let session = APIRoute(
    "/v1/session", access: .changed(read: .read, change: nil), methods: [.get, .head, .post, .delete],
    weighs: { _ in .quick }
  ) { call in
    switch call.method {
    case .post: return try begin(call)
    case .delete:
      if let secret = call.session { call.control.endSession(secret) }
      return nothing(cookie: nil, call)
    default: return APIAnswer { json in json.asker(call) }
    }
  }

  private static func begin(_ call: APICall) throws -> APIAnswer {
    guard let origin = call.origin else {
      throw APIProblem(
        .badRequest, kind: "no-session", title: "There is nothing to begin a session with",
        detail: "cannot begin a session: this server asks nobody for a token")
    }
    return nothing(cookie: call.control.beginSession(call.grant, origin, at: call.model.now), call)
  }

  private static func nothing(cookie secret: String?, _ call: APICall) -> APIAnswer {
    var answer = APIAnswer(bytes: [], contentType: "application/json", status: .noContent)
    answer.headers[.setCookie] = SessionCookie.header(secret, isSecure: call.isSecure)
    return answer
  }
}

extension JSONWriter {
  /// Who asks, and what they may do: a page shows nothing to press that would be refused.
  fileprivate mutating func asker(_ call: APICall) {
    let grant = call.grant
    member("name", grant.name)
    texts("scopes", Permission.allCases.filter { grant.allows($0) }.map(\.rawValue))
    texts("areas", grant.scope.areas.sorted())
    texts("domains", grant.scope.domains.sorted())
    texts("agencies", grant.scope.agencies.sorted())
    name("ends")
    time(call.session.flatMap { call.control.sessionEnd($0) } ?? grant.expires)
  }

  private mutating func texts(_ title: StaticString, _ texts: [String]) {
    name(title)
    array { json in for text in texts { json.string(text) } }
  }
}
