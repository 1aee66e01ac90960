/// What retention has let go of since the start.
public struct ExpiryFacts: Sendable, Equatable {
  public var parts: UInt64 = 0
  public var rows: UInt64 = 0
  /// The last time that anything went, in words.
  public var last: String?

  public init() {}
}
