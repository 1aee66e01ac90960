import Capture
import Primitives
import Protocols
public import Sys
import Telemetry

/// A thread with its own sockets: receives, decodes, fills batches, hands them to its committer, and answers what a
/// protocol owes once the committer's word is in.
///
/// Run `run()` on a thread of its own; it returns after `LaneControl.stop()`, with everything received handed over.
public final class Lane: Sendable {
  public let settings: LaneSettings
  public let exchange: BatchExchange
  public let control: LaneControl
  private let sockets: [LaneSocket]
  /// Interfaces belong to the first lane: a packet is seen once.
  private let captures: [LaneCapture]
  /// What the kernel granted to each socket.
  public let grants: [SocketGrant]
  private let restNanos: Int64

  /// Receive calls on one socket before the next one has its turn.
  private static let receivesInTurn = 4
  /// The poller's token of the wake-up; sockets have their listener's number.
  private static let wakeUpToken = UInt64.max
  /// How long a lane sleeps when nothing comes: it looks at its control then.
  private static let idleNanos = 100 * Nanos.perMillisecond
  /// How long a socket that was emptied is left to fill again, at the most: a wake-up for each datagram costs more than
  /// the datagram. A lane that hears less than a datagram in that time is woken by each as it comes.
  private static let longestRestNanos = 4 * Nanos.perMillisecond
  /// Rests shorter than this cost more than they save.
  private static let shortestRestNanos = 50 * Nanos.perMicrosecond
  /// What a flood adds to a receive buffer's account in a nanosecond, about, seen on loopback: a rest ends before such a
  /// flood has filled half of the smallest buffer.
  private static let floodBytesPerNano: Int64 = 1
  /// How often the kernel is asked what it dropped.
  private static let dropCheckNanos = 100 * Nanos.perMillisecond
  private static let dropChecksAtOnce = 64
  /// How long a port is waited for that another socket has.
  private static let predecessorNanos = Nanos.perSecond

  /// Datagrams taken from one interface before the sockets have their turn.
  private static let capturedInTurn = 1_024

  /// Opens and binds every listener's socket, and opens the interfaces. Throws a `ListenFault` or a `CaptureError`.
  public init(_ settings: LaneSettings, exchange: BatchExchange, control: LaneControl) throws {
    self.settings = settings
    self.exchange = exchange
    self.control = control
    var sockets: [LaneSocket] = []
    var grants: [SocketGrant] = []
    for (number, listener) in settings.listeners.enumerated() where listener.capture.source == nil {
      // Each socket of a group is given what is sent to the group: one is enough.
      if !listener.telemetryProtocol.traits.multicastGroups.isEmpty && settings.number > 0 { continue }
      for address in listener.addresses where !address.isMulticast || settings.number == 0 {
        let socket = LaneSocket(try Self.open(listener, at: address, settings), listener: number)
        grants.append(
          SocketGrant(
            listener: listener.name, address: socket.socket.localAddress, wantedBytes: listener.receiveBufferBytes,
            grantedBytes: socket.socket.grantedReceiveBufferBytes, hasReceiveOffload: socket.socket.hasReceiveOffload))
        sockets.append(socket)
      }
    }
    self.sockets = sockets
    var captures: [LaneCapture] = []
    for (number, listener) in settings.listeners.enumerated() where settings.number == 0 {
      if let source = listener.capture.source { captures.append(try LaneCapture(source, listener: number)) }
    }
    self.captures = captures
    self.grants = grants
    let smallestBufferBytes = Int64(grants.map(\.grantedBytes).min() ?? 0)
    restNanos = min(Self.longestRestNanos, smallestBufferBytes / 2 / Self.floodBytesPerNano)
  }

  /// Opens a listener's socket at one of its addresses. The first lane's takes a port that nobody else has, and lets the
  /// other lanes share it; a predecessor that is about to end is waited for, for a moment.
  private static func open(
    _ listener: ListenerSettings, at address: SocketAddress, _ settings: LaneSettings
  ) throws(ListenFault) -> UDPSocket {
    var options = options(listener, at: address, laneCount: settings.laneCount)
    options.isFirstOfGroup = settings.number == 0
    let deadline = Clock.monotonicNanos() + predecessorNanos
    while true {
      do throws(SystemError) {
        return try UDPSocket.open(options)
      } catch {
        guard error.code == ErrorNumber.addressInUse, Clock.monotonicNanos() < deadline else {
          throw ListenFault(listener: listener.name, address: address, error: error)
        }
        Clock.sleep(nanos: 50 * Nanos.perMillisecond)
      }
    }
  }

  private static func options(
    _ listener: ListenerSettings, at address: SocketAddress, laneCount: Int
  ) -> UDPSocketOptions {
    let traits = listener.telemetryProtocol.traits
    var options = UDPSocketOptions(address: address)
    options.reusePort = laneCount > 1
    options.receiveBufferBytes = listener.receiveBufferBytes
    options.countsDrops = true
    // One hot sender must not fill one lane while others idle; what keeps state by sender keeps flows together.
    options.spreadOverSockets = traits.senders == .freely ? laneCount : 0
    // Glued datagrams would all get one answer's local address; each is answered from the address it came to.
    options.receiveOffload = !traits.answersSenders
    options.reportsLocalAddress = traits.answersSenders
    options.reportsArrival = traits.timesArrivals
    options.multicastGroups = traits.multicastGroups
    return options
  }

  /// What the run loop keeps.
  private struct State: ~Copyable {
    var pipeline: LanePipeline
    var poller: Poller
    var pending = PendingReplies()
    var admissionVersion = 0
    var drops: [UInt32]
    var nextDropCheckNanos: Int64 = 0
    /// Where the next check of drops begins: of many sockets, some are asked at a time.
    var nextDropCheck = 0
    /// Until then the sockets are left to fill: they were empty a moment ago.
    var restUntilNanos: Int64 = 0
    /// The newest segment of which the committer has had a batch.
    var announcedSegment: UInt64
  }

  /// The lane's whole life.
  public func run() throws(SystemError) {
    let poller = try Poller()
    for (number, socket) in sockets.enumerated() {
      try poller.add(socket.socket.fileDescriptor, token: UInt64(number))
    }
    for (number, capture) in captures.enumerated() {
      try poller.add(capture.live.fileDescriptor, token: UInt64(sockets.count + number))
    }
    try poller.add(exchange.laneWakeUp.fileDescriptor, token: Self.wakeUpToken)
    let pipeline = LanePipeline(
      listeners: settings.listeners, bounds: settings.bounds, admission: control.currentAdmission,
      seed: settings.seed)
    var state = State(
      pipeline: pipeline, poller: poller, drops: sockets.map { $0.socket.kernelDropCount() ?? 0 },
      announcedSegment: control.segment)
    state.admissionVersion = control.version
    var slab = ReceiveSlab()
    while !control.isStopping { turn(&state, &slab) }
    drain(&state, &slab)
  }

  /// One turn: wait, receive, answer, hand over.
  private func turn(_ state: inout State, _ slab: inout ReceiveSlab) {
    ensureBatch(&state)
    rest(&state)
    let now = Clock.monotonicNanos()
    let ready = state.poller.wait(timeoutNanos: timeout(state, now))
    if control.version != state.admissionVersion {
      state.admissionVersion = control.version
      state.pipeline.admit(by: control.currentAdmission)
    }
    for index in 0..<max(0, ready) {
      let token = state.poller.token(index)
      if token == Self.wakeUpToken {
        _ = exchange.laneWakeUp.clear()
      } else if token < UInt64(sockets.count) {
        receive(socket: Int(token), &state, &slab)
      } else {
        receive(capture: captures[Int(token) - sockets.count], &state)
      }
    }
    tick(&state)
    answerCommitted(&state)
    checkDrops(&state)
    state.pipeline.tellRefusals(monotonicNanos: Clock.monotonicNanos())
    handOverIfDue(&state)
  }

  /// Leaves the sockets to fill for a moment; answers that clients wait for are sent meanwhile.
  private func rest(_ state: inout State) {
    while !control.isStopping {
      let leftNanos = state.restUntilNanos - Clock.monotonicNanos()
      if leftNanos < Self.shortestRestNanos { return }
      if exchange.laneWakeUp.wait(timeoutNanos: leftNanos) { answerCommitted(&state) }
    }
  }

  private func timeout(_ state: borrowing State, _ now: Int64) -> Int64 {
    // Without a batch the sockets are left alone: the kernel's buffers hold what comes, and only the wake-up counts.
    if !state.pipeline.hasContent { return state.announcedSegment == control.segment ? Self.idleNanos : 0 }
    return max(0, state.pipeline.batchBeganNanos + settings.commitIntervalNanos - now)
  }

  private func ensureBatch(_ state: inout State) {
    if state.pipeline.batch != nil { return }
    while !control.isStopping {
      if let batch = exchange.empty.pop() {
        state.pipeline.begin(batch, segment: control.segment)
        return
      }
      // Every batch is in flight: the journal or the tables are behind. What comes meanwhile waits in the kernel, and
      // what does not fit there is counted by it.
      waitForBatch(&state)
    }
  }

  /// Waits a moment for the committer. What the kernel drops meanwhile is told.
  private func waitForBatch(_ state: inout State) {
    _ = exchange.laneWakeUp.wait(timeoutNanos: Self.idleNanos)
    _ = exchange.laneWakeUp.clear()
    answerCommitted(&state)
    checkDrops(&state)
    state.pipeline.tellRefusals(monotonicNanos: Clock.monotonicNanos())
  }

  /// Writes the rows that are due.
  private func tick(_ state: inout State) {
    let now = Clock.realtimeNanos()
    while state.pipeline.isDue(now) {
      if state.pipeline.batch == nil { return }
      if state.pipeline.isFull { exchangeFullBatch(&state) }
      if !state.pipeline.tick(now, monotonicNanos: Clock.monotonicNanos()) { return }
    }
  }

  private func receive(socket: Int, _ state: inout State, _ slab: inout ReceiveSlab) {
    for _ in 0..<Self.receivesInTurn {
      if state.pipeline.batch == nil || state.pipeline.isFull { return }
      let filled = slab.receive(from: sockets[socket].socket)
      if filled <= 0 { return }
      let arrivalNanos = Clock.realtimeNanos()
      let monotonicNanos = Clock.monotonicNanos()
      if filled < slab.slots { state.restUntilNanos = monotonicNanos + restNanos }
      for slot in 0..<filled {
        take(slot: slot, of: slab, socket: socket, arrivalNanos, monotonicNanos, &state)
      }
      if filled < slab.slots { return }
    }
  }

  private func take(
    slot: Int, of slab: borrowing ReceiveSlab, socket: Int, _ arrivalNanos: UnixNanos, _ monotonicNanos: Int64,
    _ state: inout State
  ) {
    let source = slab.source(slot)
    var arrival = LanePipeline.Arrival(
      listener: sockets[socket].listener, source: source, destination: sockets[socket].destination,
      nanos: slab.arrivalNanos(slot) ?? arrivalNanos, monotonicNanos: monotonicNanos)
    arrival.isTruncated = slab.isTruncated(slot)
    for segment in 0..<slab.segmentCount(slot) {
      if state.pipeline.isFull || state.pending.isFull { exchangeFullBatch(&state) }
      switch state.pipeline.take(slab.bytes(slot, segment: segment), arrival) {
      case .none: break
      case .now(let range):
        _ = sockets[socket].socket.send(
          state.pipeline.replyBytes.extracting(range), to: source, from: slab.localAddress(slot))
      case .afterCommit:
        guard let owed = state.pipeline.owed else { break }
        state.pending.append(PendingReplies.Entry(owed: owed, socket: socket, local: slab.localAddress(slot)))
      }
    }
  }

  /// Takes what an interface captured. Nobody is answered.
  private func receive(capture: LaneCapture, _ state: inout State) {
    for _ in 0..<Self.capturedInTurn {
      if state.pipeline.batch == nil || !capture.live.next() { return }
      if state.pipeline.isFull { exchangeFullBatch(&state) }
      let datagram = capture.live.datagram
      var arrival = LanePipeline.Arrival(
        listener: capture.listener, source: datagram.source, destination: datagram.destination, nanos: datagram.time,
        monotonicNanos: Clock.monotonicNanos())
      arrival.isTruncated = !datagram.isWhole
      arrival.wireBytes = datagram.isCutByCapture ? datagram.udpLength - 8 : 0
      arrival.isInterleaved = datagram.isInterleaved
      arrival.isCaptured = true
      _ = state.pipeline.take(capture.live.payload, arrival)
    }
  }

  /// Hands a full batch over in the middle of a receive and waits for an empty one: what was received is never lost.
  private func exchangeFullBatch(_ state: inout State) {
    handOver(&state)
    // Before the next batch: the committer's words must not overrun their ring, however many batches one turn fills.
    answerCommitted(&state)
    while true {
      if let batch = exchange.empty.pop() {
        state.pipeline.begin(batch, segment: control.segment)
        return
      }
      waitForBatch(&state)
    }
  }

  private func checkDrops(_ state: inout State) {
    let now = Clock.monotonicNanos()
    if now < state.nextDropCheckNanos { return }
    state.nextDropCheckNanos = now + Self.dropCheckNanos
    control.figures.tell(cpuNanos: Clock.threadCPUNanos())
    for capture in captures {
      let drops = capture.newDrops()
      settings.listeners[capture.listener].capture.tally.tell(capture.live.counts)
      if drops > 0 { count(drops, of: capture.listener) }
    }
    for _ in 0..<min(sockets.count, Self.dropChecksAtOnce) {
      checkDrops(ofSocket: state.nextDropCheck, &state)
      state.nextDropCheck = (state.nextDropCheck + 1) % sockets.count
    }
  }

  private func checkDrops(ofSocket number: Int, _ state: inout State) {
    guard let count = sockets[number].socket.kernelDropCount(), count != state.drops[number] else { return }
    self.count(UInt64(count &- state.drops[number]), of: sockets[number].listener)
    state.drops[number] = count
  }

  private func count(_ drops: UInt64, of listener: Int) {
    settings.listeners[listener].dropTally.add(drops)
    control.figures.add(kernelDropped: drops)
  }

  private func handOverIfDue(_ state: inout State) {
    guard let batch = state.pipeline.batch else { return }
    if batch.segment != control.segment {
      if state.pipeline.hasContent {
        handOver(&state)
        return
      }
      state.pipeline.begin(batch, segment: control.segment)
    }
    let hasContent = state.pipeline.hasContent
    let isDue =
      hasContent
      && (state.pipeline.isFull
        || Clock.monotonicNanos() - state.pipeline.batchBeganNanos >= settings.commitIntervalNanos)
    // An empty batch of a new segment tells the committer, and so the sealer, that this lane has moved on.
    let isNews = !hasContent && state.announcedSegment != batch.segment
    if isDue || isNews {
      state.announcedSegment = batch.segment
      handOver(&state)
    }
  }

  private func handOver(_ state: inout State) {
    guard let batch = state.pipeline.takeBatch() else { return }
    state.pending.beginBatch()
    // The ring holds as many as there are batches, so there is room.
    let queued = exchange.full.push(batch)
    precondition(queued, "BUG: more batches than the ring holds")
    exchange.committerWakeUp.signal()
  }

  /// Sends the answers of the batches that the committer has spoken of.
  private func answerCommitted(_ state: inout State) {
    while let word = exchange.words.pop() {
      while let reply = state.pending.first, reply.owed.sequence <= word.sequence {
        state.pending.removeFirst()
        answer(reply, isCommitted: word.isCommitted, &state)
      }
      state.pipeline.noteCommit(word.sequence, isCommitted: word.isCommitted)
    }
  }

  private func answer(_ entry: PendingReplies.Entry, isCommitted: Bool, _ state: inout State) {
    guard let range = state.pipeline.settle(entry.owed, isCommitted: isCommitted) else { return }
    _ = sockets[entry.socket].socket.send(
      state.pipeline.replyBytes.extracting(range), to: entry.owed.destination, from: entry.local)
  }

  /// At the end: takes what the sockets still hold, hands it over, and waits for the last words to be answered.
  private func drain(_ state: inout State, _ slab: inout ReceiveSlab) {
    if state.pipeline.batch == nil, let batch = exchange.empty.pop() {
      state.pipeline.begin(batch, segment: control.segment)
    }
    for socket in sockets.indices { receive(socket: socket, &state, &slab) }
    tick(&state)
    for socket in sockets.indices { checkDrops(ofSocket: socket, &state) }
    state.pipeline.tellRefusals(monotonicNanos: Clock.monotonicNanos(), isLast: true)
    handOver(&state)
    let deadline = Clock.monotonicNanos() + 2 * Nanos.perSecond
    while state.pending.first != nil && Clock.monotonicNanos() < deadline {
      _ = exchange.laneWakeUp.wait(timeoutNanos: 10 * Nanos.perMillisecond)
      _ = exchange.laneWakeUp.clear()
      answerCommitted(&state)
    }
  }
}
