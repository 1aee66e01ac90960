/// A file of credentials as AWS' tools have it (AWS CLI: "Configuration and credential file settings").
///
/// ```
/// [default]
/// aws_access_key_id = AKIA…
/// aws_secret_access_key = …
/// aws_session_token = …
/// ```
struct CredentialsFile {
  private let profiles: [String: [String: String]]

  /// Lines that are not understood are passed over, as AWS' tools do.
  init(_ text: String) {
    var profiles: [String: [String: String]] = [:]
    var profile: String?
    for line in text.split(whereSeparator: \.isNewline) {
      // A line that is set in continues the key before it; none of ours has such.
      if line.first == " " || line.first == "\t" { continue }
      let line = Self.trimmed(line)
      if line.hasPrefix("#") || line.hasPrefix(";") { continue }
      if line.hasPrefix("[") {
        profile = line.firstIndex(of: "]").map { Self.name(Self.trimmed(line[..<$0].dropFirst())) }
        if let profile, profiles[profile] == nil { profiles[profile] = [:] }
        continue
      }
      guard let profile, let mark = line.firstIndex(of: "=") else { continue }
      let name = Self.trimmed(line[..<mark]).lowercased()
      profiles[profile]?[name] = Self.trimmed(line[line.index(after: mark)...])
    }
    self.profiles = profiles
  }

  /// In `config` files profiles stand as `[profile name]`.
  private static func name(_ text: String) -> String {
    text.hasPrefix("profile ") ? trimmed(text.dropFirst("profile ".count)) : text
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    return String(rest)
  }

  /// - Throws: the cause, without anything of what stands in the file.
  func credentials(profile: String) throws(CredentialsFault) -> Credentials {
    guard let keys = profiles[profile] else { throw CredentialsFault("it has no profile [\(profile)]") }
    func value(_ name: String) -> String? { keys[name].flatMap { $0.isEmpty ? nil : $0 } }
    guard let keyId = value("aws_access_key_id") else {
      throw CredentialsFault("profile [\(profile)] has no aws_access_key_id")
    }
    guard let secret = value("aws_secret_access_key") else {
      throw CredentialsFault("profile [\(profile)] has no aws_secret_access_key")
    }
    return Credentials(keyId: keyId, secret: secret, sessionToken: value("aws_session_token"))
  }
}

/// Why there are no credentials.
struct CredentialsFault: Error, Hashable, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
