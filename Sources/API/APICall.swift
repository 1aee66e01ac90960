import HTTPTypes
import Lagoon
import Primitives

/// One request on its way through its route.
struct APICall: Sendable {
  let model: any ReadModel
  let directory: RegistryDirectory
  let newestRows: NewestRowsCache
  let parameters: QueryParameters
  /// What stands for `{id}` in the path, decoded.
  let id: String?
  let streams: StreamHub
  let client: APIClient
  let lastEventID: String?

  /// A question's faults as problems.
  func asked<Answer>(_ question: () throws -> Answer) throws -> Answer {
    do {
      return try question()
    } catch let error as QueryError {
      switch error {
      case .unknownMeasurement, .unknownField: throw APIProblem.notFound("\(error)")
      case .unreadablePart, .unreadableTable:
        throw APIProblem(
          .internalServerError, kind: "damaged", title: "What is stored cannot be read", detail: "\(error)")
      case .tooManyBuckets, .tooManyReadings, .tooManyChanges:
        throw APIProblem(
          .badRequest, kind: "too-large", title: "The answer would be too large", detail: "\(error)")
      }
    }
  }
}
