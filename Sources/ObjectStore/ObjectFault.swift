/// Why an object store did not do what it was asked for.
public struct ObjectFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What can be told apart.
  public enum Kind: Hashable, Sendable {
    /// There is no bucket of that name.
    case noBucket
    /// The credentials are wrong, have expired or do not suffice (403).
    case notPermitted
    /// No connection stood, or every one broke.
    case unreachable
    /// It asks for patience, and there is none left.
    case busy
    /// The time for all attempts is over.
    case timedOut
    /// It does not do what it must for several writers: refuse a second object under a condition.
    case conditionNotHonoured
    /// The bucket is somewhere else, or in another region.
    case redirected
    /// An answer that cannot be understood, or has not the length that it tells.
    case badAnswer
    /// The object became another one while it was read.
    case changed
    /// Other writers were always first.
    case conflict
    /// What is asked for is not within the object.
    case outOfRange
    /// More than was asked for at the most.
    case tooLarge
    /// A name that no object can have, a file or credentials that cannot be read: nothing was asked.
    case local
    /// The task that waited was cancelled before anything was asked.
    case cancelled
    /// Anything else that the store said no to.
    case refused
  }

  /// What it is.
  public var kind: Kind
  /// `put object s3://lake/a at https://s3.example.vn`
  public var action: String
  /// The cause alone. No secret stands in it.
  public var cause: String
  /// Whether what was asked for may have been done, or may yet be.
  public var mayBeDone: Bool

  /// A fault of that kind.
  public init(_ kind: Kind, _ action: String, _ cause: String, mayBeDone: Bool = false) {
    self.kind = kind
    self.action = action
    self.cause = cause
    self.mayBeDone = mayBeDone
  }

  /// `cannot <action>: <cause>`
  public var description: String { "cannot \(action): \(cause)" }
}
