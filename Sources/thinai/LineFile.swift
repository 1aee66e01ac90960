import Gzip
import Primitives
import Sys
import Text

/// A file of lines, packed by gzip or not, in pieces of whole lines.
struct LineFile {
  private let file: File
  private var offset = 0
  private var gunzip: GunzipStream?
  private var packed: [UInt8] = []
  private var cutter: LineCutter
  private var hasEnded = false

  private static let readBytes = 256 << 10

  init(_ path: String, pieceBytes: Int) throws {
    file = try File(path, .read)
    cutter = LineCutter(pieceBytes: pieceBytes)
    let head = try file.read(at: 0, byteCount: min(2, try file.size()))
    if head == [0x1F, 0x8B] { gunzip = GunzipStream() }
  }

  /// The next lines; nil at the end. `isCut` of a line that is too long to be sent.
  mutating func next() throws -> (bytes: [UInt8], isCut: Bool)? {
    while true {
      if let piece = cutter.next(isLast: hasEnded) { return piece }
      if hasEnded { return nil }
      try read()
    }
  }

  private mutating func read() throws {
    if packed.isEmpty {
      let left = try file.size() - offset
      packed = left > 0 ? try file.read(at: offset, byteCount: min(left, Self.readBytes)) : []
      offset += packed.count
    }
    guard let gunzip else {
      hasEnded = packed.isEmpty
      cutter.add(packed)
      packed = []
      return
    }
    var counts = (taken: 0, written: 0)
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.readBytes) { target, count in
      packed.withUnsafeBytes { counts = gunzip.expand($0, into: UnsafeMutableRawBufferPointer(target)) }
      count = counts.written
    }
    packed.removeFirst(counts.taken)
    cutter.add(bytes)
    let isAtEnd = try packed.isEmpty && offset >= file.size()
    if gunzip.isDamaged || (isAtEnd && counts.written == 0 && !gunzip.isOver) {
      throw CommandFailure.failed("cannot read \(file.path): its gzip is damaged, or ends before it is whole")
    }
    if gunzip.isOver { try beginMember() }
  }

  /// Another member may follow, in what was read or behind it.
  private mutating func beginMember() throws {
    if packed.count < 2 {
      let left = try file.size() - offset
      if left > 0 {
        let more = try file.read(at: offset, byteCount: min(left, Self.readBytes))
        offset += more.count
        packed += more
      }
    }
    if packed.isEmpty {
      hasEnded = true
    } else if packed.starts(with: [0x1F, 0x8B]) {
      gunzip = GunzipStream()
    } else {
      throw CommandFailure.failed("cannot read \(file.path): something stands behind its gzip")
    }
  }
}
