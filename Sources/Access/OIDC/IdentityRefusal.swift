/// Why a token of an issuer is not believed.
public enum IdentityRefusal: String, Error, CaseIterable, Sendable {
  /// It is no token of three parts in base64url with JSON in them.
  case malformed
  case tooLong = "too-long"
  /// `none`, HMAC, or what else is not spoken.
  case algorithm
  /// Its head says something that must be understood, and is not.
  case critical
  /// It is a token for something else, such as a logout.
  case kind
  case issuer
  case audience
  case expired
  case endless
  case early
  /// A claim that is not what it must be.
  case claim
  /// It names nobody.
  case nameless
  /// The issuer has no such key.
  case unknownKey = "unknown-key"
  case signature

  /// For a log, after "because".
  public var cause: String {
    switch self {
    case .malformed: "it is no JSON web token"
    case .tooLong: "it is too long"
    case .algorithm: "its algorithm is none of RS256, ES256 and EdDSA"
    case .critical: "its head asks for what is not understood"
    case .kind: "it is a token for something else"
    case .issuer: "it is of another issuer"
    case .audience: "it is for another audience"
    case .expired: "it has expired"
    case .endless: "it says no end"
    case .early: "it is not valid yet"
    case .claim: "a claim is not what it must be"
    case .nameless: "it names nobody"
    case .unknownKey: "the issuer has no such key"
    case .signature: "its signature is wrong"
    }
  }
}
