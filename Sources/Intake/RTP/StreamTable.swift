import Primitives

/// The streams that a lane follows, found by their key: open addressing over a power of two, at most half full.
///
/// Bounded. When a new stream finds it full, the sixteenth of streams that were silent the longest leave together, so
/// that a flood of invented streams costs little each.
struct StreamTable: ~Copyable {
  private(set) var streams = Slab<RTPStream>(capacity: Limits.rtpStreams)
  /// Slot number plus one; 0 where there is none.
  private var index: Slab<UInt32>
  private let mask: Int

  init() {
    let size = Limits.rtpStreams * 2
    precondition(size & (size - 1) == 0, "BUG: the table of streams is no power of two")
    index = Slab(repeating: 0, count: size)
    mask = size - 1
  }

  var count: Int { streams.count }
  var isFull: Bool { streams.room == 0 }

  /// Where the stream is; -1 if it is not followed.
  @inline(__always)
  borrowing func find(_ key: StreamKey, hash: UInt64) -> Int {
    var at = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = Int(index[at])
      if slot == 0 { return -1 }
      if streams[slot &- 1].hash == hash && streams[slot &- 1].key.isSame(key) { return slot &- 1 }
      at = (at &+ 1) & mask
    }
  }

  /// Adds a stream, for which there must be room; returns where it is.
  mutating func insert(_ stream: RTPStream) -> Int {
    streams.append(stream)
    enter(streams.count &- 1)
    return streams.count &- 1
  }

  private mutating func enter(_ slot: Int) {
    var at = Int(truncatingIfNeeded: streams[slot].hash) & mask
    while index[at] != 0 { at = (at &+ 1) & mask }
    index[at] = UInt32(slot &+ 1)
  }

  /// Works on a stream in place.
  @inline(__always)
  mutating func update<Result>(_ slot: Int, _ body: (inout RTPStream) -> Result) -> Result {
    streams.update(slot, body)
  }

  /// Removes all streams whose last packet came before `limit`, and tells of each.
  mutating func remove(before limit: UnixNanos, _ leave: (RTPStream) -> Void) {
    var kept = 0
    for slot in 0..<streams.count {
      let stream = streams[slot]
      if stream.lastArrival < limit {
        leave(stream)
        continue
      }
      if kept != slot { streams[kept] = stream }
      kept &+= 1
    }
    if kept == streams.count { return }
    streams.truncate(to: kept)
    for at in 0..<index.count { index[at] = 0 }
    for slot in 0..<kept { enter(slot) }
  }

  /// The time before which the sixteenth that was silent the longest sent last. Allocates; it is asked for when the
  /// table is full.
  func limitOfLeastRecent() -> UnixNanos {
    var times: [UnixNanos] = []
    for slot in 0..<streams.count { times.append(streams[slot].lastArrival) }
    times.sort()
    return times[times.count / 16] &+ 1
  }
}
