import CLinux
public import Primitives

extension UDPSocket {
  /// Sends one datagram without waiting. Returns 0, or the errno: `ErrorNumber.wouldBlock` when the send buffer is
  /// full.
  ///
  /// `to` is of either family on a dual-stack socket. `from` is the own address that it leaves from, as
  /// `ReceiveSlab.localAddress` gave it; where nobody may send from that one (a broadcast address), the kernel chooses.
  public borrowing func send(_ bytes: RawSpan, to: SourceAddress, from: LocalAddress? = nil) -> Int32 {
    if !isIPv6 && !to.isIPv4 { return ErrorNumber.familyNotSupported }
    let descriptor = fileDescriptor
    let family: Int32 = isIPv6 ? 1 : 0
    var target = SocketAddress(to, isIPv6: isIPv6).raw
    return bytes.withUnsafeBytes { buffer in
      guard let from else {
        return -Kernel.call(.send) {
          Network.send(descriptor, isIPv6: isIPv6, buffer, to: &target)
        }
      }
      // The interface is named for link-local addresses only: elsewhere routing may well choose another one.
      var source = clinux_address(
        high: from.high, low: from.low, scope: from.isLinkLocal ? from.interface : 0, port: 0, is_ipv6: 0, reserved: 0)
      return -Kernel.call(.send) {
        // A simulated machine has no routes to choose from.
        Network.simulated == nil
          ? clinux_send(descriptor, family, buffer.baseAddress, buffer.count, &target, &source)
          : Network.send(descriptor, isIPv6: isIPv6, buffer, to: &target)
      }
    }
  }

  /// Sends one datagram to the peer of a connected socket without waiting. Returns 0 or the errno.
  public borrowing func send(_ bytes: RawSpan) -> Int32 {
    let descriptor = fileDescriptor
    let family: Int32 = isIPv6 ? 1 : 0
    return bytes.withUnsafeBytes { buffer in
      -Kernel.call(.send) { clinux_send(descriptor, family, buffer.baseAddress, buffer.count, nil, nil) }
    }
  }
}
