import CLinux
import Primitives

/// Datagrams for the peer of a connected socket, held in one slab and sent by one `sendmmsg`.
///
/// `unsafe` is sound here: `headers` is owned by this value, is as long as the C side asks for, and the entries' ranges
/// were checked against the slab when they were appended.
public struct SendBatch: ~Copyable, @unchecked Sendable {
  private var slab: Slab<UInt8>
  /// Three words an entry: offset, length, segment bytes.
  private var entries: Slab<UInt64>
  private let headers: UnsafeMutableRawPointer
  private var sent = 0

  /// The kernel cuts no more segments than this out of one buffer (`UDP_MAX_SEGMENTS` was 64 before Linux 6.9).
  public static let segmentsPerBuffer = 64

  /// Room for that many entries with that many bytes in all.
  public init(datagrams: Int, bytes: Int) {
    precondition(datagrams > 0 && datagrams <= 1_024, "BUG: sendmmsg takes 1 to 1,024 datagrams")
    slab = Slab(capacity: bytes)
    entries = Slab(capacity: datagrams * 3)
    headers = .allocate(byteCount: clinux_send_headers_bytes(Int32(datagrams)), alignment: 64)
  }

  deinit {
    headers.deallocate()
  }

  /// Entries that were appended and not yet sent.
  public var count: Int { entries.count / 3 - sent }

  /// Adds one datagram; false, with nothing changed, if it does not fit.
  ///
  /// With `segmentBytes` the kernel cuts `bytes` into datagrams of that size, the last one shorter (`UDP_SEGMENT`,
  /// Linux 4.18): no more than `segmentsPerBuffer` of them, and 65,507 bytes in all.
  public mutating func append(_ bytes: RawSpan, segmentBytes: UInt16 = 0) -> Bool {
    let offset = slab.count
    guard entries.room >= 3, slab.append(contentsOf: bytes) else { return false }
    entries.append(UInt64(offset))
    entries.append(UInt64(bytes.byteCount))
    entries.append(UInt64(segmentBytes))
    return true
  }

  /// Forgets every entry.
  public mutating func removeAll() {
    slab.removeAll()
    entries.removeAll()
    sent = 0
  }

  /// Sends what waits, in order and without waiting. Returns how many entries went, or -errno if none did. Call it
  /// again for the rest; when all went, the batch is empty.
  public mutating func send(over socket: borrowing UDPSocket) -> Int {
    let waiting = count
    if waiting == 0 { return 0 }
    let descriptor = socket.fileDescriptor
    let first = sent
    let result = slab.withUnsafePointer { bytes, _ in
      entries.withUnsafePointer { words, _ in
        Kernel.call(.sendBatch) {
          clinux_send_batch(descriptor, headers, bytes, words + first * 3, Int32(waiting))
        }
      }
    }
    if result > 0 {
      sent += Int(result)
      if count == 0 { removeAll() }
    }
    return Int(result)
  }
}
