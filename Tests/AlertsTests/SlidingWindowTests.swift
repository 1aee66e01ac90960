import Mutation
import Primitives
import Rollups
import Testing

@testable import Alerts

@Suite struct SlidingWindowTests {
  /// What a window should say: everything summed up anew each time.
  private func plain(_ readings: [(time: Int64, value: Double)], _ aggregate: Aggregate) -> Double? {
    if readings.isEmpty { return nil }
    if case .count = aggregate { return Double(readings.count) }
    if case .quantile(let thousandths) = aggregate {
      return Aggregate.nearestRank(thousandths: thousandths, of: readings.map(\.value).sorted())
    }
    var bucket = Bucket()
    for reading in readings { bucket.add(reading.value, at: reading.time) }
    if aggregate == .standardDeviation {
      let distances = readings.map { ($0.value - bucket.average) * ($0.value - bucket.average) }
      return (distances.reduce(0, +) / Double(readings.count)).squareRoot()
    }
    return aggregate.value(of: bucket)
  }

  @Test(arguments: ["count", "sum", "avg", "min", "max", "first", "last", "stddev", "p50", "p95"])
  func saysWhatASumOfAllSays(_ name: String) throws {
    let aggregate = try #require(Aggregate(name: name))
    // Windows are whole minutes: a tick is 600 ms.
    let tick = 600 * Nanos.perMillisecond
    let threshold = AlertThreshold(
      measurement: "m", field: "f", aggregate: aggregate, over: try #require(Step("1m")), isAbove: true, bound: 0)
    var random = SeededRandom(7)
    var window = SlidingWindow(threshold)
    var readings: [(time: Int64, value: Double)] = []
    var time: Int64 = 0
    for _ in 0..<2_000 {
      time += Int64.random(in: 1...40, using: &random) * tick
      let value = Double(Int.random(in: -50...50, using: &random)) / 10
      window.expire(at: time)
      window.add(value, at: time)
      readings.append((time, value))
      readings.removeAll { $0.time + 100 * tick <= time }
      let found = try #require(window.value)
      let wanted = try #require(plain(readings, aggregate))
      #expect(abs(found - wanted) < 1e-6, "\(name) at \(time): \(found), not \(wanted)")
    }
    window.expire(at: time + 100 * tick)
    #expect(window.value == nil)
    #expect(window.nextLeaveNanos == nil)
  }
}

@Suite struct SubjectTrialTests {
  private func trial(
    _ aggregate: Aggregate, above bound: Double, clear: Double? = nil, hold: Int64 = 0, from: Int64 = 0
  ) throws -> SubjectTrial {
    let threshold = AlertThreshold(
      measurement: "m", field: "f", aggregate: aggregate, over: try #require(Step("1m")), isAbove: true,
      bound: bound, clearBound: clear)
    return SubjectTrial(threshold, machine: AlertMachine(holdNanos: hold), from: from)
  }
  private let second = Nanos.perSecond

  @Test func countsWhatFires() throws {
    var trial = try trial(.last, above: 10, clear: 5)
    for (at, value) in [(1, 3.0), (2, 11), (3, 7), (4, 12), (5, 5), (6, 20)] {
      trial.take([(value, 0)], at: Int64(at) * second)
    }
    trial.advance(to: 10 * second)
    #expect(trial.outcome.firings == 2)
    #expect(trial.outcome.first == 2 * second && trial.outcome.last == 6 * second)
    #expect(trial.outcome.highest == 20 && trial.outcome.lowest == 3)
  }

  @Test func sumsFireWhileTheirReadingsAreInTheWindow() throws {
    var trial = try trial(.sum, above: 10)
    trial.take([(6, 0)], at: 0)
    trial.take([(6, 0)], at: 50 * second)
    // The first has left, and 6 is no longer above.
    trial.take([(5, 0)], at: 100 * second)
    trial.take([(6, 0)], at: 200 * second)
    trial.advance(to: 400 * second)
    #expect(trial.outcome.firings == 2)
    #expect(trial.outcome.last == 100 * second)
  }

  @Test func aHoldEndsBetweenTwoReadings() throws {
    var trial = try trial(.last, above: 10, hold: 7 * Nanos.perSecond)
    trial.take([(11, 0)], at: 0)
    trial.take([(12, 0)], at: 5 * second)
    trial.take([(1, 0)], at: 10 * second)
    trial.advance(to: 20 * second)
    #expect(trial.outcome.firings == 1)
    #expect(trial.outcome.first == 7 * second)
  }

  @Test func readingsThatFollowEachOtherAtAWindowsLengthHold() throws {
    var trial = try trial(.last, above: 10, hold: 150 * Nanos.perSecond)
    for minute in 0..<4 { trial.take([(11, 0)], at: Int64(minute) * 60 * second) }
    trial.advance(to: 200 * second)
    #expect(trial.outcome.firings == 1)
    #expect(trial.outcome.first == 150 * second)
  }

  @Test func whatCameBeforeFillsTheWindowOnly() throws {
    var trial = try trial(.sum, above: 10, from: 100 * Nanos.perSecond)
    trial.take([(50, 0)], at: 10 * second)
    trial.take([(9, 0)], at: 90 * second)
    trial.take([(2, 0)], at: 100 * second)
    trial.advance(to: 120 * second)
    #expect(trial.outcome.firings == 1)
    #expect(trial.outcome.first == 100 * second)
    #expect(trial.outcome.highest == 11)
  }
}
