import Hummingbird
import NIOCore
import NIOPosix
import Primitives

/// Requests that bring something.
extension APIRouter {
  /// Answers a request whose body is wanted: so many at a time, each within the memory of answers.
  func take(
    bodyOf request: Request, _ route: APIRoute, _ call: APICall, _ context: APIContext, _ hold: AnswerMemory.Hold,
    _ presence: ClientPresence
  ) async throws -> APIAnswer {
    // Before a turn is waited for: who sends too much learns it at once.
    var pieces = try Self.pieces(of: request, route)
    try await bodies.enter(presence)
    defer { bodies.leave() }
    if !hold.resize(to: Limits.writeRequestBytes) { throw APIProblem.memoryShort }
    context.channel?.triggerUserOutboundEvent(BodyWanted(), promise: nil)
    if case .pieces(let answer) = route.body { return try await answer(call, &pieces) }
    var call = call
    call.body = try await pieces.whole(hold)
    let whole = call
    return try await threads.questions.runIfActive { try route.answer(whole) }
  }

  private static func pieces(of request: Request, _ route: APIRoute) throws -> BodyPieces {
    guard case .whole(let limitBytes) = route.body else { return try BodyPieces(request) }
    return try BodyPieces(request, limitBytes: limitBytes, unpackedLimitBytes: limitBytes)
  }
}
