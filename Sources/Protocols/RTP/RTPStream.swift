import Primitives

/// One stream as it is followed: its sequence, clock, pictures, and the counts of its seconds.
struct RTPStream: BitwiseCopyable {
  // What each packet touches stands first and together.
  let key: StreamKey
  let hash: UInt64
  let listener: UInt8
  private(set) var payloadType: UInt8
  private(set) var codec: UInt8
  private(set) var media: StreamMedia
  /// Where in the registry its device is; -1 if it has none there.
  var device: Int32 = -1
  private(set) var lastArrival: UnixNanos
  /// The second that is being counted.
  private(set) var current: StreamSecond
  private(set) var health = StreamHealth()
  private(set) var clock: StreamClock
  private(set) var sequence: SequenceWindow
  private(set) var frames: StreamFrames

  private var vote = CodecVote()
  private var lostAtSecond: Int64 = 0
  /// The most packets of one second; 0 before the first is over.
  private var mostPackets: Int64 = 0
  /// The second before, until its row was written.
  private(set) var closed = StreamSecond(0)
  private(set) var hasClosed = false
  private(set) var total: StreamSecond

  /// Nothing for so long is a pause, in which no key picture can have come.
  private static let pauseNanos = 2 * Nanos.perSecond
  private static let videoClock = 90_000

  init(
    _ key: StreamKey, hash: UInt64, listener: UInt8, packet: RTPPacket, arrival: UnixNanos,
    format: RTPSettings.Format?
  ) {
    self.key = key
    self.hash = hash
    self.listener = listener
    payloadType = packet.payloadType
    codec = (format?.codec ?? .unknown).rawValue
    media = format?.media ?? StreamMedia(payloadType: packet.payloadType)
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

  /// Pictures, not sound, whatever carries them.
  var isVideo: Bool {
    switch media {
    case .video, .jpeg, .transportStream: true
    case .unknown: clock.rate == Int32(Self.videoClock)
    case .audio, .incidental: false
    }
  }

  /// Counts the packet that began the stream, whose payload was not kept.
  mutating func takeFirst(bytes: Int, doubles: Int, hints: UInt8) {
    current.packets = Int64(1 &+ doubles)
    current.duplicates = Int64(doubles)
    current.bytes = Int64(bytes)
    if codec == 0 {
      vote.takeFirst(hints: hints, timestamp: frames.timestamp)
    } else if hints & codec != 0 {
      current.keyFrames = 1
      frames.markKey(at: lastArrival)
    }
  }

  /// Takes one more packet in, of which `bytes` were sent.
  @inline(__always)
  mutating func take(_ packet: RTPPacket, _ datagram: RawSpan, bytes: Int, arrival: UnixNanos) {
    if arrival >= (current.second &+ 1) &* Nanos.perSecond {
      roll(to: flooredDivision(arrival, by: Nanos.perSecond))
    }
    current.packets &+= 1
    current.bytes &+= Int64(bytes)
    let since = arrival &- lastArrival
    if health.hasLeft && arrival > health.leftAt &+ StreamHealth.stragglingNanos { health.leftAt = .max }
    let apart = SequenceWindow.Apart(
      timestampStep: Int32(bitPattern: packet.timestamp &- frames.timestamp), sinceNanos: since,
      mostPackets: mostPackets)
    let place = sequence.place(packet.sequence, apart)
    lastArrival = max(lastArrival, arrival)
    switch place {
    case .ahead(let missing):
      if since > Self.pauseNanos { frames.notePause(since) }
      advance(packet, datagram, arrival, missing: missing)
    case .late:
      current.outOfOrder &+= 1
      clock.take(arrival: arrival, timestamp: packet.timestamp)
      if frames.takeLate(timestamp: packet.timestamp, bytes: packet.payloadBytes) { current.frames &+= 1 }
    case .duplicate: current.duplicates &+= 1
    case .far: current.outOfOrder &+= 1
    case .anew:
      clock.restart(arrival: arrival, timestamp: packet.timestamp)
      frames.restart(arrival: arrival, timestamp: packet.timestamp)
      current.frames &+= 1
      advance(packet, datagram, arrival, missing: 0)
    }
  }

  /// A packet that is the newest.
  @inline(__always)
  private mutating func advance(_ packet: RTPPacket, _ datagram: RawSpan, _ arrival: UnixNanos, missing: Int32) {
    clock.take(arrival: arrival, timestamp: packet.timestamp)
    if codec == 0 && media == .unknown && !vote.isClosed { guess(packet, datagram, arrival) }
    let video = videoCodec
    let part = StreamFrames.Part(
      arrival: arrival, timestamp: packet.timestamp, bytes: packet.payloadBytes, hasMarker: packet.hasMarker,
      missing: missing, isKey: video.holdsKeyPart(datagram, packet.payload),
      isContinuation: missing > 0 && video.isContinuation(datagram, packet.payload),
      knowledge: codec != 0 ? .byCodec : media == .jpeg ? .all : .unknown)
    let (begins, key) = frames.take(part)
    if begins { current.frames &+= 1 }
    if key { current.keyFrames &+= 1 }
  }

  /// What the payloads are like settles the codec, and with it the clock; encrypted ones never do.
  @inline(never)
  private mutating func guess(_ packet: RTPPacket, _ datagram: RawSpan, _ arrival: UnixNanos) {
    // A clock of sound is no picture's.
    if clock.rate > 0 && clock.rate != Int32(Self.videoClock) { return }
    let begins = packet.timestamp != frames.timestamp
    switch vote.take(packet, datagram, begins: begins, isVideoClock: clock.rate == Int32(Self.videoClock)) {
    case .open: break
    case .codec(let found, let keys, let isKey):
      codec = found.rawValue
      media = .video
      if clock.rate == 0 || clock.isEstimated {
        clock.settle(rate: Self.videoClock, arrival: arrival, timestamp: packet.timestamp)
      }
      // The picture that is coming is counted with its next packet, unless one came already.
      let isCounted = isKey && !begins
      current.keyFrames &+= Int64(isKey && begins ? keys &- 1 : keys)
      if isCounted { frames.markKey(at: arrival) }
    case .metadata: media = .incidental
    case .transportStream: media = .transportStream
    }
  }

  /// A packet of another type than those before it comes.
  mutating func changeType(_ packet: RTPPacket, _ arrival: UnixNanos, format: RTPSettings.Format?) {
    let rate = format?.clockRate ?? RTPPacket.staticClockRate(packet.payloadType)
    // Tones and comfort noise are sent with the clock of what they stand in for.
    if rate > 0 { clock.change(rate: rate, arrival: arrival, timestamp: packet.timestamp) }
    if let format {
      codec = format.codec.rawValue
      media = format.media
    }
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
    mostPackets = max(mostPackets, current.packets)
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

  /// What it is like at the end of a second.
  func facts(at end: UnixNanos, settings: borrowing RTPSettings) -> CameraWatch.Facts {
    let isQuiet = end &- lastArrival >= settings.silentNanos
    let mayFreeze = isVideo && media != .transportStream && !isQuiet
    // New pictures stay away while packets come: in one that comes once in a while there are none between.
    let hangs = isVideo && !isQuiet && lastArrival &- frames.lastFrameArrival >= settings.frozenNanos
    return CameraWatch.Facts(
      lastArrival: lastArrival, isVideo: isVideo, isOpen: media == .unknown && !isVideo, payloadType: payloadType,
      hasLeft: health.hasLeft, stands: hangs || mayFreeze && frames.still.stands(at: end, for: settings.frozenNanos),
      moves: mayFreeze && frames.still.movingSeconds >= 2,
      isBad: !isQuiet && (health.isLossy || isVideo && frames.keys.isBad(at: end)),
      isLive: end &- lastArrival < Nanos.perSecond)
  }

  /// Its sender took its leave.
  mutating func leave(at now: UnixNanos) { health.leftAt = now }

  /// The closed second was written.
  mutating func clearClosed() {
    hasClosed = false
  }
}
