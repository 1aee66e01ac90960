internal import Primitives

/// Takes datagrams out of frames, one frame after the other: out of tunnels, fragments, and the TCP connections of RTSP.
struct FrameUnpacker: ~Copyable {
  /// Where the payload of `datagram` stands.
  enum Place { case frame, assembled, interleaved }

  private(set) var assembler = FragmentAssembler()
  private(set) var streams = InterleavedStreams()
  private(set) var payloadRange = 0..<0
  private(set) var place = Place.frame
  private(set) var datagram = CapturedDatagram.none
  var counts = CaptureCounts()
  /// A segment may have held more packets than the one that was delivered.
  private(set) var hasMore = false

  /// Takes a frame of `bytes`; whether there is a datagram now.
  @inline(__always)
  mutating func take(_ frame: Frame, in bytes: RawSpan) -> Bool {
    var walk = FrameWalk(frame: frame)
    switch walk.run(in: bytes) {
    case .datagram:
      deliver(walk, frame, isAssembled: false)
      return true
    case .skip(let reason):
      counts.count(reason)
      return false
    case .fragment:
      return assemble(walk, frame, bytes)
    case .segment:
      return takeSegment(walk, frame, bytes, isAssembled: false)
    }
  }

  @inline(__always)
  private mutating func deliver(_ walk: FrameWalk, _ frame: Frame, isAssembled: Bool) {
    counts.datagrams &+= 1
    if isAssembled { counts.reassembled &+= 1 }
    if let flaw = walk.flaw { counts.count(flaw) }
    payloadRange = walk.offset..<walk.end
    place = isAssembled ? .assembled : .frame
    datagram = CapturedDatagram(
      time: frame.time, isTimed: frame.isTimed,
      source: SourceAddress(high: walk.sourceHigh, low: walk.sourceLow, port: walk.sourcePort),
      destination: SourceAddress(high: walk.destinationHigh, low: walk.destinationLow, port: walk.destinationPort),
      frameNumber: counts.frames, udpLength: walk.udpLength, payloadLength: walk.end - walk.offset,
      isReassembled: isAssembled, isWhole: walk.flaw == nil)
    datagram.isCutByCapture = walk.flaw == .datagramCutByCapture && walk.udpLength >= 8
  }

  /// Adds a fragment to its packet, and walks on in that packet if it is whole now. A tunnel may carry fragments in
  /// fragments, hence the loop; each turn takes a header off, so it ends.
  @inline(never)
  private mutating func assemble(_ first: FrameWalk, _ frame: Frame, _ bytes: RawSpan) -> Bool {
    var walk = first
    var outcome = assembler.add(walk, in: bytes, time: frame.time, counts: &counts)
    while outcome == .whole {
      walk.layer = .transport(assembler.outputProtocol)
      walk.offset = 0
      walk.end = assembler.wholeByteCount
      walk.declaredEnd = walk.end
      walk.moreFragments = false
      walk.carrier = nil
      switch walk.run(in: assembler.whole) {
      case .datagram:
        deliver(walk, frame, isAssembled: true)
        return true
      case .skip(let reason):
        counts.count(reason)
        return false
      case .segment:
        let copy = assembler.copyOfWhole()
        return takeSegment(walk, frame, copy.span.bytes, isAssembled: true)
      case .fragment:
        // Its octets lie in what the assembler is about to change.
        let copy = assembler.copyOfWhole()
        outcome = assembler.add(walk, in: copy.span.bytes, time: frame.time, counts: &counts)
      }
    }
    switch outcome {
    case .overlap: counts.count(.overlappingFragment)
    case .malformed: counts.count(.malformedFragment)
    default: counts.count(.fragment)
    }
    return false
  }

  /// A TCP segment: of a connection that carries RTP it is taken in.
  @inline(never)
  private mutating func takeSegment(
    _ walk: FrameWalk, _ frame: Frame, _ bytes: RawSpan, isAssembled: Bool
  ) -> Bool {
    let gapsBefore = streams.gaps
    let isTaken = streams.take(walk, in: bytes, time: frame.time)
    if !isTaken && walk.carrier != nil {
      var outer = walk
      if case .datagram = outer.surface() {
        deliver(outer, frame, isAssembled: isAssembled)
        return true
      }
    }
    counts.count(isTaken ? .interleavedSegment : .notUDP)
    counts.count(.streamGap, times: streams.gaps - gapsBefore)
    guard isTaken else { return false }
    datagram = CapturedDatagram(
      time: frame.time, isTimed: frame.isTimed,
      source: SourceAddress(high: walk.sourceHigh, low: walk.sourceLow, port: walk.sourcePort),
      destination: SourceAddress(high: walk.destinationHigh, low: walk.destinationLow, port: walk.destinationPort),
      frameNumber: counts.frames, udpLength: 0, payloadLength: 0, isReassembled: false, isWhole: true)
    datagram.isInterleaved = true
    return nextInterleaved()
  }

  /// The next packet of the segment that was taken last; false if it held no more.
  mutating func nextInterleaved() -> Bool {
    hasMore = streams.next()
    guard hasMore else { return false }
    place = .interleaved
    payloadRange = 0..<streams.packet.byteCount
    datagram.payloadLength = payloadRange.count
    datagram.udpLength = payloadRange.count + 8
    counts.datagrams &+= 1
    counts.interleaved &+= 1
    return true
  }

  /// At the end: what was never whole.
  mutating func countUnfinished() {
    counts.count(.reassemblyUnfinished, times: assembler.pending)
  }
}
