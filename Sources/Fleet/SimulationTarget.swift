public import Sys

/// Where the datagrams of one protocol go.
public struct SimulationTarget: Sendable, Hashable {
  /// The protocol that is listened for there.
  public var transport: FleetTransport
  /// IPv4 or IPv6, with its port.
  public var address: SocketAddress

  /// A target whose address is known.
  public init(transport: FleetTransport, address: SocketAddress) {
    self.transport = transport
    self.address = address
  }

  /// `text` is `HOST:PORT`, an IPv6 address in brackets; a name is resolved.
  public init(transport: FleetTransport, resolving text: String) throws {
    do {
      self.init(transport: transport, address: try SocketAddress.resolving(text))
    } catch {
      throw FleetError("cannot resolve target \(text): \(error)")
    }
  }
}
