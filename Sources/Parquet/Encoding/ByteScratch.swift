/// Bytes under construction, whose memory is kept from one page to the next.
///
/// `unsafe` is sound here: the kernel that fills gets the room it asked for and 8 bytes more (so that it may store
/// whole words at its end), and says how much of the room it used, which is checked.
struct ByteScratch {
  private var storage: [UInt8] = []
  private(set) var count = 0
  private static let slack = 8

  /// Forgets the bytes; the memory stays.
  mutating func removeAll() {
    count = 0
  }

  /// Forgets the bytes from `end` on.
  mutating func removeAll(from end: Int) {
    precondition(end >= 0 && end <= count, "BUG: a page cut beyond its end")
    count = end
  }

  /// Lets `fill` write up to `byteCount` bytes at the end; it returns how many it wrote.
  @inline(__always)
  mutating func append(atMost byteCount: Int, _ fill: (UnsafeMutableRawPointer) -> Int) {
    let needed = count + byteCount + Self.slack
    if storage.count < needed {
      storage.append(contentsOf: repeatElement(0, count: max(needed, storage.count * 2) - storage.count))
    }
    let start = count
    let written = storage.withUnsafeMutableBytes { fill($0.baseAddress! + start) }
    precondition(written >= 0 && written <= byteCount, "BUG: a page overran its room")
    count += written
  }

  mutating func append(_ byte: UInt8) {
    append(atMost: 1) {
      $0.storeBytes(of: byte, as: UInt8.self)
      return 1
    }
  }

  mutating func append(varint value: UInt64) {
    append(atMost: 10) { Self.store(varint: value, to: $0) }
  }

  mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    append(atMost: bytes.count) {
      $0.copyMemory(from: source, byteCount: bytes.count)
      return bytes.count
    }
  }

  /// Appends a little-endian word.
  mutating func append(word: UInt32) {
    append(atMost: 4) {
      $0.storeBytes(of: word.littleEndian, as: UInt32.self)
      return 4
    }
  }

  /// Replaces the little-endian word at `offset`, which was appended.
  mutating func replace(wordAt offset: Int, with word: UInt32) {
    precondition(offset >= 0 && offset + 4 <= count, "BUG: a word beyond the page")
    storage.withUnsafeMutableBytes { $0.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt32.self) }
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
  }

  /// Stores a base-128 number of at most ten bytes; returns its length.
  @inline(__always)
  static func store(varint value: UInt64, to target: UnsafeMutableRawPointer) -> Int {
    var rest = value
    var length = 0
    while rest >= 0x80 {
      target.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: length, as: UInt8.self)
      rest >>= 7
      length &+= 1
    }
    target.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: length, as: UInt8.self)
    return length &+ 1
  }
}
