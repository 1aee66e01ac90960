import Foundation
import Lagoon
import Primitives
import Sys
import Telemetry
import Testing

@testable import Pipeline

/// The engine on a simulated machine, from seeds: it is killed at any call, loses power, fills its disk, and keeps what it
/// acknowledged.
///
/// `THINAI_SEEDS` says how many seeds are run, `THINAI_FIRST_SEED` which is the first; `tools/soak` sets them.
@Suite struct SimulationTests {
  /// How much of what was done is told.
  private static var storyLines: Int { Int(number("THINAI_STORY", orElse: 12)) }

  private static func number(_ name: String, orElse usual: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? usual
  }

  @Test func whatWasAcknowledgedIsThereOnceWithItsValues() {
    let first = Self.number("THINAI_FIRST_SEED", orElse: 1)
    for seed in first..<first + Self.number("THINAI_SEEDS", orElse: 25) {
      var run = SimulatedRun(seed: seed)
      do {
        try run.run()
      } catch {
        Issue.record(
          "seed \(seed), step \(run.steps): \(error)\n\(run.story.suffix(Self.storyLines).joined(separator: "\n"))")
      }
    }
  }
}

/// One seed: steps of traffic, seals, compactions, kills; after each kill and at the end all that was acknowledged must be
/// there, once, and nothing that was never sent.
struct SimulatedRun {
  struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  private let seed: UInt64
  private var random: SimulatedNumbers
  private var traffic: SimulatedTraffic
  private let machine: SimulatedMachine
  private(set) var steps = 0
  /// What was done, for who looks for the cause.
  private(set) var story: [String] = []
  /// By measurement: rows that must be there, and rows that may be.
  private var acknowledged: [String: Set<String>] = [:]
  private var possible: [String: Set<String>] = [:]
  private var pending: [SimulatedTraffic.Row] = []

  init(seed: UInt64) {
    self.seed = seed
    let start = 1_795_186_800 * Nanos.perSecond
    random = SimulatedNumbers(state: seed &* 31)
    traffic = SimulatedTraffic(seed: seed, startNanos: start)
    machine = SimulatedMachine(startNanos: start, capacityBytes: 64 << 20)
  }

  mutating func run() throws {
    let machine = machine
    try machine.run { try live() }
  }

  private mutating func live() throws {
    for _ in 0..<6 {
      // A kill may come at the start too.
      if Bool.random(using: &random) { machine.disk.kill(afterCalls: Int.random(in: 0..<400, using: &random)) }
      do { try liveOnce() } catch {
        // A machine that is dead fails at everything.
        if !machine.disk.isKilled { throw error }
      }
      pending = []
      if machine.disk.isKilled {
        let end = SimulatedDisk.End.allCases.randomElement(using: &random) ?? .process
        story.append("killed: \(end)")
        machine.disk.restart(after: end, using: &random)
      } else {
        machine.disk.kill(afterCalls: nil)
      }
      machine.advance(nanos: Int64.random(in: 1...7_200, using: &random) * Nanos.perSecond)
      let node = try SimulatedNode(seed: seed)
      try check(node)
      node.end()
    }
  }

  /// One life of the process.
  private mutating func liveOnce() throws {
    let faults = Int.random(in: 0..<3, using: &random) == 0 ? faults() : []
    var opened: SimulatedNode?
    try FaultInjection.with(faults) {
      do { opened = try SimulatedNode(seed: seed) } catch {
        // Who cannot write cannot start.
        if faults.isEmpty { throw error }
        story.append("cannot start: \(error)")
      }
      guard let node = opened else { return }
      for _ in 0..<Int.random(in: 1...30, using: &random) where !machine.disk.isKilled {
        steps += 1
        act(node)
        machine.advance(nanos: Int64.random(in: 1...60_000, using: &random) * Nanos.perMillisecond)
      }
    }
    guard let node = opened else { return }
    if !machine.disk.isKilled { try check(node) }
    if !machine.disk.isKilled && Bool.random(using: &random) {
      story.append("stop")
      commit(node)
      node.stop()
    } else {
      node.end()
    }
  }

  /// Calls that fail for a while. None that reads: a segment that cannot be read at the start waits for the next one, and a
  /// late row that cannot be looked up is kept, so that it may be there twice until parts are merged.
  private mutating func faults() -> [FaultInjection.Rule] {
    let calls: [SystemCall] = [.write, .fdatasync, .fsync, .link, .unlink, .rename, .mkdir]
    return (0..<Int.random(in: 1...3, using: &random)).map { _ in
      let call = calls.randomElement(using: &random) ?? .write
      let code = Bool.random(using: &random) ? ErrorNumber.inputOutput : ErrorNumber.noSpace
      story.append("\(call) fails with \(code)")
      return FaultInjection.Rule(
        call, .error(code), after: Int.random(in: 0..<200, using: &random), times: Int.random(in: 1...6, using: &random)
      )
    }
  }

  private mutating func act(_ node: SimulatedNode) {
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      story.append("seal")
      commit(node)
      node.seal()
      story += node.complaints
    case 1:
      story.append("compact")
      node.compact()
    case 2:
      story.append("settle")
      node.settleLateRows()
    default:
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        let row = traffic.next()
        possible[row.measurement, default: []].insert(row.text)
        node.take(row.line)
        pending.append(row)
      }
      commit(node)
    }
  }

  private mutating func commit(_ node: SimulatedNode) {
    let isCommitted = node.commit()
    // Word that comes from a dead machine reaches nobody.
    if isCommitted && !machine.disk.isKilled {
      for row in pending { acknowledged[row.measurement, default: []].insert(row.text) }
    }
    story.append("\(pending.count) rows\(isCommitted ? "" : ", not committed")")
    pending = []
  }

  private func check(_ node: SimulatedNode) throws {
    node.settleLateRows()
    for measurement in SimulatedTraffic.measurements {
      let found = try node.rows(of: measurement, devices: SimulatedTraffic.devices)
      if machine.disk.isKilled { return }
      let once = Set(found)
      if once.count != found.count {
        let one = found.first { row in found.count { $0 == row } > 1 } ?? ""
        throw Fault(
          description: "\(measurement): \(found.count - once.count) rows are there twice, such as \(one)\n"
            + node.places(of: measurement))
      }
      let lost = (acknowledged[measurement] ?? []).subtracting(once)
      if let one = lost.first {
        throw Fault(
          description: "\(measurement): \(lost.count) acknowledged rows are lost, such as \(one)\n"
            + node.places(of: measurement))
      }
      if let one = once.subtracting(possible[measurement] ?? []).first {
        throw Fault(description: "\(measurement): a row was never sent: \(one)")
      }
    }
    let ledger = node.ledger.snapshot()
    if !ledger.isBalanced { throw Fault(description: "the ledger does not balance") }
  }
}
