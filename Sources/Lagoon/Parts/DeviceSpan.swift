/// Devices from one to another, both included, in the order of their bytes, which is that of parts.
struct DeviceSpan: Hashable, Sendable {
  var first: [UInt8]
  var last: [UInt8]

  func contains(_ device: ArraySlice<UInt8>) -> Bool {
    !device.lexicographicallyPrecedes(first) && !last.lexicographicallyPrecedes(device)
  }

  /// Whether any device from `low` to `high` may be among them.
  func overlaps(_ low: ArraySlice<UInt8>, _ high: ArraySlice<UInt8>) -> Bool {
    !high.lexicographicallyPrecedes(first) && !last.lexicographicallyPrecedes(low)
  }
}
