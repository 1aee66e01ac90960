import Primitives
import Registry
import Text

/// What a token says, held against what it must say.
struct IdentityClaims {
  private let settings: IdentitySettings
  private let claims: JSONValue

  private init(_ claims: JSONValue, _ settings: IdentitySettings) {
    self.claims = claims
    self.settings = settings
  }

  /// The grant of a token whose signature is right.
  static func grant(
    of claims: JSONValue, _ settings: IdentitySettings, at now: UnixNanos
  ) throws(IdentityRefusal) -> Grant {
    let reader = IdentityClaims(claims, settings)
    try reader.checkAddressees()
    let expires = try reader.checkTimes(now)
    return Grant(
      name: try reader.name(), permissions: reader.permissions(),
      scope: DeviceScope(
        areas: try reader.words(settings.areasClaim), domains: try reader.names(settings.domainsClaim),
        agencies: try reader.names(settings.agenciesClaim)),
      expires: expires)
  }

  private func checkAddressees() throws(IdentityRefusal) {
    if claims["iss"]?.text != settings.issuer { throw .issuer }
    switch claims["aud"] {
    case .string(let audience)?: if audience != settings.audience { throw .audience }
    case .array(let audiences)?: if !audiences.contains(.string(settings.audience)) { throw .audience }
    default: throw .audience
    }
  }

  // MARK: times

  /// - Returns: from when on it is none.
  private func checkTimes(_ now: UnixNanos) throws(IdentityRefusal) -> UnixNanos {
    guard let end = try instant("exp") else { throw .endless }
    let expires = Self.sum(end, Self.skewNanos)
    if now >= expires { throw .expired }
    for name in ["nbf", "iat"] {
      if let begin = try instant(name), now < Self.sum(begin, -Self.skewNanos) { throw .early }
    }
    return expires
  }

  private static let skewNanos = Limits.tokenSkewSeconds * Nanos.perSecond

  private static func sum(_ instant: UnixNanos, _ length: Int64) -> UnixNanos {
    let (sum, isBeyond) = instant.addingReportingOverflow(length)
    return isBeyond ? (length < 0 ? .min : .max) : sum
  }

  /// Seconds since 1970, of any size and with a fraction, as the nearest instant that can be said.
  private func instant(_ name: String) throws(IdentityRefusal) -> UnixNanos? {
    switch claims[name] {
    case nil: return nil
    case .integer(let seconds)?:
      let (nanos, isBeyond) = seconds.multipliedReportingOverflow(by: Nanos.perSecond)
      return isBeyond ? (seconds < 0 ? .min : .max) : nanos
    case .number(let seconds)?:
      let nanos = seconds * Double(Nanos.perSecond)
      return Int64(exactly: nanos.rounded()) ?? (nanos < 0 ? .min : .max)
    default: throw .claim
    }
  }

  // MARK: who, what, where

  private func name() throws(IdentityRefusal) -> String {
    for claim in ["sub", "preferred_username", "azp"] {
      guard let value = claims[claim], value != .null else { continue }
      guard let text = value.text, text.utf8.count <= Limits.subjectBytes,
        text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
      else { throw .claim }
      if !text.isEmpty { return text }
    }
    throw .nameless
  }

  /// What is no permission here may be one elsewhere.
  private func permissions() -> Set<Permission> {
    switch value(settings.scopesClaim) {
    case .string(let words)?: Set(words.split(separator: " ").compactMap { Permission(rawValue: String($0)) })
    case .array(let words)?: Set(words.compactMap { $0.text.flatMap(Permission.init(rawValue:)) })
    default: []
    }
  }

  /// Codes: of a list, or with blanks between them.
  private func words(_ claim: String) throws(IdentityRefusal) -> [String] {
    if case .string(let text)? = value(claim) {
      let words = text.split(separator: " ").map(String.init)
      if words.count > Limits.tokenNames { throw .claim }
      return words
    }
    return try names(claim)
  }

  /// Names, which may hold blanks: of a list, or one. What limits somebody and is not understood must not let them see
  /// everything.
  private func names(_ claim: String?) throws(IdentityRefusal) -> [String] {
    guard let claim, let value = value(claim), value != .null else { return [] }
    if case .string(let text) = value { return text.isEmpty ? [] : [text] }
    guard case .array(let elements) = value, elements.count <= Limits.tokenNames else { throw .claim }
    var names: [String] = []
    for element in elements {
      guard let text = element.text else { throw .claim }
      names.append(text)
    }
    return names
  }

  /// A claim by its name, else by a path.
  private func value(_ claim: String) -> JSONValue? {
    if let value = claims[claim] { return value }
    let steps = claim.split(separator: ".")
    guard steps.count > 1 else { return nil }
    var value: JSONValue? = claims
    for step in steps { value = value?[String(step)] }
    return value
  }
}
