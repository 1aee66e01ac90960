public import Access
public import Primitives
import Registry
import Sys
import Text
import Yams

/// The file of tokens, which holds digests alone:
/// ```yaml
/// tokens:
///   - { name: ioc-page, sha256: "9f…", scopes: [read], areas: ["52"], domains: [], agencies: [], expires: 2027-06-30 }
/// ```
public enum TokenFiles {
  /// - Parameter zone: whose midnight ends the last day of a token.
  /// - Throws: `ConfigurationError` that tells everything that is wrong with it.
  public static func read(_ path: String, zone: TimeZoneRules) throws -> TokenBook {
    let faults = ConfigurationFaults()
    var top = try ConfigurationSection(root(path), file: path, name: "", faults: faults)
    var entries: [(digest: TokenDigest, grant: Grant)] = []
    for section in try top.sections("tokens") ?? [] {
      if let entry = faults.gather({ try entry(section, zone: zone) }) { entries.append(entry) }
    }
    try top.rejectUnknownKeys()
    if !faults.all.isEmpty { throw ConfigurationError(faults.all.map(\.description).joined(separator: "\n")) }
    do throws(TokenBook.Twice) { return try TokenBook(entries) } catch {
      throw ConfigurationError(path, line: nil, "\(error) stands there twice")
    }
  }

  private static func root(_ path: String) throws -> Node {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.readWhole(path) } catch {
      throw ConfigurationError(path, line: nil, "\(error)")
    }
    do {
      // An empty file has no token, as a list without any has none.
      return try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self)) ?? Node.mapping(Node.Mapping([]))
    } catch {
      throw ConfigurationError(path, line: nil, "it is no YAML: \(error)")
    }
  }

  private static func entry(
    _ given: ConfigurationSection, zone: TimeZoneRules
  ) throws -> (digest: TokenDigest, grant: Grant) {
    var section = given
    guard let name = try section.text("name")?.composed, isName(name) else {
      throw section.failure("name", "must be 1 to \(nameBytes) octets without control characters")
    }
    guard let text = try section.text("sha256"), let digest = TokenDigest(hex: text) else {
      throw section.failure("sha256", "must be the 64 hexadecimal digits of the token's SHA-256")
    }
    let permissions = try (section.texts("scopes") ?? []).map { word in
      guard let permission = Permission(rawValue: word) else {
        throw section.failure(
          "scopes", "\(word) is none of \(Permission.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return permission
    }
    let scope = DeviceScope(
      areas: try limits("areas", &section), domains: try limits("domains", &section),
      agencies: try limits("agencies", &section))
    let grant = Grant(
      name: name, permissions: Set(permissions), scope: scope, expires: try expiry(&section, zone),
      requestsPerSecond: try rate(&section))
    try section.rejectUnknownKeys()
    return (digest, grant)
  }

  private static let nameBytes = 128

  /// Whether a name may stand in a log, a header and an answer.
  public static func isName(_ name: String) -> Bool {
    (1...nameBytes).contains(name.utf8.count) && name.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
  }

  private static func limits(_ key: String, _ section: inout ConfigurationSection) throws -> [String] {
    let values = try (section.texts(key) ?? []).map(\.composed)
    // An empty one would limit to devices without, which nobody means.
    if values.contains("") { throw section.failure(key, "one of them is empty") }
    return values
  }

  private static func expiry(_ section: inout ConfigurationSection, _ zone: TimeZoneRules) throws -> UnixNanos? {
    guard let text = try section.text("expires") else { return nil }
    guard let end = end(ofTerm: text, zone: zone) else {
      throw section.failure("expires", "\(text) is neither a day such as 2027-06-30 nor a time such as \(timeSample)")
    }
    return end
  }

  private static let timeSample = "2027-06-30T18:00:00+07:00"

  /// When something ends that is valid until a time, or through a day; nil of a text that is neither.
  public static func end(ofTerm text: String, zone: TimeZoneRules) -> UnixNanos? {
    if let time = RFC3339.parse(text) { return time }
    guard let day = CalendarDate(text) else { return nil }
    return zone.utcNanos(fromLocalSeconds: (Int64(day.daysSinceEpoch) + 1) * 86_400)
  }

  /// `50/s`, in requests a second.
  private static func rate(_ section: inout ConfigurationSection) throws -> Double? {
    guard let text = try section.text("rate") else { return nil }
    guard let rate = rate(text) else {
      throw section.failure("rate", "\(text) is no rate that can be used, such as 50/s")
    }
    return rate
  }

  /// nil if a text is no rate.
  public static func rate(_ text: String) -> Double? {
    guard text.hasSuffix("/s"), let value = Double(text.dropLast(2)), value >= 0.01, value <= 1e6 else { return nil }
    return value
  }

  // MARK: writing

  /// An entry, as a line of the file.
  public static func line(digest: TokenDigest, name: String, scopes: [String], limits: Limitation) -> String {
    func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }
    var text = "  - { name: \(quoted(name)), sha256: \"\(digest.hex)\", scopes: [\(scopes.joined(separator: ", "))]"
    text += ", areas: \(list(limits.areas)), domains: \(list(limits.domains)), agencies: \(list(limits.agencies))"
    if let expires = limits.expires { text += ", expires: \(expires)" }
    if let rate = limits.rate { text += ", rate: \(rate)" }
    return text + " }"
  }

  /// What an entry limits its token to, as it was given.
  public struct Limitation {
    public var areas: [String]
    public var domains: [String]
    public var agencies: [String]
    public var expires: String?
    public var rate: String?

    public init(areas: [String], domains: [String], agencies: [String], expires: String?, rate: String?) {
      self.areas = areas
      self.domains = domains
      self.agencies = agencies
      self.expires = expires
      self.rate = rate
    }
  }

  /// JSON's strings are YAML's.
  private static func quoted(_ text: String) -> String { JSONValue.string(text).serialized }

  /// Takes the entry of a name out of the file's text; nil if there is none.
  ///
  /// What else stands there, remarks too, stays as it is, where every entry begins on a line of its own.
  static func without(_ name: String, _ text: String) throws -> String? {
    guard let root = try Yams.compose(yaml: text), case .mapping(let mapping) = root,
      case .sequence(let entries)? = mapping[Node("tokens")]
    else { return nil }
    let starts = entries.map { $0.mark?.line ?? 0 }
    guard let place = entries.firstIndex(where: { entry in entry["name"]?.string?.composed == name.composed }) else {
      return nil
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let first = starts[place] - 1
    guard Set(starts).count == starts.count, lines.indices.contains(first), lines[first].hasDash else {
      throw ConfigurationError("cannot take out \(name): its entry shares a line with another one")
    }
    // Up to the next entry, or what is less indented than an entry.
    var end = first + 1
    while end < lines.count, !lines[end].hasDash, lines[end].first == " " { end += 1 }
    lines.removeSubrange(first..<end)
    if entries.count == 1 {
      lines = lines.map { $0.hasPrefix("tokens:") ? "tokens: []" : $0 }
    }
    return lines.joined(separator: "\n")
  }

  /// Takes the entry of a name out of a file; false if there is none.
  public static func revoke(_ name: String, in path: String) throws -> Bool {
    let text: String
    do throws(SystemError) { text = String(decoding: try File.readWhole(path), as: UTF8.self) } catch {
      throw ConfigurationError(path, line: nil, "\(error)")
    }
    guard let rest = try without(name, text) else { return false }
    do throws(SystemError) { try FileSystem.replace(path, by: Array(rest.utf8)) } catch {
      throw ConfigurationError(path, line: nil, "\(error)")
    }
    return true
  }
}

extension String {
  /// Whether an entry of a list begins on this line.
  fileprivate var hasDash: Bool { drop { $0 == " " }.hasPrefix("-") }
}
