import Text

/// Whose tokens are believed, and what in them says what (`http.oidc`).
public struct IdentitySettings: Hashable, Sendable {
  /// As tokens have it in `iss`.
  public var issuer: String
  /// What `aud` must hold.
  public var audience: String
  /// Names of claims; one that is not a member's name is looked for as a path, such as `realm_access.roles`.
  public var scopesClaim = "thinai_scopes"
  public var areasClaim = "thinai_areas"
  /// nil for no claim.
  public var domainsClaim: String?
  public var agenciesClaim: String?

  public init(issuer: String, audience: String) {
    self.issuer = issuer
    self.audience = audience
  }

  /// Why an issuer cannot be asked; nil if it can.
  public static func flaw(ofIssuer issuer: String) -> String? {
    guard let address = WebAddress(issuer), !issuer.contains("?") else {
      return "\(issuer) is no URL such as https://login.example.vn"
    }
    return mayBeAsked(address) ? nil : "\(issuer) is not https: what it says could be anybody's"
  }

  /// Keys that come without TLS are whoever's stands between; on this machine nobody does.
  static func mayBeAsked(_ address: WebAddress) -> Bool { address.isSecure || address.isLoopback }

  /// Where the issuer describes itself (OpenID Connect Discovery 1.0 section 4).
  var documentAddress: WebAddress? {
    WebAddress((issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration")
  }
}
