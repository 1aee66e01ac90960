/// Where something is asked for over HTTP: what a URL says, as far as a client needs it.
public struct WebAddress: Hashable, Sendable, CustomStringConvertible {
  /// `https`, not `http`.
  public var isSecure: Bool
  /// A name or an address, in small letters, without brackets.
  public var host: String
  public var port: Int
  /// Path and query.
  public var target: String

  /// nil unless `text` is an `http` or `https` URL without a user's name and without a fragment.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.longestBytes, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      !text.contains("#"), !text.contains("\\"), let end = text.firstRange(of: "://")
    else { return nil }
    switch text[..<end.lowerBound].lowercased() {
    case "https": isSecure = true
    case "http": isSecure = false
    default: return nil
    }
    let rest = text[end.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let path = rest[authority.endIndex...]
    target = path.isEmpty ? "/" : path.hasPrefix("?") ? "/" + path : String(path)
    guard let place = Self.place(authority) else { return nil }
    host = place.host
    guard let number = place.port else {
      port = isSecure ? 443 : 80
      return
    }
    guard number.utf8.allSatisfy({ (48...57).contains($0) }), let value = UInt16(number), value > 0 else { return nil }
    port = Int(value)
  }

  private static let longestBytes = 16_384

  /// What stands before a port and what stands behind its colon.
  private static func place(_ authority: Substring) -> (host: String, port: Substring?)? {
    var host = authority
    var port: Substring?
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      host = authority[..<close].dropFirst()
      let rest = authority[authority.index(after: close)...]
      guard rest.isEmpty || rest.hasPrefix(":"), host.contains(":"),
        host.utf8.allSatisfy({
          (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0) || $0 == 58
            || $0 == 46
        })
      else { return nil }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else {
      if let colon = authority.firstIndex(of: ":") {
        host = authority[..<colon]
        port = authority[authority.index(after: colon)...]
      }
      let isName = host.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
          || byte == 95
      }
      if !isName { return nil }
    }
    return host.isEmpty ? nil : (host.lowercased(), port)
  }

  /// Whether what is sent there stays on this machine.
  public var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
  }

  /// The host as the header `Host` has it.
  public var hostField: String {
    let host = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
  }

  public var description: String { (isSecure ? "https://" : "http://") + hostField + target }
}
