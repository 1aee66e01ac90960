internal import Primitives

/// How far a capture was read, and what of it is not yet whole: all of a reader's state but the file's bytes.
struct CaptureProgress: ~Copyable {
  private(set) var cursor: FrameCursor
  private(set) var assembler = FragmentAssembler()
  private(set) var payloadRange = 0..<0
  private(set) var payloadIsAssembled = false
  private var isFinished = false
  private(set) var counts = CaptureCounts()
  private(set) var datagram = CapturedDatagram.none

  init(cursor: FrameCursor) {
    self.cursor = cursor
  }

  /// Goes to the next datagram; false at the end of the file, or where nothing more can be found in a damaged one.
  mutating func next(in storage: borrowing CaptureStorage) -> Bool {
    let file = storage.bytes
    while let frame = cursor.next(in: file, counts: &counts) {
      var walk = FrameWalk(frame: frame)
      switch walk.run(in: file) {
      case .datagram:
        deliver(walk, frame, isAssembled: false)
        return true
      case .skip(let reason):
        counts.count(reason)
      case .fragment:
        if assemble(walk, frame, file) { return true }
      }
    }
    if !isFinished {
      isFinished = true
      counts.count(.reassemblyUnfinished, times: assembler.pending)
    }
    return false
  }

  @inline(__always)
  private mutating func deliver(_ walk: FrameWalk, _ frame: Frame, isAssembled: Bool) {
    counts.datagrams &+= 1
    if isAssembled { counts.reassembled &+= 1 }
    if let flaw = walk.flaw { counts.count(flaw) }
    payloadRange = walk.offset..<walk.end
    payloadIsAssembled = isAssembled
    datagram = CapturedDatagram(
      time: frame.time, isTimed: frame.isTimed,
      source: SourceAddress(high: walk.sourceHigh, low: walk.sourceLow, port: walk.sourcePort),
      destination: SourceAddress(high: walk.destinationHigh, low: walk.destinationLow, port: walk.destinationPort),
      frameNumber: counts.frames, udpLength: walk.udpLength, payloadLength: walk.end - walk.offset,
      isReassembled: isAssembled, isWhole: walk.flaw == nil)
  }

  /// Adds a fragment to its packet, and walks on in that packet if it is whole now. A tunnel may carry fragments in
  /// fragments, hence the loop; each turn takes a header off, so it ends.
  @inline(never)
  private mutating func assemble(_ first: FrameWalk, _ frame: Frame, _ file: RawSpan) -> Bool {
    var walk = first
    var outcome = assembler.add(walk, in: file, time: frame.time, counts: &counts)
    while outcome == .whole {
      walk.layer = .transport(assembler.outputProtocol)
      walk.offset = 0
      walk.end = assembler.wholeByteCount
      walk.declaredEnd = walk.end
      walk.moreFragments = false
      switch walk.run(in: assembler.whole) {
      case .datagram:
        deliver(walk, frame, isAssembled: true)
        return true
      case .skip(let reason):
        counts.count(reason)
        return false
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
}
