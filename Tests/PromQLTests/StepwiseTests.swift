import Mutation
import PromQL
import Testing

/// A range question says at each step what an instant question says there, and simple ones what a simple computation
/// says.
@Suite struct StepwiseTests {
  private static func house(_ seed: UInt64) -> SampleHouse {
    var random = SeededRandom(seed)
    var series: [SampleSeries] = []
    for number in 0..<12 {
      var time = Int64.random(in: 0...40_000, using: &random)
      var (times, values): ([Int64], [Double]) = ([], [])
      while time < 1_800_000 {
        let isGap = Int.random(in: 0..<20, using: &random) == 0
        time +=
          isGap ? Int64.random(in: 300_000...500_000, using: &random) : Int64.random(in: 9_000...21_000, using: &random)
        times.append(time)
        let isStale = Int.random(in: 0..<40, using: &random) == 0
        values.append(isStale ? SampleSeries.staleMarker : Double(Int.random(in: -20...100, using: &random)))
      }
      series.append(
        SampleSeries(
          labels: Labels([
            Label("__name__", number % 2 == 0 ? "x" : "y"), Label("a", "\(number / 2 % 3)"),
            Label("d", "\(number / 2)"),
          ]), timesMillis: times, values: values))
    }
    return SampleHouse(series)
  }

  @Test(arguments: [
    "x", "x + on (d) y", "sum by (a) (x)", "avg without (d) (y > 10)", "topk(2, x)", "x and on (d) y > 20", "x or y",
    "x unless on (d) (y > 30)", "rate(x[2m])", "max_over_time(y[3m:20s])", "quantile by (a) (0.3, x)", "stddev(x)",
    "count_values(\"v\", x % 3)", "x * on (a) group_left max by (a) (y)", "absent(x > 90)", "deriv(x[5m] offset 1m)",
    "timestamp(x)", "x > bool 5", "scalar(x{d=\"2\"}) * y", "label_replace(x, \"e\", \"$1\", \"d\", \"[0-3](.*)\")",
    "changes(x[4m]) + resets(x[4m])", "predict_linear(x[4m], 60)", "sum(x @ 600) + sum(x)",
    "absent_over_time(x{d=\"3\"}[1m])",
    "{__name__=~\"x|y\",d=\"1\"} atan2 2", "-x", "last_over_time({d=\"4\"}[1m])", "bottomk by (a) (1, x - y)",
  ])
  func rangesAreInstants(text: String) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let house = Self.house(seed)
      var wanted: [String: [Int64: UInt64]] = [:]
      for step in 0..<40 as Range<Int64> {
        let time = 120_000 + step * 37_000
        guard case .vector(_, let samples) = try house.instant(text, at: time) else { continue }
        for sample in samples { wanted[sample.labels.description, default: [:]][time] = sample.value.bitPattern }
      }
      var found: [String: [Int64: UInt64]] = [:]
      for one in try house.range(text, from: 120_000, to: 120_000 + 39 * 37_000, step: 37_000) {
        for (time, value) in zip(one.timesMillis, one.values) {
          found[one.labels.description, default: [:]][time] = value.bitPattern
        }
      }
      #expect(found == wanted)
    }
  }

  @Test func sumsAreThoseOfASimpleComputation() throws {
    let house = Self.house(9)
    let answer = try house.range("sum by (a) (sum_over_time(x[90s]))", from: 60_000, to: 1_200_000, step: 45_000)
    var count = 0
    for one in answer {
      for (time, value) in zip(one.timesMillis, one.values) {
        var sum = 0.0
        for series in house.series where series.labels["__name__"] == "x" && series.labels["a"] == one.labels["a"] {
          for (at, sample) in zip(series.timesMillis, series.values) where (time - 90_000...time).contains(at) {
            if sample.bitPattern != SampleSeries.staleMarker.bitPattern { sum += sample }
          }
        }
        #expect(value == sum)
        count += 1
      }
    }
    #expect(count > 50)
  }
}
