import Primitives

internal import Primitives

/// One direction of a TCP connection that carries RTP: its octets in order, from which whole packets are taken.
struct InterleavedStream {
  private struct Held {
    var sequence: UInt32
    var declared: Int
    var bytes: [UInt8]
  }

  /// The number of the next octet.
  private var expected: UInt32
  private var buffer: [UInt8] = []
  private var at = 0
  /// Whether a packet or message begins at `at`.
  private var isInStep = false
  /// Segments that came before one that is missing, by their numbers.
  private var held: [Held] = []
  private var heldSegmentBytes = 0
  private(set) var lastTime: UnixNanos = 0

  /// A segment that is missing for so long does not come any more.
  private static let patienceNanos = Nanos.perSecond
  private var heldSince: UnixNanos = 0
  /// How much was looked through in vain for a beginning.
  private var searchedBytes = 0
  private static let searchStep = 512
  /// Of the message at `at` whose end is not there yet.
  private var message = InterleavedFraming.MessageProgress()

  init(expected: UInt32) {
    self.expected = expected
  }

  var heldBytes: Int { buffer.count + heldSegmentBytes }

  /// Takes a segment in; how many gaps had to be passed over.
  mutating func take(
    _ bytes: RawSpan, _ payload: Range<Int>, sequence: UInt32, declared: Int, isFirst: Bool, time: UnixNanos
  ) -> Int {
    lastTime = time
    let step = Int(Int32(bitPattern: sequence &- expected))
    if isFirst || step.magnitude > 1 << 26 {
      // A new connection between the same ports.
      begin(at: isFirst ? sequence &+ 1 : sequence)
      if isFirst { return 0 }
      append(bytes, payload, skipping: 0, declared: declared)
      return 0
    }
    if declared == 0 { return 0 }
    if step > 0 {
      hold(bytes, payload, sequence, declared, time)
      let isHopeless =
        held.count > Limits.interleavedSegments || heldSegmentBytes > Limits.interleavedHeldBytes
        || Self.isLate(time, since: heldSince)
      return isHopeless ? passGap() : 0
    }
    if declared + step <= 0 { return 0 }
    append(bytes, payload, skipping: -step, declared: declared)
    takeHeld()
    return 0
  }

  /// A capture may have any times, the first and the last that can be said too.
  private static func isLate(_ time: UnixNanos, since: UnixNanos) -> Bool {
    let (passed, overflow) = time.subtractingReportingOverflow(since)
    return overflow || passed > patienceNanos
  }

  private mutating func begin(at sequence: UInt32) {
    expected = sequence
    buffer.removeAll()
    at = 0
    isInStep = false
    searchedBytes = 0
    message = InterleavedFraming.MessageProgress()
    held.removeAll()
    heldSegmentBytes = 0
  }

  private mutating func append(_ bytes: RawSpan, _ payload: Range<Int>, skipping: Int, declared: Int) {
    let start = min(payload.upperBound, payload.lowerBound + skipping)
    for index in start..<payload.upperBound { buffer.append(bytes.byte(index)) }
    expected &+= UInt32(truncatingIfNeeded: declared - skipping)
    // The capture kept only the head of it: what follows does not join.
    if payload.count < declared { loseStep() }
  }

  private mutating func hold(
    _ bytes: RawSpan, _ payload: Range<Int>, _ sequence: UInt32, _ declared: Int, _ time: UnixNanos
  ) {
    if held.isEmpty { heldSince = time }
    let place = held.firstIndex { Int32(bitPattern: $0.sequence &- sequence) >= 0 } ?? held.count
    if place < held.count && held[place].sequence == sequence { return }
    var copy: [UInt8] = []
    copy.reserveCapacity(payload.count)
    for index in payload { copy.append(bytes.byte(index)) }
    heldSegmentBytes += copy.count
    held.insert(Held(sequence: sequence, declared: declared, bytes: copy), at: place)
  }

  /// Joins the segments that follow what is there.
  private mutating func takeHeld() {
    while let first = held.first {
      let step = Int(Int32(bitPattern: first.sequence &- expected))
      if step > 0 { return }
      held.removeFirst()
      heldSegmentBytes -= first.bytes.count
      if first.declared + step <= 0 { continue }
      append(first.bytes.span.bytes, 0..<first.bytes.count, skipping: -step, declared: first.declared)
    }
  }

  private mutating func passGap() -> Int {
    guard let first = held.first else { return 0 }
    expected = first.sequence
    loseStep()
    takeHeld()
    return 1
  }

  /// What is there ends in nothing: whole packets of it were taken already.
  private mutating func loseStep() {
    buffer.removeAll(keepingCapacity: true)
    at = 0
    isInStep = false
    message = InterleavedFraming.MessageProgress()
    searchedBytes = 0
  }

  /// Lets go of what was taken.
  mutating func compact() {
    if at == buffer.count {
      buffer.removeAll()
    } else if at > 0 {
      buffer.removeFirst(at)
    }
    at = 0
  }

  /// The next whole packet; false if there is none yet.
  mutating func next(into packet: inout [UInt8]) -> Bool {
    while at < buffer.count {
      if !isInStep && !findStep() { return false }
      let left = buffer.count - at
      if buffer[at] == InterleavedFraming.dollar {
        if left < InterleavedFraming.headBytes { return false }
        let length = Int(buffer[at + 2]) << 8 | Int(buffer[at + 3])
        if left < InterleavedFraming.headBytes + length { return false }
        let start = at + InterleavedFraming.headBytes
        at = start + length
        // Channels carry other things too; only what may be RTP or RTCP is delivered.
        if length < 8 || buffer[start] >> 6 != 2 { continue }
        packet.removeAll(keepingCapacity: true)
        packet.append(contentsOf: buffer[start..<start + length])
        return true
      }
      guard InterleavedFraming.isLetter(buffer[at]) else {
        isInStep = false
        at += 1
        continue
      }
      var progress = message
      let found = InterleavedFraming.messageEnd(buffer.span.bytes, at..<buffer.count, &progress)
      message = progress
      guard let end = found else {
        if left <= Limits.interleavedMessageBytes { return false }
        message = InterleavedFraming.MessageProgress()
        isInStep = false
        at += 1
        continue
      }
      message = InterleavedFraming.MessageProgress()
      at = end
    }
    return false
  }

  /// Goes to where a packet or message begins; false if that cannot be told yet. Where a packet may begin whose end is
  /// not there, one behind it that is sure decides.
  private mutating func findStep() -> Bool {
    // Looked through now and then only, so that small segments cost little.
    if buffer.count < searchedBytes + Self.searchStep && searchedBytes > 0 { return false }
    let found = Self.search(buffer.span.bytes, from: at)
    at = found.place
    isInStep = found.isSure
    searchedBytes = found.isSure ? 0 : buffer.count - at
    return isInStep
  }

  /// Where a packet or message surely begins; else where one may, or the end. Looks at each octet once.
  private static func search(_ bytes: RawSpan, from start: Int) -> (place: Int, isSure: Bool) {
    var unclear = -1
    var lineBegan = start
    for place in start..<bytes.byteCount {
      switch bytes.byte(place) {
      case InterleavedFraming.dollar:
        let answer = InterleavedFraming.isPacket(bytes, at: place, end: bytes.byteCount)
        if answer == .yes { return (place, true) }
        if answer == .unclear && unclear < 0 && bytes.byteCount - place <= Limits.interleavedMessageBytes {
          unclear = place
        }
      case 10, 13:
        lineBegan = place + 1
      case UInt8(ascii: "R") where InterleavedFraming.namesProtocol(bytes, at: place):
        // The message begins with the first capital of the line, which this one is at the latest.
        var begin = max(lineBegan, place + 5 - Limits.interleavedLineBytes)
        while !InterleavedFraming.isLetter(bytes.byte(begin)) { begin += 1 }
        if bytes.byteCount - begin >= 10 { return (begin, true) }
      default: break
      }
    }
    return (unclear < 0 ? bytes.byteCount : unclear, false)
  }
}
