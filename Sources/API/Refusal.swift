public import Primitives

/// What a listener did not take from an address, for one reason, counted together.
public struct Refusal: Sendable {
  public var listener: String
  /// The ledger's label: of a refused datagram or row, or of a row that was shed.
  public var reason: String
  /// nil where rows of many senders were not taken together.
  public var address: String?
  /// Whose address it is, by the registry or by what the sender says; nil if that is not known.
  public var device: String?
  /// Datagrams or rows.
  public var count: UInt64
  public var last: UnixNanos
  /// The first octets of the newest datagram, as escaped text.
  public var sample: String

  public init(
    listener: String, reason: String, address: String?, device: String?, count: UInt64, last: UnixNanos, sample: String
  ) {
    self.listener = listener
    self.reason = reason
    self.address = address
    self.device = device
    self.count = count
    self.last = last
    self.sample = sample
  }
}
