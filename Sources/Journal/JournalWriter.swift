import Primitives
public import Sys
import Zstd

/// Writes one lane's journal: payloads become frames of a segment's file, and a commit makes them durable.
///
/// All numbers are little-endian; CRC is CRC-32C.
/// ```
/// file header, 48 bytes
///  0 magic "ThiNaiJ1"                    8     24 created at, ns since 1970          8
///  8 version, 1                          4     32 salt, random per file              8
/// 12 lane                                4     40 CRC of bytes 0…39                  4
/// 16 segment                             8     44 zero                               4
/// frames, one behind the other
///  0 marker F7A19EC3D80B6E95             8     28 length of the block                4
///  8 salt, the file header's             8     32 CRC of bytes 0…31 and the block    4
/// 16 sequence: 0, 1, 2… in this file     8     36 CRC of bytes 0…35                  4
/// 24 length of the payload               4     40 block: one zstd frame
/// ```
/// The header has a checksum of its own so that a damaged block can be stepped over; the marker lets a reader find
/// the next frame when not even that is left.
///
/// Not for two threads: whoever makes it uses it.
///
/// `unsafe` is sound here: `frame` is owned by this value and each use stays within `frame.count`.
public struct JournalWriter: ~Copyable {
  /// A level of zstd at which it looks for nothing and stores its blocks as they are. Compressing took a sixth of all that a
  /// reading cost, for bytes that a seal removes within minutes.
  public static let storedLevel: Int32 = -1_000

  private let directory: String
  private let lane: Int
  private let zstdLevel: Int32
  private let codec = ZstdCodec()
  private var frame: UnsafeMutableRawBufferPointer
  private var random = Randomness()

  private var file: File?
  private var isHeaderWritten = false
  private var salt: UInt64 = 0
  /// Where the next frame goes, and its sequence.
  private var end = 0
  private var sequence: UInt64 = 0
  private var committedEnd = 0
  private var committedSequence: UInt64 = 0

  /// The number of the open segment, or of the last one.
  public private(set) var segment: UInt64 = 0
  /// Whether `append` may be called: from `open` until `close`, or until a `commit` that failed.
  public private(set) var isOpen = false
  /// Payload bytes of the segment's frames, before compression.
  public private(set) var payloadBytes = 0

  /// `directory` is the journal's, the lanes' parent.
  public init(directory: String, lane: Int, zstdLevel: Int32) {
    JournalFormat.check()
    self.directory = directory
    self.lane = lane
    self.zstdLevel = zstdLevel
    frame = .allocate(
      byteCount: JournalFormat.frameHeaderBytes + ZstdCodec.bound(Limits.journalFrameBytes), alignment: 64)
  }

  deinit {
    frame.deallocate()
  }

  /// The length of the segment's file, frames that are not committed included; 0 before the first frame.
  public var bytesWritten: Int { end }

  /// Frames of this segment.
  public var framesWritten: UInt64 { sequence }

  /// Whether frames were appended that no commit has made durable.
  public var hasUncommittedFrames: Bool { sequence > committedSequence }

  /// The open segment, for recovery's calls.
  public var journalSegment: JournalSegment { JournalSegment(directory: directory, lane: lane, number: segment) }

  /// Starts a segment, which must be newer than any that exists; one that is open is closed. The file is created by
  /// the first `append`.
  public mutating func open(segment: UInt64) throws(SystemError) {
    close()
    try FileSystem.createDirectories(directory + "/" + JournalNames.laneDirectory(lane))
    self.segment = segment
    isOpen = true
  }

  /// Adds a frame, not yet durable. `payload` is at most `Limits.journalFrameBytes` long.
  ///
  /// On failure the segment is as it was before: the file is cut back to its last whole frame, and the same payload
  /// can be given again when there is room.
  public mutating func append(_ payload: UnsafeRawBufferPointer) throws(SystemError) {
    precondition(isOpen, "BUG: append to a journal without an open segment")
    precondition(payload.count <= Limits.journalFrameBytes, "BUG: a payload that no frame can hold")
    let file = try openedFile()
    let block = UnsafeMutableRawBufferPointer(rebasing: frame[JournalFormat.frameHeaderBytes...])
    let storedBytes = codec.compress(payload, level: zstdLevel, into: block)
    let header = JournalFrameHeader(
      salt: salt, sequence: sequence, payloadBytes: payload.count, storedBytes: storedBytes)
    let whole = UnsafeMutableRawBufferPointer(rebasing: frame[..<header.frameBytes])
    header.encode(into: whole)
    try write(UnsafeRawBufferPointer(whole), to: file)
    sequence += 1
    payloadBytes += payload.count
  }

  /// Makes every frame that was appended durable.
  ///
  /// On failure none of those since the last successful commit counts, and the segment has ended: after a failed
  /// `fdatasync` the kernel may call pages clean that never reached the disk, and a second try would succeed over a
  /// hole. The frames are cut off as far as that is possible; `open` a newer segment and append them there. What an
  /// earlier commit made durable stays.
  public mutating func commit() throws(SystemError) {
    guard let file, hasUncommittedFrames else { return }
    do {
      try file.synchronizeData()
    } catch {
      abandon(file)
      throw error
    }
    committedEnd = end
    committedSequence = sequence
  }

  /// Ends the segment. Frames that were not committed are not durable. A segment without frames leaves no file.
  public mutating func close() {
    if file != nil && sequence == 0 {
      // A leftover is an empty segment to the next recovery.
      try? FileSystem.unlink(journalSegment.path)
    }
    forget()
  }

  /// Ends the segment after a failed `append`, and cuts off the frames that no commit has made durable: what was
  /// reported as lost must not come back.
  public mutating func discardUncommitted() {
    if let file { abandon(file) } else { forget() }
  }

  private mutating func forget() {
    file = nil
    isHeaderWritten = false
    isOpen = false
    end = 0
    committedEnd = 0
    sequence = 0
    committedSequence = 0
    payloadBytes = 0
  }

  private mutating func abandon(_ file: File) {
    if committedEnd == 0 {
      try? FileSystem.unlink(journalSegment.path)
    } else {
      try? file.truncate(to: committedEnd)
    }
    forget()
  }

  /// The file with its header, created if this is the first frame. What fails here is tried again by the next append.
  private mutating func openedFile() throws(SystemError) -> File {
    if let file, isHeaderWritten { return file }
    let opened: File
    if let file {
      opened = file
    } else {
      opened = try File(journalSegment.path, .createExclusive)
      file = opened
    }
    salt = random.next()
    let header = JournalFileHeader(
      lane: UInt32(lane), segment: segment, createdAt: Clock.realtimeNanos(), salt: salt)
    end = 0
    try header.encoded.span.bytes.withUnsafeBytes { bytes throws(SystemError) in try write(bytes, to: opened) }
    do {
      // A file whose name is lost in a crash is lost with all that fdatasync did for it.
      try FileSystem.synchronizeDirectory(journalSegment.laneDirectory)
    } catch {
      end = 0
      throw error
    }
    isHeaderWritten = true
    return opened
  }

  /// Writes at the end and moves it, or cuts the file back.
  private mutating func write(_ bytes: UnsafeRawBufferPointer, to file: File) throws(SystemError) {
    do {
      try file.write(all: bytes, at: end)
    } catch {
      // If not even this works, the next frame is written over the remains, and recovery knows them for a torn tail.
      try? file.truncate(to: end)
      throw error
    }
    end += bytes.count
  }
}
