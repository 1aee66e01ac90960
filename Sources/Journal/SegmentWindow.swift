import Sys

/// A stretch of a segment's file in memory, moved as it is asked for.
///
/// Not a mapping: a bad sector behind a mapping ends the process, and would end it again at each start. Here bytes that
/// cannot be read are zeros, and counted, so that what stands behind them is still found.
///
/// `unsafe` is sound here: `buffer` is owned by this value, and pointers into it are handed out only until the next call.
struct SegmentWindow: ~Copyable {
  private static let blockBytes = 4_096
  private let file: File
  /// The file's length.
  let byteCount: Int
  private var buffer: UnsafeMutableRawBufferPointer
  /// What `buffer` holds: this many bytes from this offset of the file on.
  private var start = 0
  private var held = 0
  /// Ends of the unreadable stretches seen, so that a second look counts nothing twice.
  private var unreadableUntil = 0
  private(set) var unreadableBytes = 0

  init(_ file: File) throws(SystemError) {
    self.file = file
    byteCount = try file.size()
    buffer = .allocate(byteCount: 1 << 20, alignment: 64)
  }

  deinit {
    buffer.deallocate()
  }

  /// Up to `count` bytes from `offset` on, valid until the next call; fewer only at the end of the file.
  mutating func bytes(at offset: Int, count: Int) throws(SystemError) -> UnsafeRawBufferPointer {
    let wanted = max(0, min(count, byteCount - offset))
    if offset < start || offset + wanted > start + held { try load(offset, wanted) }
    return UnsafeRawBufferPointer(rebasing: buffer[(offset - start)..<(offset - start + wanted)])
  }

  private mutating func load(_ offset: Int, _ wanted: Int) throws(SystemError) {
    if buffer.count < wanted {
      buffer.deallocate()
      buffer = .allocate(byteCount: wanted + 1 << 20, alignment: 64)
    }
    start = offset
    // Nothing, if the reading fails.
    held = 0
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, max(0, byteCount - offset))])
    let count: Int
    do {
      count = try file.read(into: target, at: offset)
    } catch {
      guard error.code == ErrorNumber.inputOutput else { throw error }
      try loadBlocks(target, offset)
      held = target.count
      return
    }
    // Shorter than it was when opened: what is gone reads as zeros.
    for index in count..<target.count { target[index] = 0 }
    held = target.count
  }

  private mutating func loadBlocks(_ target: UnsafeMutableRawBufferPointer, _ offset: Int) throws(SystemError) {
    var done = 0
    while done < target.count {
      let next = min(target.count, (offset + done) / Self.blockBytes * Self.blockBytes + Self.blockBytes - offset)
      let block = UnsafeMutableRawBufferPointer(rebasing: target[done..<next])
      for index in block.indices { block[index] = 0 }
      do {
        _ = try file.read(into: block, at: offset + done)
      } catch {
        guard error.code == ErrorNumber.inputOutput else { throw error }
        for index in block.indices { block[index] = 0 }
        unreadableBytes += max(0, offset + next - max(offset + done, unreadableUntil))
        unreadableUntil = max(unreadableUntil, offset + next)
      }
      done = next
    }
  }
}
