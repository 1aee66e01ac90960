public import Sys

/// Where the datagrams of one protocol go.
public struct SimulationTarget: Sendable, Hashable {
  public var transport: FleetTransport
  public var address: SocketAddress

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
