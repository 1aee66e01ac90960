import Primitives

/// How patient a client is, and how much it does at once.
public struct ObjectSettings: Hashable, Sendable {
  /// How long a connection may take to stand, TLS included.
  public var connectNanos = 5 * Nanos.perSecond
  /// How long neither side may say anything.
  public var idleNanos = 20 * Nanos.perSecond
  /// How long an operation may take with all its attempts. Large ones get more: `leastBytesPerSecond`.
  public var deadlineNanos = 60 * Nanos.perSecond
  /// What is moved at least in a second: an operation gets so much more time for what it moves.
  public var leastBytesPerSecond = 128 << 10
  /// Attempts of one request at the most.
  public var attempts = 12
  /// The first pause is at most so long, each further one at most twice the one before…
  public var firstPauseNanos = 100 * Nanos.perMillisecond
  /// …and none longer than this, unless the store asks for it.
  public var longestPauseNanos = 10 * Nanos.perSecond
  /// Connections at once; further requests wait for one of them.
  public var connections = 8
  /// Names of one page of a list; stores give no more than a thousand.
  public var listedAtOnce = 1_000
  /// Files longer than this are uploaded in parts of so many octets (`Limits.objectPartBytes`).
  public var partBytes = 16 << 20
  /// What is read of an object by one request where it goes to a file: so much is asked for again after a failure.
  public var pieceBytes = 16 << 20
  /// What parts may be as long as. Tests have shorter ones.
  var partRange = Limits.objectPartBytes

  public init() {}

  /// How long an operation may take that moves so many octets.
  func deadlineNanos(moving byteCount: Int) -> Int64 {
    deadlineNanos + Int64(byteCount / max(1, leastBytesPerSecond)) * Nanos.perSecond
  }
}
