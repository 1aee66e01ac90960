@testable import API
import Synchronization
import Testing

@Suite struct QuestionGateTests {
  /// Turns of a gate, as seen by those who got them.
  static func enter(_ gate: QuestionGate, _ presence: ClientPresence = .always) async -> String {
    do {
      try await gate.enter(presence)
      return "come"
    } catch let problem as APIProblem {
      return problem.kind
    } catch {
      return "\(error)"
    }
  }

  static func until(_ what: () -> Bool) async throws {
    while !what() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func someRunSomeWaitAndTheRestIsRefused() async throws {
    let gate = QuestionGate(atOnce: 2, waitingAtMost: 3, patience: .seconds(60))
    for _ in 0..<2 { #expect(await Self.enter(gate) == "come") }
    let waiting = (0..<3).map { _ in Task { await Self.enter(gate) } }
    try await Self.until { gate.waitingCount == 3 }
    #expect(gate.runningCount == 2)
    #expect(await Self.enter(gate) == "busy")
    // Each that leaves lets one in; when all have left nobody holds a turn.
    for _ in 0..<3 { gate.leave() }
    for task in waiting { #expect(await task.value == "come") }
    #expect(gate.runningCount == 2 && gate.waitingCount == 0)
    for _ in 0..<2 { gate.leave() }
    #expect(gate.runningCount == 0)
    #expect(await Self.enter(gate) == "come")
  }

  @Test func nobodyWaitsForEver() async throws {
    let gate = QuestionGate(atOnce: 1, waitingAtMost: 3, patience: .milliseconds(5))
    #expect(await Self.enter(gate) == "come")
    #expect(await Self.enter(gate) == "busy" && gate.waitingCount == 0)
    gate.leave()
    #expect(await Self.enter(gate) == "come")
  }

  @Test func whoHasGoneTakesNoTurnAndNoPlace() async throws {
    let gate = QuestionGate(atOnce: 1, waitingAtMost: 2, patience: .seconds(60))
    #expect(await Self.enter(gate) == "come")
    let clients = (0..<2).map { _ in ClientPresence() }
    let gone = clients.map { client in Task { await Self.enter(gate, client) } }
    try await Self.until { gate.waitingCount == 2 }
    for client in clients { client.noteClosed() }
    // There was no place left, but those two have no use for theirs.
    let patient = Task { await Self.enter(gate) }
    for task in gone { #expect(await task.value == "abandoned") }
    gate.leave()
    #expect(await patient.value == "come")
  }
}
