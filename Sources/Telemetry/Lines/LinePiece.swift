public import Primitives

/// Whole lines of line protocol that somebody hands over and waits for: a part of a larger body, perhaps.
public struct LinePiece: Sendable {
  /// At most `Limits.linePieceBytes`.
  public var bytes: [UInt8]
  /// Nanoseconds in one unit of the lines' times.
  public var unitNanos: Int64
  /// Who sent them.
  public var source: SourceAddress
  /// It is the beginning of a line that is longer than a piece: it is refused, and counted.
  public var isCut = false
  /// Whether they may write for a device of that id; nil if for all, and for those that nobody knows.
  public var mayWrite: (@Sendable (String) -> Bool)?

  public init(
    _ bytes: [UInt8], unitNanos: Int64, source: SourceAddress, mayWrite: (@Sendable (String) -> Bool)? = nil
  ) {
    self.bytes = bytes
    self.unitNanos = unitNanos
    self.source = source
    self.mayWrite = mayWrite
  }
}
