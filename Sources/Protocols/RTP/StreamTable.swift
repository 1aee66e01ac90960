import Primitives

/// The streams that a lane follows, found by their key: open addressing over a power of two, at most half full.
///
/// Bounded. When a new stream finds it full, a sixteenth of the streams, those that were silent the longest, leave
/// together, so that a flood of invented streams costs little each; they are of one address if that has more than half.
struct StreamTable: ~Copyable {
  private(set) var streams = Slab<RTPStream>(capacity: Limits.rtpStreams)
  /// Slot number plus one; 0 where there is none.
  private var index: Slab<UInt32>
  private let mask: Int
  /// Chains through the streams by their number, and by number and the sender's address, as RTCP names them: the newest
  /// stream first, its slot plus one.
  private var heads: Slab<UInt32>
  private var sourceHeads: Slab<UInt32>
  private var links = Slab<Links>(capacity: Limits.rtpStreams)
  private let seed: UInt64

  // Not private: see docs/workarounds.md.
  struct Links: BitwiseCopyable {
    var next: UInt32
    var nextOfSource: UInt32
  }

  init(seed: UInt64) {
    self.seed = seed
    let size = Limits.rtpStreams * 2
    precondition(size & (size - 1) == 0, "BUG: the table of streams is no power of two")
    index = Slab(repeating: 0, count: size)
    heads = Slab(repeating: 0, count: size)
    sourceHeads = Slab(repeating: 0, count: size)
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
    let key = streams[slot].key
    let head = place(key.ssrc)
    let sourceHead = place(key.ssrc, key.source)
    links.append(Links(next: heads[head], nextOfSource: sourceHeads[sourceHead]))
    heads[head] = UInt32(slot &+ 1)
    sourceHeads[sourceHead] = UInt32(slot &+ 1)
  }

  @inline(__always)
  private func place(_ ssrc: UInt32) -> Int {
    let product = (UInt64(ssrc) ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return Int(truncatingIfNeeded: product.high ^ product.low) & mask
  }

  @inline(__always)
  private func place(_ ssrc: UInt32, _ source: SourceAddress) -> Int {
    var key = StreamKey(ssrc: ssrc, source: source.withoutPort, destination: SourceAddress(high: 0, low: 0, port: 0))
    key.destination.low = seed
    return Int(truncatingIfNeeded: key.hash(seed: seed)) & mask
  }

  /// A stream of that number: one of the sender's address if it is told and has one, else the newest; -1 if there is none.
  mutating func anyStream(_ ssrc: UInt32, from source: SourceAddress) -> Int {
    let own = nextStream(ssrc, of: source, behind: -1)
    if own >= 0 { return own }
    var next = heads[place(ssrc)]
    for _ in 0..<Limits.rtcpStreamsPerSource where next != 0 {
      let slot = Int(next) &- 1
      if streams[slot].key.ssrc == ssrc { return slot }
      next = links[slot].next
    }
    return -1
  }

  /// The next older stream of that number and sender behind one of them, the newest behind -1; -1 if there is none.
  mutating func nextStream(_ ssrc: UInt32, of source: SourceAddress, behind: Int) -> Int {
    var next = behind < 0 ? sourceHeads[place(ssrc, source)] : links[behind].nextOfSource
    for _ in 0..<Limits.rtcpStreamsPerSource where next != 0 {
      let slot = Int(next) &- 1
      let key = streams[slot].key
      if key.ssrc == ssrc && key.source.low == source.low && key.source.high == source.high { return slot }
      next = links[slot].nextOfSource
    }
    return -1
  }

  @inline(__always)
  func payloadType(_ slot: Int) -> UInt8 { streams[slot].payloadType }

  @inline(__always)
  func device(_ slot: Int) -> Int32 { streams[slot].device }

  @inline(__always)
  func ssrc(_ slot: Int) -> UInt32 { streams[slot].key.ssrc }

  /// Works on a stream in place.
  @inline(__always)
  mutating func update<Result>(_ slot: Int, _ body: (inout RTPStream) -> Result) -> Result {
    streams.update(slot, body)
  }

  /// Removes all streams whose last packet came before `limit`, of one sender's address if it is told, and tells of each.
  mutating func remove(before limit: UnixNanos, of source: SourceAddress? = nil, _ leave: (RTPStream) -> Void) {
    var kept = 0
    for slot in 0..<streams.count {
      let stream = streams[slot]
      if stream.lastArrival < limit && (source == nil || stream.key.source.withoutPort == source) {
        leave(stream)
        continue
      }
      if kept != slot { streams[kept] = stream }
      kept &+= 1
    }
    if kept == streams.count { return }
    streams.truncate(to: kept)
    links.removeAll()
    for at in 0..<index.count {
      index[at] = 0
      heads[at] = 0
      sourceHeads[at] = 0
    }
    for slot in 0..<kept { enter(slot) }
  }

  /// Which streams leave when there is no room: of the address that has more than half of the places, if there is one,
  /// else of all, the sixteenth of the places that was silent the longest. Allocates; it is asked for when the table is
  /// full.
  func leastRecent() -> (limit: UnixNanos, source: SourceAddress?) {
    var counts: [SourceAddress: Int] = [:]
    for slot in 0..<streams.count { counts[streams[slot].key.source.withoutPort, default: 0] += 1 }
    let greedy = counts.first { $0.value > streams.count / 2 }?.key
    var times: [UnixNanos] = []
    for slot in 0..<streams.count where greedy == nil || streams[slot].key.source.withoutPort == greedy {
      times.append(streams[slot].lastArrival)
    }
    times.sort()
    return (times[min(times.count - 1, streams.count / 16)] &+ 1, greedy)
  }
}
