import Access
import HTTPTypes

extension APIRoute {
  static let session = APIRoute(
    "/v1/session", access: .named, methods: [.post, .delete], weighs: { _ in .quick }
  ) { call in
    var answer = APIAnswer(bytes: [], contentType: "application/json", status: .noContent)
    if call.method == .delete {
      if let secret = call.session { call.control.endSession(secret) }
      answer.headers[.setCookie] = SessionCookie.header(nil, isSecure: call.isSecure)
      return answer
    }
    guard let origin = call.origin else {
      throw APIProblem(
        .badRequest, kind: "no-session", title: "There is nothing to begin a session with",
        detail: "cannot begin a session: this server asks nobody for a token")
    }
    let secret = call.control.beginSession(call.grant, origin, at: call.model.now)
    answer.headers[.setCookie] = SessionCookie.header(secret, isSecure: call.isSecure)
    return answer
  }
}
