import CLinux

/// The calls on sockets and on what waits for them: of this machine, or of the simulated one that the calling thread has
/// entered. Each answers as its C function does, with a value or with -errno.
enum Network {
  /// The network of the simulated machine that the calling thread is on.
  @inline(__always)
  static var simulated: SimulatedNetwork? { SimulatedMachine.isUsed ? SimulatedMachine.current?.network : nil }

  /// A simulated descriptor that is closed on a thread that left the machine stays open: it goes with the machine.
  static func close(_ descriptor: Int32) {
    if descriptor < SimulatedNetwork.firstDescriptor {
      _ = clinux_close(descriptor)
    } else {
      simulated?.close(descriptor)
    }
  }

  static func socket(isIPv6: Bool) -> Int32 {
    simulated.map { $0.socket() } ?? clinux_udp_socket(isIPv6 ? 1 : 0)
  }

  static func bind(_ descriptor: Int32, _ address: inout clinux_address, shares: Bool) -> Int32 {
    if let network = simulated { return network.bind(descriptor, &address, shares: shares) }
    return clinux_bind(descriptor, &address)
  }

  /// Lets sockets that are bound from now on share its port.
  static func sharePort(_ descriptor: Int32) -> Int32 {
    simulated.map { $0.sharePort(descriptor) } ?? clinux_set_reuse_port(descriptor)
  }

  static func localAddress(_ descriptor: Int32, _ address: inout clinux_address) -> Int32 {
    if let network = simulated { return network.localAddress(descriptor, &address) }
    return clinux_local_address(descriptor, &address)
  }

  /// What an option answers that a simulated socket has no use for: what was asked for is granted.
  @inline(__always)
  static func setOption<Result: FixedWidthInteger>(_ granted: Result = 0, _ body: () -> Result) -> Result {
    simulated == nil ? body() : granted
  }

  static func dropCount(_ descriptor: Int32) -> Int64 {
    simulated.map { $0.dropCount(descriptor) } ?? clinux_drop_count(descriptor)
  }

  static func eventDescriptor() -> Int32 { simulated.map { $0.eventDescriptor() } ?? clinux_eventfd() }

  static func signal(_ descriptor: Int32) -> Int32 {
    if descriptor < SimulatedNetwork.firstDescriptor { return clinux_eventfd_signal(descriptor) }
    return simulated?.signal(descriptor) ?? 0
  }

  static func clear(_ descriptor: Int32) -> Int32 {
    if descriptor < SimulatedNetwork.firstDescriptor { return clinux_eventfd_clear(descriptor) }
    return simulated?.clear(descriptor) ?? 0
  }

  static func waitReady(_ descriptor: Int32, writable: Bool, _ timeoutNanos: Int64) -> Int32 {
    guard SimulatedMachine.isUsed, let machine = SimulatedMachine.current else {
      return clinux_wait_ready(descriptor, writable ? 1 : 0, timeoutNanos)
    }
    return writable || machine.wait(for: .readable(descriptor), timeoutNanos: timeoutNanos) ? 1 : 0
  }

  static func send(
    _ descriptor: Int32, isIPv6: Bool, _ bytes: UnsafeRawBufferPointer, to target: inout clinux_address
  ) -> Int32 {
    if let machine = SimulatedMachine.isUsed ? SimulatedMachine.current : nil {
      return machine.send(descriptor, bytes, to: target)
    }
    return clinux_send(descriptor, isIPv6 ? 1 : 0, bytes.baseAddress, bytes.count, &target, nil)
  }

  // MARK: pollers

  static func poller() -> Int32 { simulated.map { $0.poller() } ?? clinux_epoll() }

  static func watch(_ poller: Int32, _ descriptor: Int32, token: UInt64) -> Int32 {
    simulated.map { $0.watch(poller, descriptor, token: token) } ?? clinux_epoll_add(poller, descriptor, token)
  }

  static func unwatch(_ poller: Int32, _ descriptor: Int32) -> Int32 {
    simulated.map { $0.unwatch(poller, descriptor) } ?? clinux_epoll_remove(poller, descriptor)
  }
}
