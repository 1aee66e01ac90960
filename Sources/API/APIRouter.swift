import HTTPTypes
import Hummingbird
import Lagoon
import Logging
import NIOPosix

/// Puts the routes before a read model.
struct APIRouter: Sendable {
  let model: any ReadModel
  let routes: [APIRoute]
  private let directories = DirectoryCache()
  private let newestRows = NewestRowsCache()
  private let threads: NIOThreadPool

  /// - Parameter threads: where questions are answered; never an event loop.
  init(_ model: any ReadModel, routes: [APIRoute] = APIRoute.all, threads: NIOThreadPool = .singleton) {
    self.model = model
    self.routes = routes
    self.threads = threads
  }

  func router() -> Router<BasicRequestContext> {
    let router = Router(options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware(routes: routes))
    for route in routes {
      let path = route.path.replacingCaptures()
      router.get(RouterPath(path)) { request, _ in try await answer(request, route).response }
    }
    return router
  }

  private func answer(_ request: Request, _ route: APIRoute) async throws -> APIAnswer {
    let parameters = try QueryParameters(query: request.uri.query ?? "", allowed: route.parameters)
    var id: String?
    if let place = route.path.split(separator: "/").firstIndex(where: { $0.first == "{" }) {
      let parts = request.uri.path.split(separator: "/")
      guard place < parts.count, let decoded = QueryParameters.decode(parts[place], plusIsBlank: false) else {
        throw APIProblem.unknownPath(request.uri.path)
      }
      id = decoded
    }
    let accept = request.headers[.acceptEncoding]
    let knownTags = request.headers[.ifNoneMatch]
    return try await threads.runIfActive { [id] in
      let call = APICall(
        model: model, directory: directories.directory(of: model), newestRows: newestRows, parameters: parameters,
        id: id)
      return try route.answer(call).negotiated(accept: accept, knownTags: knownTags)
    }
  }
}

extension String {
  /// `/v1/devices/{id}` as the router writes it: `/v1/devices/:id`.
  fileprivate func replacingCaptures() -> String {
    "/" + split(separator: "/").map { $0.first == "{" ? ":" + $0.dropFirst().dropLast() : $0 }.joined(separator: "/")
  }
}

/// Makes a problem of every error, whatever threw it.
struct ProblemMiddleware: RouterMiddleware {
  typealias Context = BasicRequestContext
  let routes: [APIRoute]

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let problem as APIProblem {
      return problem.answer.response
    } catch let error as HTTPError where error.status == .notFound {
      let path = request.uri.path
      if routes.contains(where: { $0.matches(path) }) {
        return APIProblem.wrongMethod(request.method.rawValue, path: path).answer.response
      }
      return APIProblem.unknownPath(path).answer.response
    } catch {
      context.logger.error("cannot answer \(request.uri.path): \(error)")
      return APIProblem.internalError.answer.response
    }
  }
}
