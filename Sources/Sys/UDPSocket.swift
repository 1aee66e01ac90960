import CLinux
import Primitives

/// A non-blocking UDP socket. It owns its descriptor and closes it at the end of its life.
public struct UDPSocket: ~Copyable, Sendable {
  /// For a `Poller`.
  public let fileDescriptor: Int32
  /// The family of the socket; an IPv6 one carries IPv4 as mapped addresses.
  public let isIPv6: Bool
  /// What it is bound to; the port is the one that the kernel chose if 0 was asked for.
  public private(set) var localAddress: SocketAddress
  /// Whether `UDP_GRO` is on.
  public private(set) var hasReceiveOffload = false
  /// Whether the kernel spreads datagrams over the group as `spreadOverSockets` asks; it does from Linux 4.5 on.
  public private(set) var isSpread = false
  /// The receive buffer as the kernel grants it, in bytes of its own bookkeeping: a small datagram takes some
  /// hundreds of bytes more than its payload. 0 if no size was asked for.
  public private(set) var grantedReceiveBufferBytes = 0

  private init(isIPv6: Bool, address: SocketAddress) throws(SystemError) {
    self.fileDescriptor = try Kernel.require(.socket) { Network.socket(isIPv6: isIPv6) }
    self.isIPv6 = isIPv6
    self.localAddress = address
  }

  deinit {
    Network.close(fileDescriptor)
  }

  /// The port that it is bound to.
  public var localPort: UInt16 { localAddress.port }

  /// Opens and binds.
  public static func open(_ options: UDPSocketOptions) throws(SystemError) -> UDPSocket {
    var address = options.address
    do {
      return try bound(to: address, options)
    } catch {
      guard address.isIPv6, address.isWildcard, error.code == ErrorNumber.familyNotSupported else { throw error }
      // A kernel without IPv6: every address that it has is an IPv4 one.
      address = SocketAddress(SourceAddress(ipv4: 0, port: address.port))
      return try bound(to: address, options)
    }
  }

  /// Opens and connects: `send` needs no destination, and only the peer is heard.
  public static func connected(to peer: SocketAddress, from: SocketAddress? = nil) throws(SystemError) -> UDPSocket {
    let isIPv6 = from?.isIPv6 ?? peer.isIPv6
    var socket = try UDPSocket(isIPv6: isIPv6, address: peer)
    if var own = from?.raw {
      try Kernel.require(.bind) { Network.bind(socket.fileDescriptor, &own, shares: false) }
    }
    var raw = SocketAddress(peer.address, isIPv6: isIPv6).raw
    try Kernel.require(.connect) { clinux_connect(socket.fileDescriptor, &raw) }
    try socket.readLocalAddress()
    return socket
  }

  private static func bound(to address: SocketAddress, _ options: UDPSocketOptions) throws(SystemError) -> UDPSocket {
    var socket = try UDPSocket(isIPv6: address.isIPv6, address: address)
    try socket.set(options, dualStack: address.isIPv6 && address.isWildcard)
    var raw = address.raw
    if address.isUnscopedGroup {
      // Such a group can be bound on one interface alone, so the port is.
      raw = SocketAddress(SourceAddress(high: 0, low: 0, port: address.port)).raw
    }
    let isFirst = options.isFirstOfGroup
    try Kernel.require(.bind) { Network.bind(socket.fileDescriptor, &raw, shares: options.reusePort && !isFirst) }
    if options.reusePort && isFirst {
      try Kernel.require(.setsockopt) { Network.sharePort(socket.fileDescriptor) }
    }
    try socket.readLocalAddress()
    if options.reusePort && options.spreadOverSockets > 1 {
      let descriptor = socket.fileDescriptor
      let sockets = UInt32(options.spreadOverSockets)
      socket.isSpread =
        Kernel.call(.setsockopt) { Network.setOption { clinux_spread_over_group(descriptor, sockets) } } == 0
    }
    return socket
  }

  private mutating func set(_ options: UDPSocketOptions, dualStack: Bool) throws(SystemError) {
    let descriptor = fileDescriptor
    if isIPv6 {
      try Kernel.require(.setsockopt) { Network.setOption { clinux_set_only_ipv6(descriptor, dualStack ? 0 : 1) } }
    }
    if options.reusePort && !options.isFirstOfGroup {
      try Kernel.require(.setsockopt) { Network.setOption { clinux_set_reuse_port(descriptor) } }
    }
    if options.receiveBufferBytes > 0 {
      let wanted = Int64(options.receiveBufferBytes)
      grantedReceiveBufferBytes = Int(
        try Kernel.require(.setsockopt) { Network.setOption(wanted) { clinux_set_receive_buffer(descriptor, wanted) } })
    }
    if options.reportsLocalAddress {
      let family: Int32 = isIPv6 ? 1 : 0
      try Kernel.require(.setsockopt) { Network.setOption { clinux_set_reports_local_address(descriptor, family) } }
    }
    if options.reportsArrival {
      try Kernel.require(.setsockopt) { Network.setOption { clinux_set_reports_arrival(descriptor) } }
    }
    if !options.multicastGroups.isEmpty {
      // Whoever else listens to the groups has the port too.
      try Kernel.require(.setsockopt) { Network.setOption { clinux_set_reuse_address(descriptor) } }
    }
    for group in options.multicastGroups where isIPv6 || !group.isIPv6 {
      // Interfaces come and go: one that does not take part is no fault.
      var raw = group.raw
      _ = Kernel.call(.setsockopt) { Network.setOption { clinux_join_group(descriptor, &raw) } }
    }
    if options.address.isMulticast {
      // Whoever else listens to the group gets what is sent there too.
      try Kernel.require(.setsockopt) { Network.setOption { clinux_set_reuse_address(descriptor) } }
      var group = options.address.raw
      try Kernel.require(.setsockopt) { Network.setOption { clinux_join_group(descriptor, &group) } }
    }
    if options.countsDrops {
      try Kernel.require(.setsockopt) { Network.setOption { clinux_set_counts_drops(descriptor) } }
    }
    if options.receiveOffload {
      // Before Linux 5.0 there is none; datagrams then come one by one.
      hasReceiveOffload = Kernel.call(.setsockopt) { Network.setOption { clinux_set_receive_offload(descriptor) } } == 0
    }
  }

  private mutating func readLocalAddress() throws(SystemError) {
    var raw = clinux_address()
    try Kernel.require(.getsockopt) { Network.localAddress(fileDescriptor, &raw) }
    localAddress = SocketAddress(raw)
  }

  /// Asks for a send buffer of that size; returns what is granted.
  @discardableResult
  public borrowing func setSendBuffer(bytes: Int) throws(SystemError) -> Int {
    let descriptor = fileDescriptor
    return Int(
      try Kernel.require(.setsockopt) {
        Network.setOption(Int64(bytes)) { clinux_set_send_buffer(descriptor, Int64(bytes)) }
      })
  }

  /// How many datagrams the kernel has dropped before this socket since it was opened, modulo 2^32; nil if it does
  /// not tell (before Linux 4.12). Unlike the counter in `ReceiveSlab` it needs no later datagram to be seen.
  /// Datagrams that were glued together and dropped as one count as one.
  public borrowing func kernelDropCount() -> UInt32? {
    let descriptor = fileDescriptor
    let count = Kernel.call(.getsockopt) { Network.dropCount(descriptor) }
    return count < 0 ? nil : UInt32(truncatingIfNeeded: count)
  }

  /// Waits until a datagram is there; false at the time limit or when a signal interrupts. Below 0: no limit.
  public borrowing func waitReadable(timeoutNanos: Int64) -> Bool {
    let descriptor = fileDescriptor
    return Kernel.call(.poll) { Network.waitReady(descriptor, writable: false, timeoutNanos) } > 0
  }

  /// Waits until there is room to send; false at the time limit or when a signal interrupts. Below 0: no limit.
  public borrowing func waitWritable(timeoutNanos: Int64) -> Bool {
    let descriptor = fileDescriptor
    return Kernel.call(.poll) { Network.waitReady(descriptor, writable: true, timeoutNanos) } > 0
  }
}
