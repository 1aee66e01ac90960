/// Somebody's address in a mail, with a name that people see: `Trực ban <truc@example.vn>`.
public struct MailAddress: Hashable, Sendable {
  /// Empty if there is none.
  public var name: String
  /// `local@domain`, in ASCII.
  public var address: String

  /// nil unless it is an address of letters that need no quotes (RFC 5321 section 4.1.2, `Dot-string`), or such a one in
  /// angle brackets behind a name.
  public init?(_ text: String) {
    var rest = text[...]
    name = ""
    if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
      name = Self.trimmed(text[..<open])
      if name.count > 1, name.hasPrefix("\""), name.hasSuffix("\"") { name = String(name.dropFirst().dropLast()) }
      rest = text[text.index(after: open)...].dropLast()
    }
    address = String(rest)
    guard !name.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }), address.utf8.count <= 254,
      let at = address.utf8.lastIndex(of: UInt8(ascii: "@"))
    else { return nil }
    let (local, domain) = (address.utf8[..<at], address.utf8[address.utf8.index(after: at)...])
    guard local.count <= 64, Self.isDotted(local, Self.isLocal), Self.isDotted(domain, Self.isDomain) else {
      return nil
    }
  }

  /// What stands behind the `@`.
  var domain: String { String(address[address.index(after: address.lastIndex(of: "@") ?? address.startIndex)...]) }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  private static func isDotted(_ text: Substring.UTF8View, _ isAllowed: (UInt8) -> Bool) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAllowed) }
  }

  private static func isDomain(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
  }

  private static func isLocal(_ byte: UInt8) -> Bool { isDomain(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte) }
}
