import Primitives

/// The hash behind a tag, of bytes that come piece by piece: the same however they are cut.
struct TagHash {
  private var waiting: [UInt8] = []
  private var sum: UInt64 = 0
  private(set) var byteCount = 0

  private static let blockBytes = 1 << 20
  private static let hash = KeyHash(seed: 0x7468_696E_6169)

  mutating func add(_ bytes: ArraySlice<UInt8>) {
    byteCount += bytes.count
    waiting += bytes
    while waiting.count >= Self.blockBytes {
      close(Self.blockBytes)
      waiting.removeFirst(Self.blockBytes)
    }
  }

  private mutating func close(_ count: Int) {
    sum = (sum &* 0x9E37_79B9_7F4A_7C15) ^ Self.hash.hash(waiting.span.bytes.extracting(0..<count))
  }

  mutating func finish() -> UInt64 {
    close(waiting.count)
    waiting = []
    return sum
  }
}
