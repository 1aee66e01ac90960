/// How a UDP socket is opened.
public struct UDPSocketOptions: Sendable {
  /// A multicast group is joined: `239.1.2.3` on every interface that can, `[ff02::5%eth0]` on that one.
  /// Port 0 lets the kernel choose. `[::]` takes IPv4 as well, where the kernel has IPv6; else it is `0.0.0.0`.
  public var address: SocketAddress
  /// `SO_REUSEPORT`: several lanes bind one port, and the kernel spreads the flows over them.
  public var reusePort = false
  /// With `reusePort`: binds a port that no other socket has, and lets those that follow share it from then on. So one
  /// group never grows by another process's sockets.
  public var isFirstOfGroup = false
  /// With `reusePort`: how many sockets of the group share the datagrams at random, whoever sends them. 0 leaves a
  /// flow with one of them, as its addresses and ports hash: right for what keeps state by sender.
  public var spreadOverSockets = 0
  /// Asked of the kernel; what it granted is `UDPSocket.grantedReceiveBufferBytes`. 0 leaves the system's default.
  public var receiveBufferBytes = 0
  /// `UDP_GRO`, where the kernel has it: datagrams of one flow and one size arrive glued together.
  public var receiveOffload = false
  /// `SO_RXQ_OVFL`: each datagram tells how many the kernel had dropped before it.
  public var countsDrops = false
  /// `IP_PKTINFO`, `IPV6_RECVPKTINFO`: each datagram tells which own address it was sent to.
  public var reportsLocalAddress = false
  /// `SO_TIMESTAMPNS`: each datagram tells when the kernel took it in.
  public var reportsArrival = false
  /// Multicast groups that are joined on every interface that can, whatever the address; those of IPv6 on IPv6 sockets
  /// only. Their ports say nothing.
  public var multicastGroups: [SocketAddress] = []

  /// A plain socket at that address; everything else is off.
  public init(address: SocketAddress) {
    self.address = address
  }
}
