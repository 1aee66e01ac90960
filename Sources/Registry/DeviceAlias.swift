/// Another name by which a device is known, in the registry's column `addresses`: `KIND:VALUE`.
///
/// Unlike an address, it stays with a device behind NAT or one that moves.
public struct DeviceAlias: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// An SNMP engine id in hexadecimal: `engine:80001f88043a1b2c`.
    case engine
    /// Our own UDP port that it sends to: `port:20004`.
    case port
    /// The canonical name in its RTCP (RFC 3550 section 6.5.1): `cname:cam-17@10.0.0.9`.
    case cname
    /// The synchronisation source of its RTP: `ssrc:693dc6cc`.
    case ssrc
    /// Its device URN (RFC 9039), as SenML names it: `urn:dev:mac:0024befffe80aa04`.
    case urn
    /// The endpoint as which it announces itself: `endpoint:urn:uuid:…`.
    case endpoint
  }

  public var kind: Kind
  public var value: String

  public init(_ kind: Kind, _ value: String) {
    self.kind = kind
    self.value = value
  }

  /// Reads `KIND:VALUE`; nil if it has no such form. Hexadecimal values lose their `0x` and capitals.
  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])) else { return nil }
    var value = String(text[text.index(after: colon)...])
    switch kind {
    case .engine, .ssrc:
      value = value.lowercased()
      if value.hasPrefix("0x") { value.removeFirst(2) }
      guard !value.isEmpty, value.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
        return nil
      }
      if kind == .ssrc {
        guard value.utf8.count <= 8 else { return nil }
        value = String(repeating: "0", count: 8 - value.utf8.count) + value
      }
    case .port:
      guard let port = UInt16(value), port > 0 else { return nil }
      value = "\(port)"
    case .urn:
      guard let name = Self.deviceURN(text) else { return nil }
      self = name
      return
    case .cname, .endpoint:
      guard !value.isEmpty else { return nil }
    }
    self.init(kind, value)
  }

  /// The alias of a name that is a device URN, whatever the case of its letters and whether or not a separator ends it;
  /// nil for any other name.
  static func deviceURN(_ name: String) -> DeviceAlias? {
    guard name.utf8.count > 8, name.prefix(8).lowercased() == "urn:dev:" else { return nil }
    var value = name.lowercased().dropFirst(4)
    while let last = value.last, "/:._-".contains(last) { value.removeLast() }
    return value.utf8.count > 4 ? DeviceAlias(.urn, String(value)) : nil
  }
}
