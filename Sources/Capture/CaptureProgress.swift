internal import Primitives

/// How far a capture was read, and what of it is not yet whole: all of a reader's state but the file's bytes.
struct CaptureProgress: ~Copyable {
  private(set) var cursor: FrameCursor
  private(set) var unpacker = FrameUnpacker()
  private var isFinished = false
  /// The time of the last frame; nil before the first.
  private var lastTime: UnixNanos?

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

  /// The first time, or one far from that before: believed if frames that follow are near it. One frame that is alone
  /// with its time has that of the others.
  @inline(never)
  private mutating func believedTime(_ time: UnixNanos, in storage: inout CaptureStorage) -> UnixNanos {
    let found = cursor.times(near: time, in: &storage)
    if found.near >= found.far { return time }
    unpacker.counts.count(.timeOutOfLine)
    return lastTime ?? found.farTime
  }
}
