/// One address with a range of ports, `[::]:20000-20999`, or with one, `[::]:8089`.
public struct SocketAddressRange: Hashable, Sendable, CustomStringConvertible {
  /// With the first port.
  public var first: SocketAddress
  /// From the first to the last, both included.
  public var ports: ClosedRange<UInt16>

  /// nil if it is neither form, or if the range ends before it starts.
  public init?(_ text: String) {
    guard let (host, portText) = SocketAddress.split(text) else { return nil }
    let bounds = portText.split(separator: "-", omittingEmptySubsequences: false).map { SocketAddress.port($0) }
    guard (1...2).contains(bounds.count), let low = bounds[0], let high = bounds[bounds.count - 1], low <= high,
      let first = SocketAddress.numeric(host, port: low)
    else { return nil }
    self.first = first
    self.ports = low...high
  }

  /// One address for each port.
  public var addresses: [SocketAddress] {
    ports.map { port in
      var address = first
      address.port = port
      return address
    }
  }

  /// As `init` reads it.
  public var description: String {
    ports.count == 1 ? first.description : "\(first)-\(ports.upperBound)"
  }
}
