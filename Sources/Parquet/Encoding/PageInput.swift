/// A page's bytes while they are decoded; nobody vouches for them.
///
/// `unsafe` is sound here: it lives inside the closure that lends the bytes, and every read is held against `left`.
struct PageInput {
  private let base: UnsafeRawPointer
  private let count: Int
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    // An empty buffer may have no address; nothing is read from it.
    base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    count = bytes.count
  }

  /// Bytes not read yet.
  var left: Int { count &- position }

  mutating func byte() throws(DecodingFlaw) -> UInt8 {
    guard left >= 1 else { throw .endsEarly }
    defer { position &+= 1 }
    return base.load(fromByteOffset: position, as: UInt8.self)
  }

  /// A little-endian word.
  mutating func word() throws(DecodingFlaw) -> UInt32 {
    UInt32(littleEndian: (try take(4)).loadUnaligned(as: UInt32.self))
  }

  mutating func varint() throws(DecodingFlaw) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw .numberTooLarge }
      value |= UInt64(next & 0x7F) &<< shift
      if next < 0x80 { return value }
      shift &+= 7
    }
  }

  /// A varint that is a count of no more than `most`.
  mutating func count(atMost most: Int) throws(DecodingFlaw) -> Int {
    let value = try varint()
    guard value <= UInt64(most) else { throw .numberTooLarge }
    return Int(value)
  }

  mutating func zigzag() throws(DecodingFlaw) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw >> 1) ^ (0 &- Int64(bitPattern: raw & 1))
  }

  /// The next `byteCount` bytes.
  mutating func take(_ byteCount: Int) throws(DecodingFlaw) -> UnsafeRawPointer {
    guard byteCount >= 0, byteCount <= left else { throw .endsEarly }
    defer { position &+= byteCount }
    return base + position
  }

  /// The next `byteCount` bytes as an input of their own.
  mutating func part(_ byteCount: Int) throws(DecodingFlaw) -> PageInput {
    PageInput(UnsafeRawBufferPointer(start: try take(byteCount), count: byteCount))
  }

  /// Unpacks the first `count` of the numbers that stand in the next `byteCount` bytes.
  @inline(__always)
  mutating func unpack<Number: FixedWidthInteger>(
    _ count: Int, width: Int, from byteCount: Int, into target: UnsafeMutablePointer<Number>
  ) throws(DecodingFlaw) {
    let packed = try take(byteCount)
    if left >= BitPacking.readAhead {
      BitPacking.unpack(packed, count: count, width: width, into: target)
      return
    }
    // At the page's end whole words would be read beyond it.
    withUnsafeTemporaryAllocation(byteCount: byteCount + BitPacking.readAhead, alignment: 8) { copy in
      copy.initializeMemory(as: UInt8.self, repeating: 0)
      copy.baseAddress!.copyMemory(from: packed, byteCount: byteCount)
      BitPacking.unpack(copy.baseAddress!, count: count, width: width, into: target)
    }
  }
}
