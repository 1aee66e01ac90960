import Primitives
import Synchronization
import Sys
import TestEngine

/// Runs scenarios from seeds until all are done or one fails: then it is made as small as it still fails, told, and the
/// end is 1.
///
///     soak [--seeds N] [--from S] [--story] [--no-shrink]
@main
struct Soak {
  private var seeds: UInt64 = 500
  private var from: UInt64 = 1
  private var tellsStory = false
  private var shrinks = true

  /// A seed that takes longer has a thread that waits for ever.
  private static let longestSeedNanos = 300 * Nanos.perSecond

  /// How long a smaller scenario is looked for.
  private static let shrinkNanos = 2 * Nanos.perMinute

  static func main() {
    var soak = Soak()
    guard soak.read(CommandLine.arguments.dropFirst()) else {
      Terminal.tell("usage: soak [--seeds N] [--from S] [--story] [--no-shrink]")
      Terminal.exit(2)
    }
    Terminal.exit(soak.run() ? 0 : 1)
  }

  private mutating func read(_ arguments: ArraySlice<String>) -> Bool {
    var arguments = arguments
    while let name = arguments.popFirst() {
      switch name {
      case "--story": tellsStory = true
      case "--no-shrink": shrinks = false
      case "--seeds", "--from":
        guard let value = arguments.popFirst().flatMap({ UInt64($0) }) else { return false }
        if name == "--seeds" { seeds = value } else { from = value }
      default: return false
      }
    }
    return true
  }

  private func run() -> Bool {
    let began = Clock.monotonicNanos()
    let (end, overflow) = from.addingReportingOverflow(seeds)
    guard !overflow else { return true }
    let watch = SeedWatch(limitNanos: Self.longestSeedNanos)
    var (lives, checks, questions) = (0, 0, 0)
    for seed in from..<end {
      watch.begin(seed)
      let scenario = Scenario(seed: seed)
      var run = ScenarioRun(scenario)
      do {
        try run.run()
      } catch {
        tell(seed, scenario, error, run, watch)
        return false
      }
      lives += scenario.lives.count
      checks += run.checks
      questions += run.questions
      if tellsStory { Terminal.tell("seed \(seed)\n\(run.story.joined(separator: "\n"))") }
      if (seed - from + 1) % 500 == 0 { Terminal.tell("\(seed - from + 1) seeds") }
    }
    let seconds = (Clock.monotonicNanos() - began) / Nanos.perSecond
    Terminal.tell(
      "\(seeds) seeds from \(from): \(lives) lives, \(checks) checks, \(questions) questions, \(seconds) s, no fault")
    return true
  }

  private static func kind(of error: any Error) -> String {
    (error as? Fault).map { "\($0.kind)" } ?? "\(type(of: error))"
  }

  private func tell(_ seed: UInt64, _ scenario: Scenario, _ error: any Error, _ run: ScenarioRun, _ watch: SeedWatch) {
    Terminal.tell("seed \(seed) fails: \(error)")
    if tellsStory { Terminal.tell(run.story.joined(separator: "\n")) }
    if shrinks {
      let deadline = Clock.monotonicNanos() + Self.shrinkNanos
      var shrinker = Shrinker()
      var last = "\(error)"
      let kind = Self.kind(of: error)
      let small = shrinker.shrink(scenario) { candidate in
        watch.begin(seed)
        if Clock.monotonicNanos() > deadline { return false }
        var run = ScenarioRun(candidate)
        do {
          try run.run()
          return false
        } catch {
          guard Self.kind(of: error) == kind else { return false }
          last = "\(error)"
          return true
        }
      }
      watch.begin(seed)
      Terminal.tell("as small as it still fails: \(last)\n\(small)")
    }
    Terminal.tell("again: tools/soak --seeds 1 --from \(seed) --story")
  }
}
