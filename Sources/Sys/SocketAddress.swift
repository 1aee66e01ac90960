import CLinux
public import Primitives

/// Where a socket is bound or connected: an address with its port and the family of the socket.
///
/// `127.0.0.1:5683` is an IPv4 socket, `[::1]:5683` an IPv6 one, `[::]:5683` and `*:5683` one for both families.
public struct SocketAddress: Hashable, Sendable {
  /// Address and port.
  public var address: SourceAddress
  /// Whether the socket is of the IPv6 family; an IPv4 address then is a mapped one.
  public var isIPv6: Bool

  /// That address, in a socket of that family.
  public init(_ address: SourceAddress, isIPv6: Bool) {
    self.address = address
    self.isIPv6 = isIPv6
  }

  /// The family that the address asks for.
  public init(_ address: SourceAddress) {
    self.init(address, isIPv6: !address.isIPv4)
  }

  /// Reads `127.0.0.1:5683`, `[::1]:5683`, `[fe80::1%eth0]:5683`, `*:5683`; nil if it is none of them.
  public init?(_ text: String) {
    guard let (host, portText) = Self.split(text), let port = Self.port(portText),
      let found = Self.numeric(host, port: port)
    else { return nil }
    self = found
  }

  /// The UDP port, host order.
  public var port: UInt16 {
    get { address.port }
    set { address.port = newValue }
  }

  /// `::` or `0.0.0.0`: every address of the machine.
  public var isWildcard: Bool { (address.high == 0 && address.low == 0) || address.ipv4 == 0 }

  /// A group: 224.0.0.0/4 (RFC 5771), FF00::/8 (RFC 4291 section 2.7).
  public var isMulticast: Bool {
    if let v4 = address.ipv4 { return v4 >> 28 == 0xE }
    return address.high >> 56 == 0xFF
  }

  /// A group of IPv6 that reaches no further than an interface or a link, of which the interface is not told.
  var isUnscopedGroup: Bool {
    isMulticast && isIPv6 && !address.isIPv4 && address.scope == 0 && (address.high >> 48 & 0x0F) <= 2
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool {
    if let v4 = address.ipv4 { return v4 >> 24 == 127 }
    return address.high == 0 && address.low == 1
  }

  /// Reads as `init`, and asks the resolver for names: `gateway-7:5683`. May wait for the network.
  public static func resolving(_ text: String) throws(SystemError) -> SocketAddress {
    if let numeric = SocketAddress(text) { return numeric }
    guard let (host, portText) = split(text), let port = port(portText), !host.isEmpty else {
      throw SystemError(code: ErrorNumber.invalid, call: .resolve)
    }
    var found = clinux_address()
    try Kernel.require(.resolve, path: host) { clinux_resolve(host, &found) }
    found.port = port
    return SocketAddress(found)
  }

  /// Host and port, the brackets around an IPv6 host removed; nil if they cannot be told apart.
  static func split(_ text: String) -> (host: String, port: String)? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let port = String(text[text.index(after: colon)...])
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { return ("[" + host.dropFirst().dropLast(), port) }
    return host.contains(":") || host.contains("[") || host.contains("]") ? nil : (String(host), port)
  }

  static func port(_ text: some StringProtocol) -> UInt16? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt16(text)
  }

  /// `host` as `split` gives it: an IPv6 host keeps its opening bracket.
  static func numeric(_ host: String, port: UInt16) -> SocketAddress? {
    if host == "*" { return SocketAddress(SourceAddress(high: 0, low: 0, port: port)) }
    let isIPv6 = host.hasPrefix("[")
    let parts = (isIPv6 ? host.dropFirst() : host[...]).split(
      separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, var address = SourceAddress(addressText: String(name)) else { return nil }
    guard isIPv6 == name.contains(":") else { return nil }
    if parts.count == 2 {
      let zone = String(parts[1])
      let index = UInt32(zone) ?? clinux_interface_index(zone)
      guard isIPv6, index != 0 else { return nil }
      address.scope = index
    }
    address.port = port
    // A mapped address in brackets is the IPv4 address that it maps.
    return SocketAddress(address)
  }
}

extension SocketAddress: CustomStringConvertible {
  /// As `init` reads it.
  public var description: String {
    if isWildcard { return isIPv6 ? "[::]:\(port)" : "0.0.0.0:\(port)" }
    return address.description
  }
}

extension SocketAddress {
  init(_ raw: clinux_address) {
    self.init(
      SourceAddress(high: raw.high, low: raw.low, port: raw.port, scope: raw.scope), isIPv6: raw.is_ipv6 != 0)
  }

  var raw: clinux_address {
    clinux_address(
      high: address.high, low: address.low, scope: address.scope, port: address.port, is_ipv6: isIPv6 ? 1 : 0,
      reserved: 0)
  }
}
