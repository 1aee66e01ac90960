/// Takes away what a scenario can do without and still fails.
package struct Shrinker {
  /// How often a smaller scenario is tried.
  package var tries = 400

  package init() {}

  /// - Parameter fails: whether a scenario shows the fault.
  package mutating func shrink(_ scenario: Scenario, fails: (Scenario) -> Bool) -> Scenario {
    var best = scenario
    var isSmaller = true
    while isSmaller && tries > 0 {
      isSmaller = false
      for smaller in Self.smaller(best) {
        if tries == 0 { break }
        tries -= 1
        if fails(smaller) {
          best = smaller
          isSmaller = true
          break
        }
      }
    }
    return best
  }

  /// Scenarios that are a little smaller, those that lack most first.
  private static func smaller(_ scenario: Scenario) -> [Scenario] {
    var all: [Scenario] = []
    func add(_ change: (inout Scenario) -> Void) {
      var copy = scenario
      change(&copy)
      all.append(copy)
    }
    for life in scenario.lives.indices where scenario.lives.count > 1 { add { $0.lives.remove(at: life) } }
    if scenario.laneCount > 1 { add { $0.laneCount = 1 } }
    for number in scenario.lives.indices {
      let life = scenario.lives[number]
      // Halves, quarters and so on down to single steps.
      var size = life.steps.count / 2
      while size >= 1 {
        for start in stride(from: 0, to: life.steps.count, by: size) {
          add { $0.lives[number].steps.removeSubrange(start..<min(start + size, life.steps.count)) }
        }
        size /= 2
      }
      if !life.faults.isEmpty { add { $0.lives[number].faults = [] } }
      for fault in life.faults.indices where life.faults.count > 1 { add { $0.lives[number].faults.remove(at: fault) } }
      if life.killAfterCalls != nil { add { $0.lives[number].killAfterCalls = nil } }
      if life.diskNanos > 0 { add { $0.lives[number].diskNanos = 0 } }
      if life.shortCalls != nil { add { $0.lives[number].shortCalls = nil } }
      for step in life.steps.indices {
        if case .send(let kind, let count, let seed) = life.steps[step], count > 1 {
          add { $0.lives[number].steps[step] = .send(kind, count: count / 2, seed: seed) }
        }
      }
    }
    return all
  }
}
