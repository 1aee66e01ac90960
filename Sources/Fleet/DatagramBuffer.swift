public import Primitives

/// Datagrams back to back in one block of bytes, as encoders write them and as one `sendmmsg` takes them.
///
/// Encoders append to the open datagram; `close()` ends it. An append that does not fit changes nothing but sets
/// `overflowed`, so that encoders need no check of their own: whoever closes the datagram looks once.
public struct DatagramBuffer: ~Copyable, Sendable {
  /// All bytes, those of the open datagram last.
  public private(set) var bytes: Slab<UInt8>
  /// Where each closed datagram ends.
  private var ends: Slab<Int>
  /// Whether an append to the open datagram did not fit.
  public private(set) var overflowed = false

  /// Room for `datagrams` of together `byteCount` bytes.
  public init(byteCount: Int, datagrams: Int) {
    self.bytes = Slab(capacity: byteCount)
    self.ends = Slab(capacity: datagrams)
  }

  /// Closed datagrams.
  public var count: Int { ends.count }

  /// Whether another datagram can be closed.
  public var isFull: Bool { ends.room == 0 }

  /// Bytes that can still be appended.
  public var room: Int { bytes.room }

  /// Bytes of the open datagram.
  public var openByteCount: Int { bytes.count - openStart }

  private var openStart: Int { ends.isEmpty ? 0 : ends[ends.count - 1] }

  /// Where the closed datagram `index` lies in `bytes`.
  public func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  /// The closed datagram `index`, valid as long as the buffer is not changed.
  @_lifetime(borrow self)
  public borrowing func span(_ index: Int) -> RawSpan {
    bytes.bytes.extracting(range(index))
  }

  /// The closed datagrams of `indices` as they lie back to back.
  @_lifetime(borrow self)
  public borrowing func span(_ indices: ClosedRange<Int>) -> RawSpan {
    bytes.bytes.extracting(range(indices.lowerBound).lowerBound..<range(indices.upperBound).upperBound)
  }

  /// A copy of the closed datagram `index`, for tests and for retransmission.
  public func datagram(_ index: Int) -> [UInt8] {
    range(index).map { bytes[$0] }
  }

  /// Ends the open datagram; `false`, and the datagram is forgotten, if it did not fit.
  @discardableResult
  public mutating func close() -> Bool {
    if overflowed || !ends.append(bytes.count) {
      dropOpen()
      return false
    }
    return true
  }

  /// Forgets what was appended since the last `close()`.
  public mutating func dropOpen() {
    bytes.truncate(to: openStart)
    overflowed = false
  }

  /// Forgets everything; the memory stays.
  public mutating func removeAll() {
    bytes.removeAll()
    ends.removeAll()
    overflowed = false
  }

  /// Overwrites the byte at `position` of `bytes`: what moves a prebuilt datagram's times.
  public mutating func patch(_ position: Int, with byte: UInt8) {
    bytes[position] = byte
  }
}

extension DatagramBuffer {
  /// One byte.
  public mutating func append(_ byte: UInt8) {
    if !bytes.append(byte) { overflowed = true }
  }

  /// All of `source`.
  public mutating func append(_ source: [UInt8]) {
    if !bytes.append(contentsOf: source.span.bytes) { overflowed = true }
  }

  /// All of `source`.
  public mutating func append(_ source: ArraySlice<UInt8>) {
    if !bytes.append(contentsOf: source.span.bytes) { overflowed = true }
  }

  /// All of `source`.
  public mutating func append(_ source: RawSpan) {
    if !bytes.append(contentsOf: source) { overflowed = true }
  }

  /// The UTF-8 of `text`.
  public mutating func append(_ text: String) {
    for byte in text.utf8 { append(byte) }
  }

  /// The lowest `width` bytes of `value`, the highest of them first.
  public mutating func append(bigEndian value: UInt64, width: Int) {
    var shift = UInt64(width * 8)
    while shift > 0 {
      shift -= 8
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// `value` in decimal, with leading zeros up to `width` digits.
  public mutating func append(decimal value: UInt64, width: Int = 1) {
    var divisor: UInt64 = 1
    var digits = 1
    while digits < width || value / divisor >= 10 {
      divisor *= 10
      digits += 1
      if digits == 20 { break }
    }
    var rest = value
    while divisor > 0 {
      append(UInt8(truncatingIfNeeded: 48 + rest / divisor))
      rest %= divisor
      divisor /= 10
    }
  }

  /// `value` in decimal with its sign.
  public mutating func append(signed value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
  }

  /// `units / 10^scale` with exactly `scale` decimals: 253 at scale 1 is `25.3`, -5 is `-0.5`.
  public mutating func append(units: Int64, scale: Int) {
    if scale == 0 { return append(signed: units) }
    if units < 0 { append(UInt8(ascii: "-")) }
    let power = PowerOfTen.integers[scale]
    append(decimal: units.magnitude / power)
    append(UInt8(ascii: "."))
    append(decimal: units.magnitude % power, width: scale)
  }
}

/// Powers of ten that are exact in their type.
enum PowerOfTen {
  static let integers: [UInt64] = (0...18).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }

  /// `units / 10^scale` as the nearest double; exact operands while `units` is below 2^53.
  static func double(units: Int64, scale: Int) -> Double {
    Double(units) / Double(integers[scale])
  }
}
