import Access
import HTTPTypes
import Lagoon
import Primitives

/// One request on its way through its route.
struct APICall: Sendable {
  let model: any ReadModel
  /// Who asks: everything that is asked for is seen through their scope.
  let grant: Grant
  /// By what they said who they are; nil where nobody is asked.
  let origin: SessionBook.Origin?
  let control: AccessControl
  let method: HTTPRequest.Method
  /// What the session's cookie holds.
  let session: String?
  let directories: DirectoryCache
  let newestRows: NewestRowsCache
  let heard: HeardCache
  let storedNames: StoredNames
  let changes: ChangesCache
  let contents: PartContents
  let parameters: QueryParameters
  /// What stands for `{id}` in the path, decoded.
  let id: String?
  let streams: StreamHub
  let client: APIClient
  /// Whether the connection is encrypted.
  let isSecure: Bool
  let lastEventID: String?
  /// Whether the client still waits.
  let probe: QuestionProbe
  /// What may be changed; nil where nothing may.
  let writes: (any WriteModel)?
  /// The request's body, of routes that have it whole.
  var body: [UInt8] = []
  /// What the interface tells of itself in `/metrics`.
  let figures: @Sendable () -> [Metric]

  var directory: RegistryDirectory { directories.directory(of: model) }

  /// What is stored, for a question that ends when its client has gone.
  ///
  /// - Parameter names: the tables that are asked for; nil for all.
  func view(of names: Set<TableName>? = nil) -> LagoonView {
    (names.map { model.view(of: $0) } ?? model.view()).asked(by: probe, within: grant.scope)
  }

  /// A question's faults as problems.
  func asked<Answer>(_ question: () throws -> Answer) throws -> Answer {
    do {
      return try question()
    } catch let error as QueryError {
      switch error {
      case .unknownMeasurement, .unknownField, .unknownTag: throw APIProblem.notFound("\(error)")
      case .abandoned: throw APIProblem.abandoned
      case .noMemory: throw APIProblem.memoryShort
      case .unreadablePart, .unreadableTable:
        throw APIProblem(
          .internalServerError, kind: "damaged", title: "What is stored cannot be read", detail: "\(error)")
      case .tooManyBuckets, .tooManyReadings, .tooManyChanges, .tooManyOutages:
        throw APIProblem(
          .badRequest, kind: "too-large", title: "The answer would be too large", detail: "\(error)")
      }
    }
  }
}
