import Access
import HTTPTypes
import Hummingbird
import Lagoon
import Logging
import NIOPosix
import Primitives
import Registry
import Sys

/// Puts the routes before a read model.
struct APIRouter: Sendable {
  let model: any ReadModel
  let routes: [APIRoute]
  let streams: StreamHub
  let connections: ConnectionBook
  let memory: AnswerMemory
  /// Questions of much work, and pages: each so many at a time.
  let questions: QuestionGate
  let pages: QuestionGate
  /// Requests that bring something.
  let bodies: QuestionGate
  let threads = AnswerThreads.shared
  private let writes: (any WriteModel)?
  private let directories: DirectoryCache
  private let newestRows = NewestRowsCache()
  private let heard = HeardCache()
  private let storedNames = StoredNames()
  private let changes = ChangesCache()
  private let contents = PartContents()
  private let control: AccessControl
  private let logger = Logger(label: "thinai.access")
  private let page: PageFiles?
  private let origins: Set<String>

  init(
    _ model: any ReadModel, routes: [APIRoute] = APIRoute.all, memoryBytes: Int = Limits.answerBytes,
    connections: ConnectionBook = ConnectionBook(limit: Limits.httpConnections),
    control: AccessControl = AccessControl(), writes: (any WriteModel)? = nil, page: PageFiles? = nil,
    origins: Set<String> = []
  ) {
    self.model = model
    self.page = page
    self.origins = origins
    self.writes = writes
    self.control = control
    self.routes = routes
    self.connections = connections
    memory = AnswerMemory(limitBytes: memoryBytes)
    questions = QuestionGate(atOnce: threads.atOnce)
    pages = QuestionGate(atOnce: threads.atOnce)
    bodies = QuestionGate(atOnce: Limits.writesAtOnce)
    directories = DirectoryCache()
    streams = StreamHub(model, directories: directories, threads: threads.streams)
  }

  /// Reads what a page asks for first, as far as that goes until then, so that who asks first does not wait for it.
  func prepare(untilMonotonicNanos deadline: Int64) async {
    try? await threads.questions.runIfActive { [model, newestRows] in
      let probe = QuestionProbe { Clock.monotonicNanos() >= deadline }
      newestRows.prepare(model.view().asked(by: probe, within: .everything))
    }
  }

  func router() -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    if let page { router.add(middleware: PageMiddleware(files: page)) }
    // What is refused has its line too.
    if let trail = model.audit { router.add(middleware: AuditMiddleware(trail: trail)) }
    router.add(middleware: CrossOriginMiddleware(origins: origins))
    router.add(middleware: ProblemMiddleware(routes: routes))
    for route in routes {
      let path = route.path.replacingCaptures()
      for method in route.methods where method != .head {
        router.on(RouterPath(path), method: method) { request, context in
          let answer = try await answer(request, route, context)
          context.audited?.note(answer)
          return answer.response
        }
      }
    }
    return router
  }

  /// Who asks, if they may use that route.
  private func admit(
    _ request: Request, _ route: APIRoute, _ context: APIContext
  ) async throws(APIProblem) -> (Grant, SessionBook.Origin?) {
    if case .open = route.access { return (AccessControl.local, nil) }
    let credentials = AccessControl.Credentials(
      authorization: authorization(of: request, route), session: SessionCookie.secret(in: request.headers),
      certifiedName: context.certifiedName)
    let grant: Grant
    let origin: SessionBook.Origin?
    switch await control.verdict(on: credentials, at: model.now) {
    case .granted(let found, let by):
      (grant, origin) = (found, by)
      context.audited?.note(name: found.name)
    case .unnamed:
      note(refusal: nil, context)
      throw .unnamed
    case .undecided:
      note(refusal: nil, context)
      throw .undecided
    case .refused(let cause):
      note(refusal: cause, context)
      throw .refused
    }
    if let seconds = control.overRate(grant, monotonicNanos: Clock.monotonicNanos()) { throw .overRate(seconds) }
    if let cause = route.access.refusal(grant, request.method) { throw .forbidden(request.uri.path, cause) }
    return (grant, origin)
  }

  /// Whoever sends a great many requests without anybody's token fills neither the audit nor the log with them.
  private func note(refusal cause: String?, _ context: APIContext) {
    let source = context.client.source.host
    if control.hasLine(refusedOf: source.addressText, monotonicNanos: Clock.monotonicNanos()) {
      if let cause { logger.info("refused \(context.client.address): \(cause)") }
    } else {
      context.audited?.omit()
    }
  }

  private func answer(_ request: Request, _ route: APIRoute, _ context: APIContext) async throws -> APIAnswer {
    let (grant, origin) = try await admit(request, route, context)
    if !route.methods.contains(request.method) {
      throw APIProblem.wrongMethod(request.method.rawValue, path: request.uri.path, methods: route.methods)
    }
    let presence = context.channel.map { connections.presence(of: $0) } ?? .always
    let query = request.uri.query ?? ""
    let parameters =
      try route.dialect.map { _ in QueryParameters(lenient: query) }
      ?? QueryParameters(query: query, allowed: route.parameters)
    let hold = memory.hold(for: presence)
    // Not a reference that outlives the question: what it held is free when its answer is sent.
    let probe = QuestionProbe {
      presence.isGone
    } hasRoom: { [weak hold] in
      hold?.grow(to: $0) ?? true
    }
    let call = APICall(
      model: model, grant: grant, origin: origin, control: control, method: request.method,
      session: SessionCookie.secret(in: request.headers), directories: directories, newestRows: newestRows,
      heard: heard,
      storedNames: storedNames, changes: changes, contents: contents, parameters: parameters,
      id: try Self.id(request.uri.path, route), streams: streams, client: context.client,
      isSecure: context.isSecure,
      lastEventID: request.headers[.lastEventID], probe: probe, writes: writes, figures: { figures })
    if case .none = route.body {
    } else if request.method != .get && request.method != .head {
      return try await take(bodyOf: request, route, call, context, hold, presence)
    }
    let accept = request.headers[.acceptEncoding]
    let knownTags = request.headers[.ifNoneMatch]
    let answer: @Sendable () throws -> APIAnswer = {
      try route.answer(call).negotiated(
        accept: accept, knownTags: knownTags, scope: grant.scope, hold: hold, probe: probe)
    }
    let gate: QuestionGate
    switch route.weighs(parameters) {
    case .quick: return try await threads.quick.runIfActive(answer)
    case .page: gate = pages
    case .question: gate = questions
    }
    try await gate.enter(presence)
    return try await threads.questions.runIfActive {
      // The turn is the thread's, not the request's, which may end before.
      defer { gate.leave() }
      return try answer()
    }
  }

  /// What the request says of who makes it. Where nobody is asked nobody is refused for what they say: InfluxDB's clients
  /// always say something.
  private func authorization(of request: Request, _ route: APIRoute) -> String? {
    if route.dialect == nil { return request.headers[.authorization] }
    return control.isOpen ? nil : InfluxDialect.authorization(of: request)
  }

  /// What stands for `{id}` in the path.
  private static func id(_ path: String, _ route: APIRoute) throws(APIProblem) -> String? {
    guard let place = route.path.split(separator: "/").firstIndex(where: { $0.first == "{" }) else { return nil }
    let parts = path.split(separator: "/")
    guard place < parts.count, let decoded = QueryParameters.decode(parts[place], plusIsBlank: false) else {
      throw APIProblem.unknownPath(path)
    }
    return decoded
  }

  private var figures: [Metric] {
    let samples = [questions.samples("question"), pages.samples("page"), bodies.samples("body")]
    let issuer = control.issuerFigures.map(Self.metrics) ?? []
    return streams.metrics + connections.metrics + memory.metrics + issuer + [
      Metric(
        "thinai_http_questions_running", help: "Questions that are being answered.", kind: .gauge,
        samples: samples.map(\.running)),
      Metric(
        "thinai_http_questions_waiting", help: "Questions that wait for a turn.", kind: .gauge,
        samples: samples.map(\.waiting)),
      Metric(
        "thinai_http_questions_refused_total", help: "Questions that there was no turn for.", kind: .counter,
        samples: samples.map(\.refused)),
    ]
  }

  private static func metrics(_ issuer: IdentityFigures) -> [Metric] {
    var metrics = [
      Metric(
        "thinai_issuer_keys", help: "Keys of the identity issuer that are believed.", kind: .gauge,
        value: Double(issuer.keys)),
      Metric(
        "thinai_issuer_fetches_total", help: "How often the issuer was asked for its keys.", kind: .counter,
        value: Double(issuer.fetches)),
      Metric(
        "thinai_issuer_failures_total", help: "How often it did not answer as it should.", kind: .counter,
        value: Double(issuer.failures)),
    ]
    if let age = issuer.ageNanos {
      metrics.append(
        Metric(
          "thinai_issuer_keys_age_seconds", help: "How long ago its keys came.", kind: .gauge,
          value: Double(age) / Double(Nanos.perSecond)))
    }
    return metrics
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
      // Who may not ask is told so as everywhere, but where lines are written: there clients read their own form.
      let isOfOurs = request.method != .post && (problem.status == .unauthorized || problem.status == .forbidden)
      let dialect = isOfOurs ? nil : routes.first { $0.matches(request.uri.path) }?.dialect
      return (dialect?.answer(problem) ?? problem.answer).response
    } catch QueryError.abandoned {
      return APIProblem.abandoned.answer.response
    } catch QueryError.noMemory {
      return APIProblem.memoryShort.answer.response
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
