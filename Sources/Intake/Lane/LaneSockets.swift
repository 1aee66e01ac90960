import Primitives
public import Sys

/// A lane's own sockets: one a listener, and one a port where it has several. A class only because an array cannot hold what may not be copied.
final class LaneSocket: Sendable {
  let socket: UDPSocket
  let listener: Int
  /// What its datagrams were sent to, as far as it is known: the port.
  let destination: SourceAddress

  init(_ socket: consuming UDPSocket, listener: Int) {
    destination = SourceAddress(high: 0, low: 0, port: socket.localPort)
    self.socket = socket
    self.listener = listener
  }
}

/// What the kernel granted to one socket.
public struct SocketGrant: Sendable {
  public var listener: String
  public var address: SocketAddress
  /// Bytes asked for and given; the kernel's doubling left out of both.
  public var wantedBytes: Int
  public var grantedBytes: Int
  public var hasReceiveOffload: Bool
}
