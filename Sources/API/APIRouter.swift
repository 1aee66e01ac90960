import HTTPTypes
import Hummingbird
import Lagoon
import Logging
import NIOPosix

/// Puts the routes before a read model.
struct APIRouter: Sendable {
  let model: any ReadModel
  let routes: [APIRoute]
  let streams: StreamHub
  private let directories: DirectoryCache
  private let newestRows = NewestRowsCache()
  private let threads: NIOThreadPool

  /// - Parameter threads: where questions are answered; never an event loop.
  init(_ model: any ReadModel, routes: [APIRoute] = APIRoute.all, threads: NIOThreadPool = .singleton) {
    self.model = model
    self.routes = routes
    self.threads = threads
    directories = DirectoryCache()
    streams = StreamHub(model, directories: directories, threads: threads)
  }

  func router() -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware(routes: routes))
    for route in routes {
      let path = route.path.replacingCaptures()
      router.get(RouterPath(path)) { request, context in try await answer(request, route, context.client).response }
    }
    return router
  }

  private func answer(_ request: Request, _ route: APIRoute, _ client: APIClient) async throws -> APIAnswer {
    if !route.methods.contains(request.method) {
      throw APIProblem.wrongMethod(request.method.rawValue, path: request.uri.path, methods: route.methods)
    }
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
    let lastEventID = request.headers[.lastEventID]
    return try await threads.runIfActive { [id] in
      let call = APICall(
        model: model, directory: directories.directory(of: model), newestRows: newestRows, parameters: parameters,
        id: id, streams: streams, client: client, lastEventID: lastEventID)
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
  typealias Context = APIContext
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
      if let route = routes.first(where: { $0.matches(path) }) {
        return APIProblem.wrongMethod(request.method.rawValue, path: path, methods: route.methods).answer.response
      }
      return APIProblem.unknownPath(path).answer.response
    } catch {
      context.logger.error("cannot answer \(request.uri.path): \(error)")
      return APIProblem.internalError.answer.response
    }
  }
}
