internal import Primitives

/// How far a capture was read, and what of it is not yet whole: all of a reader's state but the file's bytes.
struct CaptureProgress: ~Copyable {
  private(set) var cursor: FrameCursor
  private(set) var unpacker = FrameUnpacker()
  private var isFinished = false
  /// The time of the last frame; nil before the first.
  private var lastTime: UnixNanos?
  /// Frames in a row with times near each other.
  private var steadyFrames = 0

  init(cursor: FrameCursor) {
    self.cursor = cursor
  }

  /// Goes to the next datagram; false at the end of the file, or where nothing more can be found in a damaged one.
  mutating func next(in storage: inout CaptureStorage) -> Bool {
    if unpacker.hasMore && unpacker.nextInterleaved() { return true }
    cursor.position -= storage.discard(before: cursor.position)
    while var frame = cursor.next(in: &storage, counts: &unpacker.counts) {
      if frame.time == 0 || !frame.isTimed {
        unpacker.counts.count(.frameWithoutTime)
      } else if lastTime.map({ !FrameCursor.isNear($0, frame.time) }) ?? true {
        frame.time = believedTime(frame.time, in: &storage)
      }
      steadyFrames = lastTime.map { FrameCursor.isNear($0, frame.time) } ?? true ? min(steadyFrames + 1, 1_000) : 1
      lastTime = frame.time
      if unpacker.take(frame, in: storage.bytes) { return true }
      cursor.position -= storage.discard(before: cursor.position)
    }
    if !isFinished {
      isFinished = true
      if storage.isCutShort { unpacker.counts.count(.fileCutShort) }
      unpacker.countUnfinished()
    }
    return false
  }

  /// The first time, or one far from that before: believed, unless the frames that follow go on as if it were not there.
  @inline(never)
  private mutating func believedTime(_ time: UnixNanos, in storage: inout CaptureStorage) -> UnixNanos {
    let wanted = lastTime == nil ? Limits.captureTimeFrames : max(2, Limits.captureTimeFrames - steadyFrames)
    guard let common = cursor.commonTime(before: lastTime, wanted: wanted, in: &storage),
      !FrameCursor.isNear(common, time),
      // A first frame that is older than the others is one before a gap.
      lastTime != nil || time > common
    else {
      return time
    }
    unpacker.counts.count(.timeOutOfLine)
    return common
  }
}
