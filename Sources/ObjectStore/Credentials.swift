/// Who asks. A text of it, however it is made, shows no secret.
public struct Credentials: Hashable, Sendable {
  public var keyId: String
  public var secret: String
  /// Of credentials that expire.
  public var sessionToken: String?

  public init(keyId: String, secret: String, sessionToken: String? = nil) {
    self.keyId = keyId
    self.secret = secret
    self.sessionToken = sessionToken
  }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Not even the identifier, which is no secret: nobody needs it in a log.
  public var description: String { "credentials" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
