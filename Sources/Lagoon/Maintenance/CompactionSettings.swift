/// How parts are written anew.
public struct CompactionSettings: Sendable {
  /// zstd's: 1 (fast) to 22 (small).
  public var level: Int32
  /// How many parts of a table are made at a time.
  public var threads: Int

  public init(level: Int32, threads: Int = 1) {
    self.level = level
    self.threads = threads
  }
}
