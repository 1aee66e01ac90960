import Access

/// TLS, and who vouches for those who ask.
extension ConfigurationReader {
  static func readSecurity(_ http: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    let certificate = try http.place("certificate")
    let key = try http.place("key")
    let clientAuthorities = try http.place("client_ca")
    switch (certificate, key) {
    case (let certificate?, let key?):
      configuration.httpFiles = Configuration.HTTPFiles(
        certificate: certificate, key: key, clientAuthorities: clientAuthorities)
    case (_?, nil): try http.note("certificate", "its key is missing: key")
    case (nil, _?): try http.note("key", "its certificate is missing: certificate")
    case (nil, nil):
      if clientAuthorities != nil {
        try http.note("client_ca", "only TLS asks clients who they are: certificate and key are missing")
      }
    }
    if let section = try http.section("oidc") { configuration.identity = try identity(section) }
  }

  private static func identity(_ section: ConfigurationSection) throws -> Configuration.Identity? {
    var section = section
    guard let issuer = try section.text("issuer") else { throw section.failure("issuer", "it is missing") }
    guard let audience = try section.text("audience") else { throw section.failure("audience", "it is missing") }
    if let flaw = IdentitySettings.flaw(ofIssuer: issuer) { try section.note("issuer", flaw) }
    var settings = IdentitySettings(issuer: issuer, audience: audience)
    let authorities = try section.place("ca")
    if var claims = try section.section("claims") {
      settings.scopesClaim = try claims.text("scopes") ?? settings.scopesClaim
      settings.areasClaim = try claims.text("areas") ?? settings.areasClaim
      settings.domainsClaim = try claims.text("domains")
      settings.agenciesClaim = try claims.text("agencies")
      try claims.rejectUnknownKeys()
    }
    try section.rejectUnknownKeys()
    return Configuration.Identity(settings: settings, authorities: authorities)
  }
}
