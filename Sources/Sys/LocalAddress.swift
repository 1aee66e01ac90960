/// The own address that a datagram was sent to, so that an answer can leave from it.
///
/// A client of a machine with several addresses takes an answer only from the one that it asked.
public struct LocalAddress: Hashable, Sendable, BitwiseCopyable {
  /// As in `SourceAddress`; IPv4 as `::ffff:a.b.c.d`.
  public var high: UInt64
  /// The lower eight bytes.
  public var low: UInt64
  /// The index of the interface that it came in by; 0 if unknown.
  public var interface: UInt32

  /// From the two words of the address.
  @inlinable
  public init(high: UInt64, low: UInt64, interface: UInt32) {
    self.high = high
    self.low = low
    self.interface = interface
  }

  /// fe80::/10, the only addresses that mean nothing without their interface.
  @inlinable public var isLinkLocal: Bool { high >> 54 == 0xFE80 >> 6 }
}
