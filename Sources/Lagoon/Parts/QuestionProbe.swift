/// Whether whoever asked a question still waits for its answer. Questions look at it as they go, part by part and chunk by
/// chunk, so that one whose asker has gone costs little more.
public struct QuestionProbe: Sendable {
  private let isAbandoned: (@Sendable () -> Bool)?
  private let hasRoom: (@Sendable (_ byteCount: Int) -> Bool)?

  /// The probe of a question that always goes to its end.
  public static let never = QuestionProbe()

  private init() {
    isAbandoned = nil
    hasRoom = nil
  }

  /// - Parameters:
  ///   - isAbandoned: cheap, and asked from any thread.
  ///   - hasRoom: whether a question may hold so many bytes on its way.
  public init(
    _ isAbandoned: @escaping @Sendable () -> Bool, hasRoom: (@Sendable (_ byteCount: Int) -> Bool)? = nil
  ) {
    self.isAbandoned = isAbandoned
    self.hasRoom = hasRoom
  }

  /// - Throws: `QueryError.abandoned` if nobody waits any more.
  public func check() throws(QueryError) {
    if let isAbandoned, isAbandoned() { throw QueryError.abandoned }
  }

  /// - Parameter byteCount: what the question holds by now, about.
  /// - Throws: `QueryError.abandoned`, or `noMemory` if that is too much beside what others hold.
  public func check(holding byteCount: Int) throws(QueryError) {
    try check()
    if let hasRoom, !hasRoom(byteCount) { throw QueryError.noMemory }
  }
}
