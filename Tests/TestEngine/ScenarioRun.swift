import Lagoon
import Node
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Telemetry

/// Does what a scenario says, on a machine of its own, and checks after each life, and in between, that all that was
/// acknowledged is there once with its values, that nothing else is, and that the ledger balances.
package struct ScenarioRun {
  let scenario: Scenario
  let machine: SimulatedMachine
  let receiver: Receiver
  var traffic: Traffic
  var expected = Expectation()
  var registry = DeviceRegistry.empty
  /// Delivered, and not yet known to be kept.
  var pending: [SentDatagram] = []
  /// The account when it was looked at last.
  private var told = LedgerCounts()
  /// Files of parts that tables had before one was damaged.
  var liveFiles: [String] = []
  /// On their way; they come with the next ones.
  private var delayed: [SentDatagram] = []
  /// Whether a row may have been kept because it could not be looked up.
  var mayDouble = false
  /// What was done, for who looks for the cause.
  package internal(set) var story: [String] = []
  package private(set) var checks = 0
  package private(set) var questions = 0

  private static let start: UnixNanos = 1_795_186_800 * Nanos.perSecond
  /// By then every lane has handed over and every committer has committed.
  static let settleNanos = 2 * Nanos.perSecond
  private static let stallNanos = 10 * Nanos.perSecond

  package init(_ scenario: Scenario) {
    self.scenario = scenario
    machine = SimulatedMachine(startNanos: Self.start, capacityBytes: 64 << 20, seed: scenario.seed)
    traffic = Traffic(startNanos: Self.start)
    receiver = Receiver(machine: machine, seed: scenario.seed)
  }

  /// - Throws: a `Fault`, or what the engine throws and should not.
  package mutating func run() throws {
    let machine = machine
    try machine.run { try live() }
  }

  private mutating func live() throws {
    for life in scenario.lives {
      machine.disk.kill(afterCalls: life.killAfterCalls)
      machine.disk.setSlowness(nanos: life.diskNanos)
      machine.disk.setLying(life.liesAboutSync)
      machine.disk.setShort(seed: life.shortCalls)
      let rules = life.faults.map(Self.rule)
      if life.allFaults.contains(where: { Self.reads.contains($0.call) }) { mayDouble = true }
      try FaultInjection.with(rules) { try liveOnce(life) }
      pending = []
      delayed = []
      machine.disk.setSlowness(nanos: 0)
      machine.disk.setLying(false)
      machine.disk.setShort(seed: nil)
      machine.advance(nanos: life.downNanos)
      if let damage = life.damage, let damaged = try self.damage(damage) {
        try checkDamaged(damaged, damage)
        return
      }
      try checkAfter(life)
      // Nothing can be said of what comes after.
      if life.liesAboutSync { return }
    }
    try checkAlerts()
  }

  private static func rule(_ fault: Scenario.Fault) -> FaultInjection.Rule {
    FaultInjection.Rule(fault.call, .error(fault.code), after: fault.after, times: fault.times, path: fault.path)
  }

  private static let reads: Set<SystemCall> = [.read, .open, .readdir, .mmap, .stat]

  // MARK: a life

  private mutating func liveOnce(_ life: Scenario.Life) throws {
    guard let house = try open(life) else {
      end(life, nil)
      return
    }
    told = LedgerCounts()
    try act(life.steps, house, life)
    let wasStopped = life.end == .stop && !machine.disk.isKilled
    if wasStopped && life.allFaults.isEmpty {
      settle(house, life)
      do { try check(house, life) } catch {
        if !machine.disk.isKilled { throw error }
      }
    }
    let isWhole = end(life, house)
    if isWhole && life.allFaults.isEmpty && !house.isSealed {
      throw Fault(.unsealed, "it was stopped and has not sealed all: \(house.pipeline.complaints)")
    }
  }

  /// Starts the node; nil if it may not be able to.
  private mutating func open(_ life: Scenario.Life) throws -> House? {
    do {
      let house = try House(laneCount: scenario.laneCount, registry: registry, receiver: receiver)
      try house.start()
      return house
    } catch {
      // Who cannot write cannot start; a machine that is dead fails at everything.
      if life.allFaults.isEmpty && !machine.disk.isKilled { throw error }
      story.append("cannot start: \(error)")
      return nil
    }
  }

  /// Ends the process; whether it could stop by itself.
  private mutating func tellFiles() {
    story.append(machine.disk.files(under: House.data).map { "    \($0.path) \($0.byteCount)" }.joined(separator: "\n"))
  }

  @discardableResult
  private mutating func end(_ life: Scenario.Life, _ house: House?) -> Bool {
    var random = SeededNumbers(scenario.seed &+ UInt64(story.count))
    if life.end == .stop, !machine.disk.isKilled {
      house?.stop()
      // The kill may have come while it stopped.
      if !machine.disk.isKilled {
        machine.disk.kill(afterCalls: nil)
        machine.network.endProcess()
        return true
      }
    }
    story.append(life.end == .powerLoss ? "power lost" : "killed")
    machine.disk.kill(afterCalls: 0)
    // Its threads end on a dead machine, where nothing that they do counts.
    house?.stop()
    machine.network.endProcess()
    tellFiles()
    machine.disk.restart(after: life.end == .powerLoss ? .power : .process, using: &random)
    tellFiles()
    return false
  }

  private mutating func act(_ steps: [Scenario.Step], _ house: House, _ life: Scenario.Life) throws {
    for step in steps where !machine.disk.isKilled {
      story.append("\(step)")
      do {
        try act(step, house, life)
        if !machine.disk.isKilled { try checkComplaints(house) }
      } catch {
        // A dead machine answers nothing.
        if !machine.disk.isKilled { throw error }
      }
    }
  }

  private mutating func act(_ step: Scenario.Step, _ house: House, _ life: Scenario.Life) throws {
    switch step {
    case .send(let kind, let count, let seed):
      var random = SeededNumbers(seed)
      for _ in 0..<count {
        deliver(traffic.next(kind, nowNanos: machine.realtimeNanos, &random), &random)
      }
    case .sendAgain(let count, let seed):
      var random = SeededNumbers(seed)
      for _ in 0..<count {
        if let datagram = traffic.again(&random) { deliver(datagram, &random) }
      }
    case .sleep(let nanos):
      Clock.sleep(nanos: nanos)
      takeAnswers()
    case .reload(let seed):
      registry = House.registry(seed: seed)
      house.pipeline.reload(registry)
    case .ask(let seed):
      settle(house, life)
      if life.allFaults.isEmpty && !machine.disk.isKilled && !mayDouble {
        questions += try Questions(house: house, seed: seed).run(isDead: { machine.disk.isKilled })
      }
    case .check:
      settle(house, life)
      if life.allFaults.isEmpty { try check(house, life) }
    case .refuseSends(let count): machine.network.refuseSends(count)
    case .setClock(let nanos):
      Clock.sleep(nanos: Self.takenNanos + 100 * life.diskNanos)
      machine.setClock(machine.realtimeNanos + nanos)
    case .wrongClock(let wrong, let nanos):
      Clock.sleep(nanos: Self.takenNanos + 100 * life.diskNanos)
      machine.setClock(machine.realtimeNanos + wrong)
      Clock.sleep(nanos: nanos)
      machine.setClock(machine.realtimeNanos - wrong)
    case .failing(let fault, let steps):
      try FaultInjection.with([Self.rule(fault)]) { try act(steps, house, life) }
    case .stall(let seed): try stall(house, seed)
    case .rival: try startRival()
    }
  }

  /// What has arrived is taken by then: a row without a time has that of the clock by which it was taken, and is expected
  /// by the clock by which it was sent.
  private static let takenNanos = Nanos.perMillisecond

  /// Fills every batch, then a socket. What a kernel drops meanwhile is told while the disk stands still, and if it fails
  /// then, what stands behind in the same segment is not kept either: it refers to what is lost.
  private mutating func stall(_ house: House, _ seed: UInt64) throws {
    var random = SeededNumbers(seed)
    let fails = random.once(in: 2)
    var rules = [
      FaultInjection.Rule(fails ? .write : .fdatasync, .delay(nanos: Self.stallNanos), times: 1, path: "/lane-")
    ]
    if fails { rules.append(.init(.fdatasync, .error(ErrorNumber.inputOutput), times: 1, path: "/lane-")) }
    try FaultInjection.with(rules) {
      for _ in 0...Limits.batchesInFlight {
        let kind = random.one(of: [Traffic.Kind.line, .senMLJSON])
        arrive(traffic.next(kind, nowNanos: machine.realtimeNanos, &random))
        Clock.sleep(nanos: 100 * Nanos.perMillisecond)
      }
      for _ in 0..<600 { arrive(Traffic.noise(&random)) }
      Clock.sleep(nanos: Nanos.perSecond)
      if machine.disk.isKilled { return }
      let (told, dropped) = (house.pipeline.ledger.snapshot().total.kernelDropped, machine.network.droppedCount)
      if told != dropped { throw Fault(.ledger, "the kernel dropped \(dropped) datagrams, and \(told) are told") }
      Clock.sleep(nanos: Self.stallNanos)
    }
  }

  /// Another server that wants the same ports does not get them: it would take some of the datagrams.
  private func startRival() throws {
    do {
      let rival = try House(
        laneCount: scenario.laneCount, registry: registry, receiver: receiver, data: "/rival")
      try rival.engine.open()
    } catch {
      return
    }
    throw Fault(.ledger, "a second server has the same ports")
  }

  // MARK: datagrams

  /// Brings a datagram, or loses, doubles or delays it.
  private mutating func deliver(_ datagram: SentDatagram, _ random: inout SeededNumbers) {
    for late in delayed where random.once(in: 3) { arrive(late) }
    delayed.removeAll()
    switch random.number(0...29) {
    case 0: break
    case 1:
      arrive(datagram)
      arrive(datagram)
    case 2: delayed.append(datagram)
    default: arrive(datagram)
    }
  }

  mutating func arrive(_ datagram: SentDatagram) {
    let destination = SourceAddress(high: 0, low: 0xFFFF_7F00_0001, port: datagram.port)
    let isTaken = machine.network.deliver(
      SimulatedNetwork.Datagram(source: datagram.source, destination: destination, bytes: datagram.bytes))
    guard isTaken else { return }
    expected.noteDelivered(datagram, at: machine.realtimeNanos)
    pending.append(datagram)
  }

  /// What a device was told is kept is kept.
  private mutating func takeAnswers() {
    var changed: Set<String> = []
    var responses: Set<UInt32> = []
    for sent in machine.network.takeSent() {
      if let (id, token) = CoAPRequest.acknowledged(sent.bytes), sent.source.port == Traffic.coapPort {
        changed.insert("\(id) \(sent.destination.port) \(token)")
      } else if sent.source.port == Traffic.snmpPort, let id = SNMPNotification.response(sent.bytes) {
        responses.insert(id)
      }
    }
    if changed.isEmpty && responses.isEmpty { return }
    for datagram in pending {
      switch datagram.answer {
      case .changed(let id, let token) where changed.contains("\(id) \(datagram.source.port) \(token)"):
        expected.noteAcknowledged(datagram)
      case .response(let id) where responses.contains(id): expected.noteAcknowledged(datagram)
      default: break
      }
    }
  }

  /// Waits until all that was delivered is stored, or dropped by name; what is not dropped is kept from then on.
  private mutating func settle(_ house: House, _ life: Scenario.Life) {
    Clock.sleep(nanos: Self.settleNanos + 100 * life.diskNanos)
    takeAnswers()
    if machine.disk.isKilled || !life.allFaults.isEmpty { return }
    let total = house.pipeline.ledger.snapshot().total
    if total.shedTotal > 0 || total.kernelDropped > 0 { return }
    for datagram in pending { expected.noteAcknowledged(datagram) }
    pending = []
  }

  // MARK: checks

  private mutating func check(_ house: House, _ life: Scenario.Life) throws {
    if machine.disk.isKilled { return }
    var strictness = Expectation.Strictness(mayDouble: mayDouble)
    // What a lying disk shows may be gone after the next loss of power.
    strictness.remembers = !life.liesAboutSync
    let ledger = house.pipeline.ledger.snapshot()
    story.append("stored \(ledger.total.stored)\(Self.refusals(ledger.total))")
    if !ledger.isBalanced { throw Fault(.ledger, "the ledger does not balance: \(ledger.total)") }
    try check(house) { _ in strictness }
  }

  /// A node that sheds rows is not ready, and says that its journal fails as long as nothing shows that it works again.
  private mutating func checkComplaints(_ house: House) throws {
    let total = house.pipeline.ledger.snapshot().total
    defer { told = total }
    if total.shedTotal == told.shedTotal { return }
    let complaints = house.engine.complaints
    if complaints.isEmpty {
      throw Fault(.ledger, "it is ready, and \(total.shedTotal - told.shedTotal) rows were shed just now")
    }
    let hasWritten =
      total.stored + total.duplicate > told.stored + told.duplicate || total.rejectedRows != told.rejectedRows
      || house.pipeline.tables.facts().lateRowCount > 0
    let failed = [ShedReason.diskFull, .journalFailed].contains {
      total.shed[Int($0.rawValue)] > told.shed[Int($0.rawValue)]
    }
    if failed && !hasWritten && !complaints.contains(where: { $0.hasPrefix("cannot write journal") }) {
      throw Fault(.ledger, "its journal failed just now, and it says only: \(complaints)")
    }
  }

  /// What was refused, by reason.
  private static func refusals(_ counts: LedgerCounts) -> String {
    RejectReason.named.map { named in
      let index = Int(named.reason.rawValue)
      let all = [counts.rejected[index], counts.rejectedRows[index], counts.rejectedFields[index]]
      return all == [0, 0, 0] ? "" : ", \(named.label) \(all)"
    }.joined()
  }

  /// - Parameter strictness: how a table is looked at, by its name.
  mutating func check(_ house: House, _ strictness: (String) -> Expectation.Strictness) throws {
    checks += 1
    let answers = Answers(house)
    let measurements = answers.measurements
    for measurement in Set(measurements).union(Traffic.measurements).sorted() {
      let strictness = strictness(measurement)
      guard let found = try answer(strictness, { try answers.rows(of: measurement) }) else { continue }
      if machine.disk.isKilled { return }
      if Traffic.measurements.contains(measurement) {
        try expected.check(measurement, found, strictness)
      } else {
        try expected.check(unknown: measurement, found, strictness)
      }
    }
    let strictness = strictness("events")
    guard let events = try answer(strictness, { try answers.events() }), !machine.disk.isKilled else { return }
    try expected.check(events: events, strictness)
    try expected.check(unknown: "events", events, strictness)
  }

  /// An answer; nil where it may be that what it needs cannot be read, and that is said.
  private mutating func answer(
    _ strictness: Expectation.Strictness, _ ask: () throws -> [String]
  ) throws -> [String]? {
    do { return try ask() } catch {
      if strictness.isComplete { throw error }
      story.append("named: \(error)")
      return nil
    }
  }

  /// Starts the node anew, without anything that fails, and looks at what it recovered.
  private mutating func checkAfter(_ life: Scenario.Life) throws {
    let strictness = life.liesAboutSync ? .afterLies : Expectation.Strictness(mayDouble: mayDouble)
    do {
      let house = try House(laneCount: scenario.laneCount, registry: registry, receiver: receiver)
      try check(house) { _ in strictness }
    } catch {
      // What a lying disk left may be named instead of read.
      if error is Fault || !life.liesAboutSync { throw error }
      story.append("named: \(error)")
    }
    machine.network.endProcess()
  }

  /// Every alert that is an event is told in the end, and nothing else is.
  private mutating func checkAlerts() throws {
    receiver.becomeReliable()
    let house = try House(laneCount: scenario.laneCount, registry: registry, receiver: receiver)
    try house.start()
    // The pauses between attempts grow: longer than any of them, if need be. What was stored just now may not be handed on yet.
    var stored: Set<String> = []
    for _ in 0..<240 {
      Clock.sleep(nanos: 5 * Nanos.perSecond)
      stored = try Answers(house).alerts()
      if house.engine.receiverFacts.allSatisfy({ $0.pending == 0 }) && stored.isSubset(of: receiver.told) { break }
    }
    house.stop()
    machine.network.endProcess()
    let told = receiver.told
    if let one = stored.subtracting(told).sorted().first {
      throw Fault(.alert, "\(stored.subtracting(told).count) alerts were never told, such as \(one)")
    }
    if let one = told.subtracting(stored).sorted().first, !mayDouble {
      throw Fault(.alert, "an alert was told that is no event: \(one)")
    }
  }
}
