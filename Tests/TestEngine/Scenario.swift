import Primitives
package import Sys

/// What happens to a node, from a seed: some lives of its process, each with its steps and its end.
///
/// It is a value: a part of it can be taken away, and what is left is done exactly as before (`Shrinker`).
package struct Scenario: Sendable {
  package var seed: UInt64
  package var laneCount = 1
  package var lives: [Life] = []

  package struct Life: Sendable {
    /// Calls that fail.
    package var faults: [Fault] = []
    /// The machine is killed in the place of the call that comes after so many.
    package var killAfterCalls: Int?
    /// The disk says that it has made durable what it has not.
    package var liesAboutSync = false
    /// Reads and writes do a part of what they are asked for, chosen from this seed.
    package var shortCalls: UInt64?
    /// What each call on the disk takes.
    package var diskNanos: Int64 = 0
    package var steps: [Step] = []
    package var end = End.stop
    /// What happens to a file or folder after its end.
    package var damage: Damage?
    package var downNanos: Int64 = 0
  }

  package struct Fault: Sendable {
    package var call: SystemCall
    package var code: Int32
    package var after: Int
    package var times: Int
    /// Only calls on paths that contain it.
    package var path = ""
  }

  package enum End: Sendable {
    case stop
    case kill
    case powerLoss
  }

  package struct Damage: Sendable {
    package var seed: UInt64
    package var kind: SimulatedDisk.Damage
    /// Only what is below it.
    package var path: String
  }

  /// Each has a seed of its own, so that it does the same whatever stands before it.
  package enum Step: Sendable {
    case send(Traffic.Kind, count: Int, seed: UInt64)
    case sendAgain(count: Int, seed: UInt64)
    case sleep(nanos: Int64)
    case reload(seed: UInt64)
    case ask(seed: UInt64)
    case check
    case refuseSends(Int)
    case setClock(byNanos: Int64)
    /// Somebody sets the clock wrong by years, and sees it after a while.
    case wrongClock(byNanos: Int64, forNanos: Int64)
    /// Calls fail meanwhile.
    indirect case failing(Fault, during: [Step])
    /// The journal's disk stands still for a while, and more comes than there is room for.
    case stall(seed: UInt64)
    /// A second server is started that wants the same ports.
    case rival
  }
}

extension Scenario.Life {
  /// Calls that fail, at whatever time of it.
  var allFaults: [Scenario.Fault] {
    faults
      + steps.compactMap { step in
        if case .failing(let fault, _) = step { return fault }
        return nil
      }
  }
}

// MARK: from a seed

extension Scenario {
  package init(seed: UInt64) {
    self.seed = seed
    var random = SeededNumbers(seed &* 31 &+ 7)
    laneCount = random.once(in: 3) ? 2 : 1
    lives = (0..<random.number(2...5)).map { _ in Self.life(&random) }
    // What a damaged disk holds is judged once, at the end: nothing can be said of what comes after.
    if random.once(in: 4) { lives[lives.count - 1].damage = Self.damage(&random) }
    if random.once(in: 10) {
      lives[lives.count - 1].liesAboutSync = true
      lives[lives.count - 1].damage = nil
    }
  }

  private static func damage(_ random: inout SeededNumbers) -> Damage {
    let bits = random.once(in: 2) ? 1 : random.number(2...8)
    let kind = random.one(of: [SimulatedDisk.Damage.bits(bits), .bits(bits), .cut, .fileRemoved, .folderRemoved])
    let path = random.one(of: [House.data, DataDirectory(House.data).journal, House.tables])
    return Damage(seed: random.next(), kind: kind, path: path)
  }

  private static func life(_ random: inout SeededNumbers) -> Life {
    var life = Life()
    if random.once(in: 3) { life.faults = (0..<random.number(1...3)).map { _ in fault(&random) } }
    if random.once(in: 2) { life.killAfterCalls = random.number(0...600) }
    if random.once(in: 6) { life.diskNanos = Int64(random.number(1...20)) * Nanos.perMillisecond }
    if random.once(in: 5) { life.shortCalls = random.next() }
    for _ in 0..<random.number(2...14) { life.steps += steps(&random) }
    if random.once(in: 6) {
      let start = random.number(0...life.steps.count)
      let end = min(start + random.number(1...8), life.steps.count)
      life.steps.replaceSubrange(start..<end, with: [failing(&random, Array(life.steps[start..<end]))])
    }
    life.end = random.one(of: [.stop, .stop, .kill, .powerLoss])
    life.downNanos = Int64(random.number(1...7_200)) * Nanos.perSecond
    return life
  }

  /// Mostly of what writes: what cannot be read is not answered, which is nothing to be lost. Who cannot open files has too
  /// many of them open.
  private static func fault(_ random: inout SeededNumbers) -> Fault {
    let call = random.one(
      of: [
        SystemCall.write, .fdatasync, .fsync, .link, .unlink, .rename, .mkdir, .ftruncate, .send, .open, .read,
        .readdir,
        .mmap, .stat,
      ])
    let codes: [Int32] = [ErrorNumber.inputOutput, ErrorNumber.noSpace, ErrorNumber.interrupted]
    let code =
      switch call {
      case .open: ErrorNumber.tooManyOpenFiles
      case .read, .readdir, .stat, .mmap: ErrorNumber.inputOutput
      case .send: ErrorNumber.wouldBlock
      default: random.one(of: codes)
      }
    var fault = Fault(call: call, code: code, after: random.number(0...200), times: random.number(1...6))
    if random.once(in: 2) {
      fault.path = random.one(of: places)
      fault.after = random.number(0...6)
      // One that does not end stays while the process does.
      if random.once(in: 3) { fault.times = .max }
    }
    return fault
  }

  /// Of a machine, where something of its own fails.
  private static let places = ["/journal/", "/_delta_log", "/tables/rain/", "/tables/events/", "/date="]

  /// A disk without room, one that fails, or a process without descriptors, for a while.
  private static func failing(_ random: inout SeededNumbers, _ steps: [Step]) -> Step {
    let fault = random.one(of: [
      Fault(call: .open, code: ErrorNumber.tooManyOpenFiles, after: 0, times: .max),
      Fault(call: .write, code: ErrorNumber.noSpace, after: 0, times: .max),
      Fault(call: .fdatasync, code: ErrorNumber.inputOutput, after: 0, times: .max),
    ])
    return .failing(fault, during: steps)
  }

  private static func steps(_ random: inout SeededNumbers) -> [Step] {
    switch random.number(0...22) {
    case 0: return [.reload(seed: random.next())]
    case 1: return [.ask(seed: random.next())]
    case 2: return [.check]
    case 3: return [.sendAgain(count: random.number(1...10), seed: random.next()), pause(&random)]
    case 4: return [.refuseSends(random.number(1...4))]
    case 5: return [.setClock(byNanos: Int64(random.number(-120...120)) * Nanos.perSecond)]
    // Longer than the seal interval, and than the compactor's.
    case 6...8: return [.sleep(nanos: Int64(random.number(5...70)) * Nanos.perSecond)]
    case 9: return stream(&random)
    case 10:
      // Never so far back that what comes meanwhile has expired when the clock is right.
      let years = random.one(of: [-8, -1, 2, 11, 40])
      return [
        .wrongClock(
          byNanos: Int64(years * 365) * Nanos.perDay, forNanos: Int64(random.number(1...130)) * Nanos.perSecond)
      ]
    case 11: return [.send(.reboot, count: random.number(1...4), seed: random.next()), pause(&random)]
    case 12:
      switch random.number(0...9) {
      case 0...2: return [.rival]
      case 3: return [.stall(seed: random.next())]
      default: return []
      }
    default:
      let kind = random.one(of: Traffic.Kind.allCases + [.line, .line, .line, .senMLJSON])
      return [.send(kind, count: random.number(1...20), seed: random.next()), pause(&random)]
    }
  }

  /// Packets over some seconds.
  private static func stream(_ random: inout SeededNumbers) -> [Step] {
    (0..<random.number(2...6)).flatMap { _ -> [Step] in
      [.send(.stream, count: 12, seed: random.next()), .sleep(nanos: 400 * Nanos.perMillisecond)]
    }
  }

  /// Mostly long enough for a commit, and sometimes too short.
  private static func pause(_ random: inout SeededNumbers) -> Step {
    .sleep(nanos: Int64(random.number(1...300)) * Nanos.perMillisecond)
  }
}

extension Scenario: CustomStringConvertible {
  package var description: String {
    lives.enumerated().map { number, life in
      var head = "life \(number + 1):"
      if let calls = life.killAfterCalls { head += " killed after \(calls) calls;" }
      if life.liesAboutSync { head += " the disk lies;" }
      if let seed = life.shortCalls { head += " reads and writes are short (\(seed));" }
      if life.diskNanos > 0 { head += " a call takes \(life.diskNanos / Nanos.perMillisecond) ms;" }
      for fault in life.faults {
        head += " \(fault.call) fails with \(fault.code) after \(fault.after), \(fault.times) times"
        head += fault.path.isEmpty ? ";" : " at \(fault.path);"
      }
      let steps = life.steps.map { "  \($0)" }
      let tail =
        "  end: \(life.end), down for \(life.downNanos / Nanos.perSecond) s" + (life.damage.map { ", \($0)" } ?? "")
      return ([head] + steps + [tail]).joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
