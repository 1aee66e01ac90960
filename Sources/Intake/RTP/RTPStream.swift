import Decoders
import Primitives

/// One stream as it is followed: its sequence, clock, pictures, and the counts of its seconds.
struct RTPStream: BitwiseCopyable {
  let key: StreamKey
  let hash: UInt64
  let listener: UInt8
  private(set) var payloadType: UInt8
  private(set) var codec: UInt8
  /// Votes for what the payload looks like, above zero H.265, below H.264.
  private var codecVotes: Int8 = 0
  private(set) var sequence: SequenceWindow
  private(set) var clock: StreamClock
  private(set) var frames: StreamFrames
  private(set) var lastArrival: UnixNanos
  private var lostAtSecond: Int64 = 0

  /// The second that is being counted.
  private(set) var current: StreamSecond
  /// The one before, until its row was written.
  private(set) var closed = StreamSecond(0)
  private(set) var hasClosed = false
  private(set) var total: StreamSecond

  /// Where in the registry its device is; -1 if it has none there.
  var device: Int32 = -1
  var health = StreamHealth()

  private static let codecIsClear: Int8 = 8
  private static let pauseNanos = Nanos.perSecond / 2

  init(
    _ key: StreamKey, hash: UInt64, listener: UInt8, packet: RTPPacket, arrival: UnixNanos,
    format: RTPSettings.Format?
  ) {
    self.key = key
    self.hash = hash
    self.listener = listener
    payloadType = packet.payloadType
    codec = (format?.codec ?? .unknown).rawValue
    let rate = format?.clockRate ?? RTPPacket.staticClockRate(packet.payloadType)
    sequence = SequenceWindow(first: packet.sequence)
    clock = StreamClock(rate: rate, arrival: arrival, timestamp: packet.timestamp)
    frames = StreamFrames(arrival: arrival, timestamp: packet.timestamp)
    lastArrival = arrival
    let second = flooredDivision(arrival, by: Nanos.perSecond)
    current = StreamSecond(second)
    total = StreamSecond(second)
    current.frames = 1
  }

  var videoCodec: VideoCodec { VideoCodec(rawValue: codec) ?? .unknown }

  /// Pictures, not sound: only of these does it mean something that they do not change. MPEG transport streams fill
  /// every packet alike.
  var isVideo: Bool { clock.rate == 90_000 && payloadType != 33 && payloadType != 14 }

  /// Counts the packet that began the stream, whose payload was not kept.
  mutating func takeFirst(bytes: Int, doubles: Int) {
    current.packets = Int64(1 &+ doubles)
    current.duplicates = Int64(doubles)
    current.bytes = Int64(bytes)
  }

  /// Takes one more packet in.
  @inline(__always)
  mutating func take(
    _ packet: RTPPacket, _ datagram: RawSpan, arrival: UnixNanos, settings: borrowing RTPSettings
  ) {
    if arrival >= (current.second &+ 1) &* Nanos.perSecond {
      roll(to: flooredDivision(arrival, by: Nanos.perSecond))
    }
    current.packets &+= 1
    current.bytes &+= Int64(datagram.byteCount)
    if packet.payloadType != payloadType { changeType(packet, arrival, settings) }
    let place = sequence.place(packet.sequence, afterPause: arrival &- lastArrival > Self.pauseNanos)
    lastArrival = max(lastArrival, arrival)
    switch place {
    case .ahead:
      clock.take(arrival: arrival, timestamp: packet.timestamp)
      let (begins, key) = frames.take(
        arrival: arrival, timestamp: packet.timestamp, bytes: packet.payload.count, isKey: isKeyFrame(packet, datagram))
      if begins { current.frames &+= 1 }
      if key { current.keyFrames &+= 1 }
    case .late:
      current.outOfOrder &+= 1
      clock.take(arrival: arrival, timestamp: packet.timestamp)
      frames.takeLate(timestamp: packet.timestamp, bytes: packet.payload.count)
    case .duplicate: current.duplicates &+= 1
    case .far: current.outOfOrder &+= 1
    }
  }

  @inline(__always)
  private mutating func isKeyFrame(_ packet: RTPPacket, _ datagram: RawSpan) -> Bool {
    if codec == 0 {
      if packet.payloadType < 96 || clock.rate != 90_000 { return false }
      guess(packet, datagram)
    }
    return videoCodec.beginsKeyFrame(datagram, packet.payload)
  }

  /// Eight packets more for one codec than for the other settle it; encrypted payloads never do.
  @inline(never)
  private mutating func guess(_ packet: RTPPacket, _ datagram: RawSpan) {
    switch VideoCodec.likely(datagram, packet.payload) {
    case .unknown: codecVotes = codecVotes > 0 ? codecVotes &- 1 : codecVotes < 0 ? codecVotes &+ 1 : 0
    case .h265: codecVotes &+= 1
    case .h264: codecVotes &-= 1
    }
    if codecVotes >= Self.codecIsClear { codec = VideoCodec.h265.rawValue }
    if codecVotes <= -Self.codecIsClear { codec = VideoCodec.h264.rawValue }
  }

  @inline(never)
  private mutating func changeType(
    _ packet: RTPPacket, _ arrival: UnixNanos, _ settings: borrowing RTPSettings
  ) {
    let format = settings.formats[packet.payloadType]
    let rate = format?.clockRate ?? RTPPacket.staticClockRate(packet.payloadType)
    // Tones and comfort noise are sent with the clock of what they stand in for.
    if rate > 0 { clock.change(rate: rate, arrival: arrival, timestamp: packet.timestamp) }
    if let format { codec = format.codec.rawValue }
    payloadType = packet.payloadType
  }

  /// Closes the second that was being counted, and begins another.
  @inline(never)
  mutating func roll(to second: Int64) {
    if second <= current.second { return }
    let lost = sequence.lost
    current.lost = lost &- lostAtSecond
    lostAtSecond = lost
    total.add(current)
    frames.closeSecond()
    health.closeSecond(current)
    if hasClosed {
      // Its row is not written yet: a lane that cannot keep up counts both as one.
      closed.add(current)
    } else {
      closed = current
      hasClosed = true
    }
    current = StreamSecond(second)
  }

  /// Looks at the stream at the end of a second; what changed.
  mutating func look(at now: UnixNanos, settings: borrowing RTPSettings) -> StreamHealth.Change? {
    health.look(at: now, lastArrival: lastArrival, frames: frames, isVideo: isVideo, settings: settings)
  }

  /// The closed second was written.
  mutating func clearClosed() {
    hasClosed = false
  }
}
