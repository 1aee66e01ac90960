import Primitives
import Testing

@testable import Lagoon

@Suite struct ScopeVerdictsTests {
  @Test func eachDeviceIsAskedForOnceBetweenTwoChanges() {
    var verdicts = ScopeVerdicts(changes: [100, 200], count: 2)
    var asked: [Int64] = []
    // A device is inside between the changes. The third is one more than was said.
    func look(_ device: Int, _ time: UnixNanos) -> Bool {
      verdicts.takes(device, at: time) {
        asked.append(time)
        return device != 1 && time >= 100 && time < 200
      }
    }
    for device in 0..<3 {
      for time: UnixNanos in [.min, 0, 99, 100, 150, 199, 200, 201, .max, 99] {
        #expect(look(device, time) == (device != 1 && time >= 100 && time < 200), "\(device) at \(time)")
      }
    }
    #expect(asked == Array(repeating: [.min, 100, 200, 99], count: 3).flatMap { $0 })
  }

  @Test func timeBetweenChanges() {
    let changes: [UnixNanos] = [100, 200]
    for (time, from, to): (UnixNanos, UnixNanos, UnixNanos) in [
      (99, .min, 100), (100, 100, 200), (199, 100, 200), (200, 200, .max), (.max, 200, .max),
    ] {
      let span = ScopeVerdicts.span(around: time, changes)
      #expect(span.from == from && span.to == to, "\(time)")
    }
    #expect(ScopeVerdicts.span(around: 5, []) == (.min, .max))
  }
}
