internal import Primitives

/// Finds a device by its address without allocating: open addressing over a power of two, at most half full.
struct AddressIndex: Sendable {
  private struct Slot: Sendable, BitwiseCopyable {
    var high: UInt64 = 0
    var low: UInt64 = 0
    /// -1 where the slot is empty.
    var device: Int32 = -1
  }

  private let slots: [Slot]
  private let mask: Int

  init(_ devices: [Device]) {
    let count = devices.reduce(0) { $0 + $1.addresses.count }
    var size = 2
    while size < count * 2 { size *= 2 }
    mask = size - 1
    var slots = [Slot](repeating: Slot(), count: size)
    for (index, device) in devices.enumerated() {
      for address in device.addresses {
        var at = Self.hash(address.high, address.low) & mask
        while slots[at].device >= 0 { at = (at + 1) & mask }
        slots[at] = Slot(high: address.high, low: address.low, device: Int32(index))
      }
    }
    self.slots = slots
  }

  /// The device's index. Ports and scopes play no part.
  func device(at address: SourceAddress) -> Int? {
    var at = Self.hash(address.high, address.low) & mask
    while slots[at].device >= 0 {
      if slots[at].low == address.low && slots[at].high == address.high { return Int(slots[at].device) }
      at = (at + 1) & mask
    }
    return nil
  }

  /// Neighbouring addresses differ in their last bits, so every bit has to reach every other: a multiplication of 128
  /// bits, folded.
  private static func hash(_ high: UInt64, _ low: UInt64) -> Int {
    let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: (high &+ low) | 0xD6E8_FEB8_6659_FD93)
    return Int(truncatingIfNeeded: product.high ^ product.low)
  }
}
