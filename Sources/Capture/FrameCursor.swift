import Primitives

internal import Primitives

/// One frame's place in the file, and what the file says of it.
struct Frame: BitwiseCopyable {
  var offset: Int
  /// Octets in the file.
  var capturedLength: Int
  /// Octets on the wire.
  var wireLength: Int
  var linkType: LinkType
  var time: UnixNanos
  var isTimed: Bool
}

/// Steps from frame to frame of a pcap or pcapng file, over its bytes.
///
/// ```
/// pcap    magic 4 | version 2+2 | zone 4 | accuracy 4 | snap length 4 | link type 4
///         then per frame: seconds 4 | fraction 4 | captured 4 | on the wire 4 | octets …
/// pcapng  blocks: type 4 | length 4 | body … | length 4, the byte order set by each section header block
/// ```
///
/// Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
struct FrameCursor {
  enum Format { case classic, nextGeneration }

  let format: Format
  var position: Int
  /// Whether the file's byte order is big-endian: integers are loaded little-endian and then swapped.
  var swapped: Bool
  /// The interfaces of the section that is being read; one for a pcap file.
  var interfaces: [CaptureInterface]
  /// Octets before the data of a pcap record: 16, or 24 in A. Kuznetzov's variant.
  let recordHeaderLength: Int
  /// Nanoseconds in one unit of a pcap record's fraction.
  private(set) var fractionNanos: Int64
  /// The last time that a frame had.
  var lastTime: UnixNanos = 0

  /// Reads the file's header; `path` is only for the error.
  init(file: RawSpan, path: String) throws(CaptureError) {
    guard file.byteCount >= 4 else {
      throw file.byteCount == 0 ? CaptureError.headerCut(path: path) : .notACapture(path: path)
    }
    let magic = file.word32(0, swapped: false)
    if magic == BlockType.sectionHeader {
      guard file.byteCount >= 28 else { throw .headerCut(path: path) }
      self.init(format: .nextGeneration, swapped: false)
      return
    }
    guard let variant = Self.variant(of: magic) else { throw .notACapture(path: path) }
    guard file.byteCount >= 24 else { throw .headerCut(path: path) }
    self.init(
      format: .classic, swapped: variant.swapped, position: 24, recordHeaderLength: variant.recordHeaderLength,
      fractionNanos: variant.fractionNanos)
    // The upper 16 bits tell of a frame check sequence; the lower 16 are the link type.
    let number = UInt16(truncatingIfNeeded: file.word32(20, swapped: swapped))
    interfaces = [CaptureInterface(linkType: LinkType(number: number), snapLength: 0)]
  }

  private init(
    format: Format, swapped: Bool, position: Int = 0, recordHeaderLength: Int = 16, fractionNanos: Int64 = 1_000
  ) {
    self.format = format
    self.position = position
    self.swapped = swapped
    self.interfaces = []
    self.recordHeaderLength = recordHeaderLength
    self.fractionNanos = fractionNanos
  }

  private struct Variant {
    var swapped: Bool
    var recordHeaderLength = 16
    var fractionNanos = Nanos.perMicrosecond
  }

  private static func variant(of magic: UInt32) -> Variant? {
    switch magic {
    case 0xA1B2_C3D4: Variant(swapped: false)
    case 0xD4C3_B2A1: Variant(swapped: true)
    case 0xA1B2_3C4D: Variant(swapped: false, fractionNanos: 1)
    case 0x4D3C_B2A1: Variant(swapped: true, fractionNanos: 1)
    case 0xA1B2_CD34: Variant(swapped: false, recordHeaderLength: 24)
    case 0x34CD_B2A1: Variant(swapped: true, recordHeaderLength: 24)
    default: nil
    }
  }

  /// The next frame; nil at the end, or where nothing more can be found.
  @inline(__always)
  mutating func next(in storage: inout CaptureStorage, counts: inout CaptureCounts) -> Frame? {
    switch format {
    case .classic:
      if storage.holds(upTo: position + recordHeaderLength) {
        let captured = Int(storage.bytes.word32(position + 8, swapped: swapped))
        if captured <= Limits.captureFrameBytes { _ = storage.holds(upTo: position + recordHeaderLength + captured) }
      }
      return nextRecord(in: storage.bytes, counts: &counts)
    case .nextGeneration:
      while true {
        if storage.holds(upTo: position + 12) {
          let length = blockLength(in: storage.bytes)
          if length <= Limits.captureFrameBytes + 4_096 { _ = storage.holds(upTo: position + length) }
        }
        switch nextBlock(in: storage.bytes, counts: &counts) {
        case .frame(let frame): return frame
        case .other: continue
        case .end: return nil
        }
      }
    }
  }

  /// The time that the frames around one with another time have, if nearly all of those behind it are near the one before,
  /// or, behind the first one, near each other; nil if they are not. Goes nowhere.
  func commonTime(before: UnixNanos?, wanted: Int, in storage: inout CaptureStorage) -> UnixNanos? {
    var ahead = self
    var counts = CaptureCounts()
    var common = before
    var (near, all) = (0, 0)
    while all < Limits.captureTimeFrames, let frame = ahead.next(in: &storage, counts: &counts) {
      let time = common ?? frame.time
      common = time
      all += 1
      if Self.isNear(frame.time, time) { near += 1 }
    }
    return all >= wanted && near * 4 >= all * 3 ? common : nil
  }

  static func isNear(_ a: UnixNanos, _ b: UnixNanos) -> Bool {
    let (difference, overflow) = a.subtractingReportingOverflow(b)
    return !overflow && difference.magnitude <= UInt64(Limits.captureTimeJumpSeconds * Nanos.perSecond)
  }

  @inline(__always)
  private mutating func nextRecord(in file: RawSpan, counts: inout CaptureCounts) -> Frame? {
    let start = position
    let remaining = file.byteCount - start
    if remaining < recordHeaderLength {
      if remaining > 0 { end(file, .fileCutShort, &counts) }
      return nil
    }
    let captured = Int(file.word32(start + 8, swapped: swapped))
    if captured > remaining - recordHeaderLength {
      end(file, captured > Limits.captureFrameBytes ? .badRecordLength : .fileCutShort, &counts)
      return nil
    }
    position = start + recordHeaderLength + captured
    let seconds = Int64(file.word32(start, swapped: swapped))
    let fraction = Int64(file.word32(start + 4, swapped: swapped))
    // A fraction that is a second or more: a file of nanoseconds whose head says microseconds.
    if fraction >= 1_000_000 && fraction < Nanos.perSecond { fractionNanos = 1 }
    lastTime = seconds &* Nanos.perSecond &+ fraction &* fractionNanos
    counts.frames &+= 1
    return Frame(
      offset: start + recordHeaderLength, capturedLength: captured,
      wireLength: max(captured, Int(file.word32(start + 12, swapped: swapped))), linkType: interfaces[0].linkType,
      time: lastTime, isTimed: true)
  }

  /// Nothing more can be read: the cursor goes to the end.
  mutating func end(_ file: RawSpan, _ flaw: CaptureFlaw, _ counts: inout CaptureCounts) {
    counts.count(flaw)
    position = file.byteCount
  }
}
