import Cryptography
import Primitives
import Sys
import Testing
import Yams

@testable import Node
@testable import Protocols

/// Users and mappings of an SNMP listener, and what a listener has where nothing is said of it.
@Suite struct SNMPFilesTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func users(_ text: String) throws -> [SNMPUser] {
    try SNMPFiles.users(try scratch.write(text, to: "users.yaml"), by: ConfigurationSection.empty)
  }

  private func entries(_ text: String) throws -> SNMPDictionary {
    try SNMPFiles.dictionary(try scratch.write(text, to: "m.yaml"), by: ConfigurationSection.empty)
  }

  private func cause<Result>(_ body: () throws -> Result) -> String {
    do {
      _ = try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  private func name(_ identifier: [UInt64], _ dictionary: SNMPDictionary) -> String? {
    let octets = SNMPDictionary.encoded(identifier)
    let slot = dictionary.find(octets.span.bytes, 0..<octets.count)
    if slot < 0 { return nil }
    let range = dictionary.slots[slot].name
    let texts = dictionary.texts
    return String(decoding: range.map { texts.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }, as: UTF8.self)
  }

  @Test func usersAreReadWithTheirKeys() throws {
    let read = try users(
      """
      - { user: open }
      - { user: ioc, auth: SHA-256, auth_password: "12345678", priv: AES-128, priv_password: "abcdefgh" }
      - { user: tủ, engine: 8000000001020304, auth: SHA, auth_password: "mật khẩu" }
      """)
    #expect(read.map { String(decoding: $0.name, as: UTF8.self) } == ["open", "ioc", "tủ"])
    #expect(
      read.map(\.authentication) == [nil, .sha256, .sha1] && read.map { $0.privacy != nil } == [false, true, false])
    #expect(read.map(\.engineID) == [nil, nil, [0x80, 0, 0, 0, 1, 2, 3, 4]])
    #expect(try users("[]").isEmpty)
  }

  @Test(arguments: [
    ("- {}", "users[0].user: must be 1 to 32 octets"), ("- { user: \"\" }", "users[0].user: must be 1 to 32"),
    ("- { user: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }", "users[0].user: must be 1 to 32"),
    ("- { user: a, engine: 80 }", "users[0].engine: must be 5 to 32 octets"),
    ("- { user: a, engine: 80000000010203zz }", "users[0].engine: must be"),
    ("- { user: a }\n- { user: b, auth_password: 12345678 }", "line 2: users[1].auth_password: needs auth too"),
    ("- { user: a, auth: MD6, auth_password: \"12345678\" }", "users[0].auth: MD6 is none of"),
    ("- { user: a, auth: SHA }", "users[0].auth_password: must have at least 8 octets"),
    ("- { user: a, auth: SHA, auth_password: \"1234567\" }", "users[0].auth_password: must have at least 8"),
    ("- { user: a, priv_password: \"12345678\" }", "users[0].priv_password: needs priv too"),
    ("- { user: a, priv: DES, priv_password: \"12345678\" }", "users[0].priv: needs auth too"),
    (
      "- { user: a, auth: SHA, auth_password: \"12345678\", priv: RC4, priv_password: \"12345678\" }",
      "users[0].priv: RC4 is none of"
    ),
    ("- { user: a, pasword: x }", "users[0].pasword: no such key"), ("user: a", "it must be a list of users"),
  ])
  func usersThatCannotBeAreNamed(text: String, expected: String) {
    #expect(cause { try users(text) }.contains(expected), "\(cause { try users(text) })")
  }

  @Test func mappingsAreFoundByTheLongestPrefix() throws {
    let dictionary = try entries(
      """
      mib: UPS-MIB
      objects:
        - { oid: 1.3.6.1.4.1.9, name: vendor, unit: V }
        - { oid: 1.3.6.1.4.1.9.2, name: vendorPart, rows: no }
      notifications:
        - { oid: 2.999.4294967295, name: alarm-1, severity: warning }
      """)
    #expect(name([1, 3, 6, 1, 4, 1, 9, 7], dictionary) == "vendor")
    #expect(name([1, 3, 6, 1, 4, 1, 9, 2, 0], dictionary) == "vendorPart")
    #expect(name([2, 999, 4_294_967_295], dictionary) == "alarm-1" && name([1, 3, 6, 1, 4, 1], dictionary) == nil)
    let rows = dictionary.slots.filter(\.makesRows)
    #expect(rows.count == 1, "neither what says no nor what is told")
  }

  @Test(arguments: [
    ("objects: [{ name: a }]", "objects[0].oid: is missing"),
    ("objects: [{ oid: 1, name: a }]", "1 is no object identifier"),
    ("objects: [{ oid: 3.1, name: a }]", "3.1 is no object identifier"),
    ("objects: [{ oid: 1.3.x, name: a }]", "1.3.x is no object identifier"),
    ("objects: [{ oid: 1.3.4294967296, name: a }]", "is no object identifier"),
    ("objects: [{ oid: 1.-3, name: a }]", "is no object identifier"),
    ("objects: [{ oid: 1.3.6 }]", "objects[0].name: must be 1 to 64 letters"),
    ("objects: [{ oid: 1.3.6, name: \"a b\" }]", "objects[0].name: must be"),
    ("objects: [{ oid: 1.3.6, name: a, rows: maybe }]", "objects[0].rows: maybe is neither yes nor no"),
    ("notifications: [{ oid: 1.3.6, name: a, severity: bad }]", "notifications[0].severity: bad is none of"),
    ("objects: [{ oid: 1.3.6, name: a, units: V }]", "objects[0].units: no such key"),
    ("object: []", "object: no such key"), ("- a", "the file must be a mapping"),
    ("objects: x", "objects: must be a list"),
  ])
  func mappingsThatCannotBeAreNamed(text: String, expected: String) {
    #expect(cause { try entries(text) }.contains(expected), "\(cause { try entries(text) })")
  }

  /// Of a folder the mapping files alone, in the order of their names: the last of equal identifiers holds.
  @Test func aFolderIsAllOfItsMappings() throws {
    _ = try scratch.write("objects: [{ oid: 1.3.6.1.4.1.9, name: last }]", to: "b.yaml")
    _ = try scratch.write(
      "objects: [{ oid: 1.3.6.1.4.1.9, name: first }, { oid: 1.3.6.1.4.1.8, name: other }]", to: "a.yaml")
    _ = try scratch.write("no: [mapping", to: "README.md")
    let dictionary = try SNMPFiles.dictionary(scratch.path, by: ConfigurationSection.empty)
    #expect(
      name([1, 3, 6, 1, 4, 1, 9, 1], dictionary) == "last" && name([1, 3, 6, 1, 4, 1, 8], dictionary) == "other")
    #expect(
      cause { try SNMPFiles.dictionary(scratch.path + "/none", by: ConfigurationSection.empty) }.contains("/none"))
  }

  @Test func moreNamesThanMayBeAreRefused() throws {
    func mapping(_ count: Int) -> String {
      "objects:\n" + (0..<count).map { "- { oid: 1.3.6.1.4.1.\($0), name: n\($0) }\n" }.joined()
    }
    #expect(try entries(mapping(100)).slots.count == 100 + SNMPDictionary.standard.count)
    if Limits.snmpNames <= 20_000 {
      #expect(cause { try entries(mapping(Limits.snmpNames + 1)) }.contains("\(Limits.snmpNames) are the most"))
    }
  }

  /// A zone that the node names is every listener's that names none.
  @Test func theNodesZoneHoldsWhereAListenerNamesNone() throws {
    let zone = TimeZoneRules.fixed(offsetSeconds: 9 * 3_600)
    for (text, expected) in [("{}", zone), ("zone: UTC", TimeZoneRules.utc)] {
      let node = try #require(try Yams.compose(yaml: text))
      var section = try ConfigurationSection(node, file: "c.yaml", name: "listeners[0]")
      var settings = ListenerSettings(.syslog)
      try TelemetryProtocol.syslog.read(&section, into: &settings, defaults: SettingsDefaults(zone: zone))
      #expect(settings.syslog.zone == expected && settings.syslog.sourceZones.isEmpty)
    }
  }
}
