import HTTPTypes
import Hummingbird
import NIOCore

/// Answers the page's files. They hold no data, so nobody is asked who they are, and no line of the audit tells of them.
struct PageMiddleware: RouterMiddleware {
  typealias Context = APIContext
  let files: PageFiles

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    guard PageFiles.isOfPage(path) else { return try await next(request, context) }
    guard request.method == .get || request.method == .head else {
      return APIProblem.wrongMethod(request.method.rawValue, path: path, methods: [.get, .head]).answer.response
    }
    guard let file = files.file(path) else { return APIProblem.unknownPath(path).answer.response }
    return Self.response(file, request)
  }

  private static func response(_ file: PageFiles.Served, _ request: Request) -> Response {
    var (bytes, tag) = (file.plain, file.tag)
    var headers = HTTPFields()
    // zstd is not kept: who takes it takes gzip too, or it as it is.
    if let packed = file.packed, AcceptedCodings(request.headers[.acceptEncoding]).takes(.gzip) {
      (bytes, tag) = packed
      headers[.contentEncoding] = ContentCoding.gzip.rawValue
    }
    headers[.eTag] = tag
    headers[.vary] = "Accept-Encoding"
    // Asked for each time, and not sent again if it is the same: a page of yesterday never meets a server of today.
    headers[.cacheControl] = "no-cache"
    headers[.contentSecurityPolicy] = policy
    if let known = request.headers[.ifNoneMatch], EntityTag.isNamed(tag, in: known) {
      headers[.contentEncoding] = nil
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = file.contentType
    headers[.contentLength] = String(bytes.readableBytes)
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
  }

  /// What the page may do: nothing with anybody but this server, and no script or style but those of its files.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    + "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}
