/// How parts are written anew.
public struct CompactionSettings: Sendable {
  /// zstd's: 1 (fast) to 22 (small).
  public var level: Int32

  public init(level: Int32) {
    self.level = level
  }
}
