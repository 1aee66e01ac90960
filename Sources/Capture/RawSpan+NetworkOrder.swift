/// Integers at any offset, aligned or not. Every load is checked against the span's end, so a bound that was proved
/// wrong stops the program instead of reading beyond the file; the dissector proves its bounds before it loads.
extension RawSpan {
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Two octets in network order.
  @inline(__always)
  func big16(_ offset: Int) -> UInt16 {
    UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// Four octets in network order.
  @inline(__always)
  func big32(_ offset: Int) -> UInt32 {
    UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Eight octets in network order.
  @inline(__always)
  func big64(_ offset: Int) -> UInt64 {
    UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Two octets in the order of the machine that wrote the file.
  @inline(__always)
  func word16(_ offset: Int, swapped: Bool) -> UInt16 {
    let value = UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    return swapped ? value.byteSwapped : value
  }

  /// Four octets in the order of the machine that wrote the file.
  @inline(__always)
  func word32(_ offset: Int, swapped: Bool) -> UInt32 {
    let value = UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    return swapped ? value.byteSwapped : value
  }

  /// Eight octets in the order of the machine that wrote the file.
  @inline(__always)
  func word64(_ offset: Int, swapped: Bool) -> UInt64 {
    let value = UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    return swapped ? value.byteSwapped : value
  }
}
