import HTTPTypes

/// One path of the interface: what it takes, and what answers it.
struct APIRoute: Sendable {
  struct Parameter: Sendable {
    var name: String
    var isRequired = false

    /// What the names of parameters begin with that filter by a tag: they stand for all of them as `tag.*`.
    static let tagPrefix = "tag."

    /// Whether a parameter of a request is this one.
    func takes(_ given: String) -> Bool {
      if name != Self.tagPrefix + "*" { return name == given }
      return given.hasPrefix(Self.tagPrefix) && given.utf8.count > Self.tagPrefix.utf8.count
    }

    static func required(_ name: String) -> Parameter { Parameter(name: name, isRequired: true) }
    static func optional(_ names: String...) -> [Parameter] { names.map { Parameter(name: $0) } }
  }

  /// How much work an answer is.
  enum Weight: Sendable {
    /// What is known anyway: it waits for nobody, and looks at no table.
    case quick
    /// A page of what is stored.
    case page
    /// As much as was stored.
    case question
  }

  /// What is done with a request's body.
  enum Body: Sendable {
    /// Nobody reads it.
    case none
    /// It is read before the answer, unpacked, that large at the most.
    case whole(limitBytes: Int)
    /// It is taken as it comes, by who answers.
    case pieces(@Sendable (APICall, inout BodyPieces) async throws -> APIAnswer)
  }

  /// As OpenAPI writes it: `/v1/devices/{id}`.
  var path: String
  var parameters: [Parameter]
  /// Who may use it.
  var access: RouteAccess
  /// HEAD is answered as GET is, without the body, wherever a body has an end.
  var methods: Set<HTTPRequest.Method>
  /// How a request is let in.
  var weighs: @Sendable (QueryParameters) -> Weight
  /// What is done with a request's body.
  var body: Body
  /// What of InfluxDB's interface it speaks; nil if none. Parameters that it does not know it passes over.
  var dialect: InfluxDialect?
  /// Runs on a thread that may block.
  var answer: @Sendable (APICall) throws -> APIAnswer

  init(
    _ path: String, _ parameters: [Parameter] = [], access: RouteAccess,
    methods: Set<HTTPRequest.Method> = [.get, .head],
    dialect: InfluxDialect? = nil, weighs: @escaping @Sendable (QueryParameters) -> Weight = { _ in .question },
    body: Body = .none, answer: @escaping @Sendable (APICall) throws -> APIAnswer
  ) {
    self.path = path
    self.parameters = parameters
    self.access = access
    self.methods = methods
    self.weighs = weighs
    self.answer = answer
    self.body = body
    self.dialect = dialect
  }

  /// One that answers while it takes a body as it comes.
  init(
    _ path: String, _ parameters: [Parameter] = [], access: RouteAccess, methods: Set<HTTPRequest.Method>,
    dialect: InfluxDialect? = nil, pieces: @escaping @Sendable (APICall, inout BodyPieces) async throws -> APIAnswer
  ) {
    self.init(path, parameters, access: access, methods: methods, dialect: dialect, body: .pieces(pieces)) { _ in
      throw APIProblem.internalError
    }
  }

  /// Whether a request's path is one of this route's.
  func matches(_ path: String) -> Bool {
    let wanted = self.path.split(separator: "/")
    let given = path.split(separator: "/")
    return wanted.count == given.count
      && zip(wanted, given).allSatisfy { $0.first == "{" || $0 == $1 }
  }

  static let all: [APIRoute] = [
    .rollups, .latest, .counts, .devices, .device, .readings, .measurements, .events, .changes, .quality, .availability,
    .stream,
    .ledger,
    .refused, .areas, .audit,
    .metrics,
    .health,
    .readiness, .openAPI, .session,
    .write, .writeTwo, .ping, .influxHealth, .influxQuery,
    .registryDevices, .registryAreas, .registryRanges,
    .alarms, .alarm, .acknowledge, .shelve, .unshelve, .note, .maintenance, .maintenanceWindow, .why,
    .rules,
    .alarmsCAP, .alarmCAP,
  ]
}
