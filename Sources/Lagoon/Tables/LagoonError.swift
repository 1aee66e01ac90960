public import Sys

/// What failed on the way to or from the tables on disk: `cannot <verb> <thing> <value>: <cause>`.
public struct LagoonError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The whole sentence.
  public var description: String
  /// Whether there may be room later: the caller keeps its rows and tries again.
  public var isOutOfSpace: Bool
  /// Of a commit: whether it may be in the log all the same, so that its parts must stay.
  var mayBeCommitted = false
  /// Of a commit: whether another one came first that it does not fit any more; made anew it may.
  var isOvertaken = false

  public init(_ description: String, isOutOfSpace: Bool = false) {
    self.description = description
    self.isOutOfSpace = isOutOfSpace
  }

  /// A commit that another one came before.
  init(overtaken description: String) {
    self.init(description)
    isOvertaken = true
  }

  /// `cannot <action> <path>: <what the kernel said>`
  public init(_ action: String, _ path: String, _ cause: SystemError) {
    description = "cannot \(action) \(path): \(cause)"
    isOutOfSpace = cause.isOutOfSpace
  }
}
