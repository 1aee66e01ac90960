/// How it stands with an issuer.
public struct IdentityFigures: Hashable, Sendable {
  /// Keys that are believed.
  public var keys = 0
  /// How long ago they were asked for; nil if they never came.
  public var ageNanos: Int64?
  public var fetches: UInt64 = 0
  public var failures: UInt64 = 0
  /// Why the last question had no answer; nil if it had.
  public var fault: String?
}
