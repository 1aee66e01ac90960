import Primitives
import Sys

/// Walks over a segment's file from frame to frame, past whatever is damaged. It changes nothing, and each step is
/// further on than the one before, so it ends.
struct FrameScanner: ~Copyable {
  enum Step {
    case frame(offset: Int, JournalFrameHeader)
    /// Bytes that are no frame, with a whole frame behind them.
    case damage(Range<Int>)
    /// Bytes that are no frame, up to the end of the file.
    case tail(Range<Int>)
  }

  private var window: SegmentWindow
  /// nil if it is damaged.
  let header: JournalFileHeader?
  private var salt: UInt64?
  private var offset: Int
  private var nextSequence: UInt64 = 0
  private var ahead: (offset: Int, header: JournalFrameHeader)?

  init(path: String) throws(SystemError) {
    var opened = try SegmentWindow(File(path, .read))
    header = JournalFileHeader(try opened.bytes(at: 0, count: JournalFormat.fileHeaderBytes))
    window = opened
    salt = header?.salt
    offset = header == nil ? 0 : JournalFormat.fileHeaderBytes
  }

  var byteCount: Int { window.byteCount }
  var unreadableBytes: Int { window.unreadableBytes }

  /// nil at the end of the file.
  mutating func next() throws(SystemError) -> Step? {
    if let found = ahead {
      ahead = nil
      return take(found.offset, found.header)
    }
    if offset >= byteCount { return nil }
    if let header = try frame(at: offset) { return take(offset, header) }
    let start = offset
    guard let found = try search() else {
      offset = byteCount
      return .tail(start..<byteCount)
    }
    ahead = found
    offset = found.offset
    return .damage(start..<found.offset)
  }

  /// The block of a frame that `next` told of, valid until the next call.
  mutating func block(at offset: Int, _ header: JournalFrameHeader) throws(SystemError) -> UnsafeRawBufferPointer {
    try window.bytes(at: offset + JournalFormat.frameHeaderBytes, count: header.storedBytes)
  }

  /// Bytes of the file as they are, valid until the next call.
  mutating func bytes(_ range: Range<Int>) throws(SystemError) -> UnsafeRawBufferPointer {
    try window.bytes(at: range.lowerBound, count: range.count)
  }

  private mutating func take(_ start: Int, _ header: JournalFrameHeader) -> Step {
    salt = header.salt
    nextSequence = header.sequence + 1
    offset = start + header.frameBytes
    return .frame(offset: start, header)
  }

  /// A frame's header whose own checksum is right and which belongs to this file.
  private mutating func frameHeader(at start: Int) throws(SystemError) -> JournalFrameHeader? {
    let bytes = try window.bytes(at: start, count: JournalFormat.frameHeaderBytes)
    guard let header = JournalFrameHeader(bytes), salt == nil || salt == header.salt,
      header.sequence >= nextSequence, header.sequence < UInt64.max
    else { return nil }
    return header
  }

  /// A whole frame.
  private mutating func frame(at start: Int) throws(SystemError) -> JournalFrameHeader? {
    guard let header = try frameHeader(at: start), start + header.frameBytes <= byteCount,
      header.matches(try window.bytes(at: start, count: header.frameBytes))
    else { return nil }
    return header
  }

  /// The next whole frame behind `offset`, where none is.
  private mutating func search() throws(SystemError) -> (offset: Int, header: JournalFrameHeader)? {
    // A whole header before a damaged block says where the next frame is.
    if let damaged = try frameHeader(at: offset) {
      let behind = offset + damaged.frameBytes
      if behind == byteCount { return nil }
      if behind < byteCount, let found = try frame(at: behind) { return (behind, found) }
    }
    // Without a file header the first frame is where it always is, before anything in a payload looks like one.
    let first = JournalFormat.fileHeaderBytes
    if offset == 0, first < byteCount, let found = try frame(at: first) { return (first, found) }
    var candidate = offset + 1
    while let marker = try nextMarker(from: candidate) {
      if let found = try frame(at: marker) { return (marker, found) }
      candidate = marker + 1
    }
    return nil
  }

  private mutating func nextMarker(from start: Int) throws(SystemError) -> Int? {
    let first = UInt8(truncatingIfNeeded: JournalFormat.marker)
    var position = start
    while position + JournalFormat.frameHeaderBytes <= byteCount {
      let bytes = try window.bytes(at: position, count: 64 << 10)
      var index = 0
      while index + 8 <= bytes.count {
        if bytes[index] == first,
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) == JournalFormat.marker
        {
          return position + index
        }
        index += 1
      }
      if index == 0 { return nil }
      position += index
    }
    return nil
  }
}
