import Foundation
import Lagoon
import Primitives
import Sys
import Telemetry
import Testing

@testable import Engine

/// The engine on a simulated machine, from seeds: it is killed at any call, loses power, fills its disk, and keeps what it
/// acknowledged.
///
/// `THINAI_SEEDS` says how many seeds are run, `THINAI_FIRST_SEED` which is the first; `tools/soak` sets them.
@Suite struct SimulationTests {
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
        Issue.record("seed \(seed), step \(run.steps): \(error)\n\(run.story.suffix(12).joined(separator: "\n"))")
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
    let node = try SimulatedNode(seed: seed)
    for _ in 0..<Int.random(in: 1...30, using: &random) {
      steps += 1
      act(node)
      machine.advance(nanos: Int64.random(in: 1...60_000, using: &random) * Nanos.perMillisecond)
      if machine.disk.isKilled {
        node.end()
        return
      }
    }
    try check(node)
    if Bool.random(using: &random) {
      story.append("stop")
      commit(node)
      node.stop()
    } else {
      node.end()
    }
  }

  private mutating func act(_ node: SimulatedNode) {
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      story.append("seal")
      commit(node)
      node.seal()
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
      if once.count != found.count { throw Fault(description: "\(measurement): rows are there twice") }
      let lost = (acknowledged[measurement] ?? []).subtracting(once)
      if let one = lost.first {
        throw Fault(description: "\(measurement): \(lost.count) acknowledged rows are lost, such as \(one)")
      }
      if let one = once.subtracting(possible[measurement] ?? []).first {
        throw Fault(description: "\(measurement): a row was never sent: \(one)")
      }
    }
    let ledger = node.ledger.snapshot()
    if !ledger.isBalanced { throw Fault(description: "the ledger does not balance") }
  }
}
