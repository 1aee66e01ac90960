internal import Primitives

/// RTP and RTCP that RTSP carries in its own TCP connection (RFC 2326 section 10.12, RFC 7826 section 14), taken out of
/// the segments of a capture:
/// ```
/// +------+---------+-----------+----------+
/// | $ 24 | channel | length 16 | packet … |   between RTSP's messages, which are passed over
/// +------+---------+-----------+----------+
/// ```
/// Bounded: so many connections, so many octets. What the capture lacks of a connection costs what it held, and what
/// follows is found again by its framing.
struct InterleavedStreams: ~Copyable {
  private struct Key: Hashable {
    var sourceHigh: UInt64
    var sourceLow: UInt64
    var destinationHigh: UInt64
    var destinationLow: UInt64
    var ports: UInt32
  }

  private var connections: [Key: InterleavedStream] = [:]
  private var heldBytes = 0
  private var current: InterleavedStream?
  private var currentKey: Key?
  private var output: [UInt8] = []
  /// Gaps in connections that had to be passed over.
  private(set) var gaps = 0

  /// The packet that `next` went to.
  var packet: RawSpan {
    @_lifetime(borrow self)
    borrowing get { output.span.bytes }
  }

  /// Takes a segment in; false if its connection carries no RTP.
  mutating func take(_ walk: FrameWalk, in bytes: RawSpan, time: UnixNanos) -> Bool {
    putBack()
    let key = Key(
      sourceHigh: walk.sourceHigh, sourceLow: walk.sourceLow, destinationHigh: walk.destinationHigh,
      destinationLow: walk.destinationLow, ports: UInt32(walk.sourcePort) << 16 | UInt32(walk.destinationPort))
    let payload = walk.offset..<walk.end
    if connections[key] == nil {
      guard !payload.isEmpty, InterleavedFraming.begins(bytes, payload, walk) else { return false }
      makeRoom()
      connections[key] = InterleavedStream(expected: walk.tcpSequence)
    }
    guard var stream = connections.removeValue(forKey: key) else { return false }
    heldBytes -= stream.heldBytes
    gaps += stream.take(
      bytes, payload, sequence: walk.tcpSequence, declared: walk.declaredEnd - walk.offset, isFirst: walk.tcpIsFirst,
      time: time)
    current = stream
    currentKey = key
    return true
  }

  /// Goes to the next whole packet of the connection whose segment was taken last; false if there is none.
  mutating func next() -> Bool {
    guard current != nil else { return false }
    if current!.next(into: &output) { return true }
    putBack()
    return false
  }

  private mutating func putBack() {
    guard let key = currentKey, var stream = current else { return }
    stream.compact()
    heldBytes += stream.heldBytes
    connections[key] = stream
    current = nil
    currentKey = nil
    while heldBytes > Limits.interleavedBytes { removeOldest() }
  }

  private mutating func makeRoom() {
    if connections.count >= Limits.interleavedStreams { removeOldest() }
  }

  /// Lets an eighth of the connections go: those that were silent the longest.
  private mutating func removeOldest() {
    let order = connections.sorted { $0.value.lastTime < $1.value.lastTime }
    for (key, stream) in order.prefix(max(1, order.count / 8)) {
      heldBytes -= stream.heldBytes
      connections.removeValue(forKey: key)
    }
  }
}
