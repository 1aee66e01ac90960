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

  /// As OpenAPI writes it: `/v1/devices/{id}`.
  var path: String
  var parameters: [Parameter]
  /// Who may use it.
  var access: RouteAccess
  /// HEAD is answered as GET is, without the body, wherever a body has an end.
  var methods: Set<HTTPRequest.Method>
  /// How a request is let in.
  var weighs: @Sendable (QueryParameters) -> Weight
  /// Runs on a thread that may block.
  var answer: @Sendable (APICall) throws -> APIAnswer

  init(
    _ path: String, _ parameters: [Parameter] = [], access: RouteAccess,
    methods: Set<HTTPRequest.Method> = [.get, .head],
    weighs: @escaping @Sendable (QueryParameters) -> Weight = { _ in .question },
    answer: @escaping @Sendable (APICall) throws -> APIAnswer
  ) {
    self.path = path
    self.parameters = parameters
    self.access = access
    self.methods = methods
    self.weighs = weighs
    self.answer = answer
  }

  /// Whether a request's path is one of this route's.
  func matches(_ path: String) -> Bool {
    let wanted = self.path.split(separator: "/")
    let given = path.split(separator: "/")
    return wanted.count == given.count
      && zip(wanted, given).allSatisfy { $0.first == "{" || $0 == $1 }
  }

  static let all: [APIRoute] = [
    .rollups, .latest, .devices, .device, .readings, .measurements, .events, .changes, .quality, .stream, .ledger,
    .refused, .areas, .audit,
    .metrics,
    .health,
    .readiness, .openAPI, .session,
  ]
}
