public import Sys

/// A lane's own sockets, one a listener. A class only because an array cannot hold what may not be copied.
final class LaneSocket: Sendable {
  let socket: UDPSocket

  init(_ socket: consuming UDPSocket) {
    self.socket = socket
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
