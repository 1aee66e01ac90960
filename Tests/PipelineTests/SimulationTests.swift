import Foundation
import TestEngine
import Testing

/// The pipeline on a simulated machine, from a few seeds; `tools/soak` runs as many as asked, in a release build.
@Suite struct SimulationTests {
  @Test(arguments: UInt64(1)...6)
  func whatWasAcknowledgedIsThereOnceWithItsValues(seed: UInt64) throws {
    var run = ScenarioRun(Scenario(seed: seed))
    do { try run.run() } catch {
      Issue.record("seed \(seed): \(error)\n\(run.story.joined(separator: "\n"))")
    }
    #expect(run.checks > 0)
  }

  /// Who looks for a cause must see the same again. The hashes of the process are the same within it.
  @Test func aSeedIsTheSameEachTime() throws {
    let stories = try (0..<2).map { _ in
      var run = ScenarioRun(Scenario(seed: 4))
      try run.run()
      return run.story
    }
    #expect(stories[0] == stories[1])
    #expect(stories[0].count > 10)
  }

  /// A scenario that fails for one of its steps is cut down to that step.
  @Test func whatDoesNotMatterIsTakenAway() {
    let scenario = Scenario(seed: 5)
    func sleeps(_ scenario: Scenario) -> Int {
      scenario.lives.reduce(0) { sum, life in
        sum + life.steps.count { if case .sleep = $0 { true } else { false } }
      }
    }
    #expect(sleeps(scenario) > 1)
    var shrinker = Shrinker()
    let small = shrinker.shrink(scenario) { sleeps($0) > 0 }
    #expect(small.lives.count == 1)
    #expect(small.lives[0].steps.count == 1)
    #expect(small.lives[0].faults.isEmpty)
  }
}
