import Gzip
import Sys

/// A file's octets from front to back, packed by gzip or not.
struct UnpackedFile {
  /// The file's first octets, as they are in it.
  let head: [UInt8]
  let byteCount: Int
  private let file: File
  /// What was read of the file.
  private(set) var offset = 0
  private var gunzip: GunzipStream?
  private var packed: [UInt8] = []
  private(set) var isAtEnd = false

  private static let readBytes = 256 << 10
  private static let magic: [UInt8] = [0x1F, 0x8B]

  init(_ path: String) throws {
    file = try File(path, .read)
    byteCount = try file.size()
    head = try file.read(at: 0, byteCount: min(4, byteCount))
    if head.starts(with: Self.magic) { gunzip = GunzipStream() }
  }

  /// More of them; none only at the end, and now and then before it.
  mutating func next() throws -> [UInt8] {
    if isAtEnd { return [] }
    if packed.isEmpty { try read() }
    guard let gunzip else {
      defer { packed = [] }
      isAtEnd = packed.isEmpty
      return packed
    }
    var counts = (taken: 0, written: 0)
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.readBytes) { target, count in
      packed.withUnsafeBytes { counts = gunzip.expand($0, into: UnsafeMutableRawBufferPointer(target)) }
      count = counts.written
    }
    packed.removeFirst(counts.taken)
    let isOut = packed.isEmpty && offset >= byteCount
    if gunzip.isDamaged || (isOut && counts.written == 0 && !gunzip.isOver) {
      throw ImportError(file.path, "its gzip is damaged, or ends before it is whole")
    }
    if gunzip.isOver { try beginMember() }
    return bytes
  }

  private mutating func read() throws {
    let left = byteCount - offset
    if left <= 0 { return }
    let more = try file.read(at: offset, byteCount: min(left, Self.readBytes))
    if more.isEmpty { throw ImportError(file.path, "it got shorter while it was read") }
    offset += more.count
    packed += more
  }

  /// Another member may follow, in what was read or behind it.
  private mutating func beginMember() throws {
    if packed.count < Self.magic.count { try read() }
    if packed.isEmpty {
      isAtEnd = true
    } else if packed.starts(with: Self.magic) {
      gunzip = GunzipStream()
    } else {
      throw ImportError(file.path, "something stands behind its gzip")
    }
  }
}
