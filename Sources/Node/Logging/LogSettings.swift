public import Logging

/// How the log looks, and what is in it.
public struct LogSettings: Sendable, Hashable {
  /// What a line looks like.
  public enum Format: String, CaseIterable, Sendable {
    /// For people: time, level, who, what, and what belongs to it.
    case text
    /// For programs: an object a line.
    case json
  }

  public var format = Format.text
  /// What is less grave is left out.
  public var level = Logger.Level.info

  public init() {}
}
