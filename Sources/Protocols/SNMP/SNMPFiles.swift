import Cryptography
import Primitives
import Sys

/// Reads the files of an SNMP listener: users of version 3, and mappings of object identifiers.
enum SNMPFiles {
  /// A file of users:
  /// ```yaml
  /// - { user: qn-ioc, auth: SHA-256, auth_password: "…", priv: AES-128, priv_password: "…" }
  /// - { user: cabinet, engine: 80001f8804…, auth: MD5, auth_password: "…" }
  /// ```
  static func users(_ path: String, by section: some SettingsSection) throws -> [SNMPUser] {
    var users: [SNMPUser] = []
    for var entry in try section.entries(ofFile: path, "users") {
      guard let name = try entry.text("user"), !name.isEmpty, name.utf8.count <= 32 else {
        throw entry.failure("user", "must be 1 to 32 octets")
      }
      let engine = try entry.text("engine")
      let engineID = engine.flatMap { Hexadecimal.octets($0) }
      if engine != nil && !(engineID.map { (5...32).contains($0.count) } ?? false) {
        throw entry.failure("engine", "must be 5 to 32 octets in hexadecimal")
      }
      let authentication = try authentication(&entry)
      let privacy = try privacy(&entry)
      if privacy != nil && authentication == nil {
        throw entry.failure("priv", "needs auth too (RFC 3414 section 1.4)")
      }
      try entry.rejectUnknownKeys()
      let user = SNMPUser(name: name, authentication: authentication, privacy: privacy, engineID: engineID)
      guard let user else { throw entry.failure("auth", "this machine's libcrypto does not have it") }
      users.append(user)
    }
    return users
  }

  private static func authentication(
    _ entry: inout some SettingsSection
  ) throws -> (algorithm: DigestAlgorithm, password: String)? {
    let name = try entry.text("auth")
    let password = try entry.text("auth_password")
    guard let name else {
      if password != nil { throw entry.failure("auth_password", "needs auth too") }
      return nil
    }
    guard let algorithm = DigestAlgorithm(rawValue: name == "SHA" ? "SHA-1" : name) else {
      let known = DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
      throw entry.failure("auth", "\(name) is none of \(known)")
    }
    return (algorithm, try checked(password, "auth_password", entry))
  }

  private static func privacy(_ entry: inout some SettingsSection) throws -> (SNMPPrivacy, password: String)? {
    let name = try entry.text("priv")
    let password = try entry.text("priv_password")
    guard let name else {
      if password != nil { throw entry.failure("priv_password", "needs priv too") }
      return nil
    }
    guard let privacy = SNMPPrivacy(name: name) else {
      throw entry.failure("priv", "\(name) is none of DES, AES-128, AES-192, AES-256, AES-192-C, AES-256-C")
    }
    return (privacy, try checked(password, "priv_password", entry))
  }

  private static func checked(_ password: String?, _ key: String, _ entry: some SettingsSection) throws -> String {
    // RFC 3414 section 11.2.
    guard let password, password.utf8.count >= 8 else { throw entry.failure(key, "must have at least 8 octets") }
    return password
  }

  /// A mapping file, or all `.yaml` files of a directory in the order of their names:
  /// ```yaml
  /// mib: UPS-MIB
  /// objects:
  ///   - { oid: 1.3.6.1.2.1.33.1.2.3, name: upsEstimatedMinutesRemaining, unit: min }
  /// notifications:
  ///   - { oid: 1.3.6.1.2.1.33.2.1, name: upsTrapOnBattery, severity: warning }
  /// ```
  static func dictionary(_ path: String, by section: some SettingsSection) throws -> SNMPDictionary {
    var files = [path]
    if let names = try? FileSystem.list(path) {
      files = names.map(\.name).filter { $0.hasSuffix(".yaml") }.map { "\(path)/\($0)" }
    }
    var found: [SNMPDictionary.Entry] = []
    for file in files {
      var top = try section.file(file)
      _ = try top.text("mib")
      for var entry in try top.sections("objects") ?? [] { found.append(try object(&entry, isNotification: false)) }
      for var entry in try top.sections("notifications") ?? [] {
        found.append(try object(&entry, isNotification: true))
      }
      try top.rejectUnknownKeys()
    }
    guard found.count <= Limits.snmpNames else {
      throw section.failure(ofFile: path, "it maps \(found.count) names; \(Limits.snmpNames) are the most")
    }
    return SNMPDictionary(found)
  }

  private static let severities = EventRow.severities.indices.map { EventRow.severities[$0].description }

  private static func object(
    _ entry: inout some SettingsSection, isNotification: Bool
  ) throws -> SNMPDictionary.Entry {
    guard let text = try entry.text("oid") else { throw entry.failure("oid", "is missing") }
    let numbers = text.split(separator: ".").map { UInt64($0) }
    // RFC 2578 section 3.5.
    guard numbers.count >= 2, let first = numbers[0], first <= 2,
      numbers.allSatisfy({ $0.map { $0 <= UInt64(UInt32.max) } ?? false })
    else {
      throw entry.failure("oid", "\(text) is no object identifier")
    }
    guard let name = try entry.text("name"), !name.isEmpty, name.utf8.count <= 64,
      name.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 })
    else { throw entry.failure("name", "must be 1 to 64 letters, digits and hyphens") }
    let severity = try entry.text("severity") ?? ""
    if !severity.isEmpty && !severities.contains(severity) {
      throw entry.failure("severity", "\(severity) is none of \(severities.joined(separator: ", "))")
    }
    let unit = try entry.text("unit") ?? ""
    let rows = try entry.text("rows") ?? "yes"
    guard rows == "yes" || rows == "no" || rows == "true" || rows == "false" else {
      throw entry.failure("rows", "\(rows) is neither yes nor no")
    }
    try entry.rejectUnknownKeys()
    return SNMPDictionary.Entry(
      numbers.compactMap { $0 }, name: name, unit: unit, severity: severity,
      makesRows: !isNotification && (rows == "yes" || rows == "true"))
  }
}
