import Testing

@testable import PromQL

@Suite struct EvaluatorTests {
  private static var house: SampleHouse {
    SampleHouse(series)
  }
  private static let series = [
    SampleHouse.series(["__name__": "rain", "area": "1", "device": "a"], [1, 2, 3, 4, 5, 6, 7]),
    SampleHouse.series(["__name__": "rain", "area": "1", "device": "b"], [10, 20, 30, 40, 50, 60, 70]),
    SampleHouse.series(["__name__": "rain", "area": "2", "device": "c"], [5, 5, 5, 5, 5, 5, 5]),
    SampleHouse.series(["__name__": "wind", "area": "1", "device": "a", "class": "x"], [2, 2, 2, 2, 2, 2, 2]),
  ]

  @Test(arguments: [
    ("sum by (area) (rain)", ["{area=\"1\"}: 77", "{area=\"2\"}: 5"]),
    (
      "topk by (area) (1, rain)",
      ["{__name__=\"rain\", area=\"1\", device=\"b\"}: 70", "{__name__=\"rain\", area=\"2\", device=\"c\"}: 5"]
    ),
    ("rain / on (device) wind", ["{device=\"a\"}: 3.5"]),
    ("rain{device=\"a\"} * on (device) group_left (class) wind", ["{area=\"1\", class=\"x\", device=\"a\"}: 14"]),
    ("rain > 6 and on (device) wind", ["{__name__=\"rain\", area=\"1\", device=\"a\"}: 7"]),
    (
      "sort_desc(rain * 2)",
      ["{area=\"1\", device=\"b\"}: 140", "{area=\"1\", device=\"a\"}: 14", "{area=\"2\", device=\"c\"}: 10"]
    ),
    ("absent(snow{a=\"b\",c=~\"d\"})", ["{a=\"b\"}: 1"]), ("scalar(wind)", ["2"]), ("scalar(rain)", ["NaN"]),
    ("timestamp(rain{device=\"a\"} offset 5s)", ["{area=\"1\", device=\"a\"}: 50"]),
    ("rain{device=\"a\"}[15s]", ["{__name__=\"rain\", area=\"1\", device=\"a\"}: 50000=6 60000=7"]),
    ("rain{device=\"a\"}[30s:15s]", ["{__name__=\"rain\", area=\"1\", device=\"a\"}: 30000=4 45000=5 60000=7"]),
    ("count_values(\"v\", rain > bool 6)", ["{v=\"1\"}: 2", "{v=\"0\"}: 1"]),
    ("quantile(0.5, rain)", ["{}: 7"]), ("1 + 2 * 3", ["7"]), ("'text'", ["text"]),
    (
      "label_replace(wind, \"x\", \"$1!\", \"class\", \"(.*)\") + 0",
      ["{area=\"1\", class=\"x\", device=\"a\", x=\"x!\"}: 2"]
    ),
    (
      "label_join(wind, \"j\", \"-\", \"area\", \"device\") * 1",
      ["{area=\"1\", class=\"x\", device=\"a\", j=\"1-a\"}: 2"]
    ),
    ("max_over_time(rain{device=\"a\"}[20s] @ 30)", ["{area=\"1\", device=\"a\"}: 4"]),
    (
      "rain{area=\"2\"} or wind",
      [
        "{__name__=\"rain\", area=\"2\", device=\"c\"}: 5",
        "{__name__=\"wind\", area=\"1\", class=\"x\", device=\"a\"}: 2",
      ]
    ),
    ("rain unless on (area) wind", ["{__name__=\"rain\", area=\"2\", device=\"c\"}: 5"]),
    ("clamp(rain{area=\"2\"}, 6, 8)", ["{area=\"2\", device=\"c\"}: 6"]), ("hour()", ["{}: 0"]),
    ("absent_over_time(snow[5m])", ["{}: 1"]), ("-wind", ["{area=\"1\", class=\"x\", device=\"a\"}: -2"]),
  ])
  func questionsAreAnswered(text: String, wanted: [String]) throws {
    #expect(try Self.house.vector(text) == wanted)
  }

  @Test(arguments: [
    ("rain + on (area) wind", "multiple matches for labels: many-to-one matching must be explicit"),
    ("wind + on (area) rain", "found duplicate series for the match group {area=\"1\"} on the right hand-side"),
    ("rain * on (area) group_left wind", ""), ("topk(NaN, rain)", "Scalar value NaN overflows int64"),
    ("-{device=\"a\"}", ""), ("abs({__name__=~\"rain|wind\"} * 0)", ""),
    (
      "label_replace(rain, \"device\", \"\", \"device\", \".*\")",
      "vector cannot contain metrics with the same labelset"
    ),
    ("label_replace(rain, \"a\", \"\", \"b\", \"(\")", "invalid regular expression in label_replace(): ("),
    ("count_values(\"a-b\", rain)", "invalid label name \"a-b\""),
    ("label_join(rain, \"1\", \"\", \"a\")", "invalid destination label name in label_join(): 1"),
  ])
  func whatCannotBeIsRefused(text: String, message: String) {
    let refusal = Self.house.refusal(text)
    #expect(message.isEmpty ? refusal.isEmpty : refusal.hasPrefix(message), "\(refusal)")
  }

  @Test func seriesEnd() throws {
    var ended = SampleHouse.series(["__name__": "x"], [1, 2, SampleSeries.staleMarker])
    #expect(try SampleHouse([ended]).vector("x", at: 15_000) == ["{__name__=\"x\"}: 2"])
    #expect(try SampleHouse([ended]).vector("x", at: 20_000) == [])
    ended.values[2] = 3
    #expect(try SampleHouse([ended]).vector("x", at: 320_000) == ["{__name__=\"x\"}: 3"])
    #expect(try SampleHouse([ended]).vector("x", at: 320_001) == [])
    ended.lookbackMillis = 900_000
    #expect(try SampleHouse([ended]).vector("x", at: 920_000) == ["{__name__=\"x\"}: 3"])
  }

  @Test func aSelectorIsFetchedOnce() throws {
    let house = SampleHouse(Self.series)
    _ = try house.range("rain / rain + rate(rain[1m]) - rain offset 1m", from: 0, to: 60_000, step: 10_000)
    #expect(house.selections.count == 1 && house.selections[0].spanMillis == -360_000...60_000)
    #expect(house.windows.map(\.function) == ["rate"])
    _ = try house.instant("sum by (area) (rain @ 7)")
    let last = try #require(house.selections.last)
    #expect(last.function == "sum" && last.groupedBy == ["area"] && last.spanMillis == -293_000...7_000)
    #expect(last.rangeMillis == nil)
  }

  @Test func aSourceMayKnowWindows() throws {
    let house = SampleHouse()
    house.known = [
      WindowSeries(labels: Labels([Label("__name__", "x"), Label("a", "1")]), values: [5, SampleSeries.staleMarker])
    ]
    let answer = try house.range("sum_over_time(x[1h] offset 1h) * 2", from: 0, to: 10, step: 10)
    #expect(answer.map(\.labels.description) == ["{a=\"1\"}"] && answer[0].values == [10])
    #expect(
      house.windows[0].firstEndMillis == -3_600_000 && house.windows[0].stepCount == 2 && house.selections.isEmpty)
  }

  @Test func questionsHaveLimits() throws {
    var limits = QuestionLimits()
    limits.samples = 30
    #expect(throws: QuestionError.tooManySamples) { _ = try Self.house.instant("rain + wind", limits: limits) }
    _ = try Self.house.instant("wind", limits: limits)
    for text in [
      "vector(1)[200y:1ms]", "max_over_time(vector(time())[100y:1ms])", "absent(x)[200y:1s]",
      "sum_over_time((x @ 5)[1y:1s])",
    ] {
      #expect(throws: QuestionError.tooManySamples) { _ = try Self.house.instant(text, limits: limits) }
    }
    limits.interruption = { QuestionError(.timeout, "query timed out in expression evaluation") }
    #expect { _ = try Self.house.instant("1", limits: limits) } throws: { ($0 as? QuestionError)?.kind == .timeout }
    for (start, end, step) in [
      (Int64(0), Int64(11_001), Int64(1)), (5, 4, 1), (0, 1, 0), (0, 1, -1), (Int64.min, Int64.max, 1),
    ] {
      #expect { _ = try Self.house.range("1", from: start, to: end, step: step) } throws: {
        ($0 as? QuestionError)?.kind == .badData
      }
    }
    #expect(throws: QuestionError.self) { _ = try Self.house.range("x[5m]", from: 0, to: 1, step: 1) }
  }

  @Test(arguments: [
    "rain offset 292y", "rain offset -292y", "rain @ 9e18", "rain @ -9e18 offset -292y", "rate(rain[292y] @ 9e18)",
    "max_over_time(rain[292y:100y] @ 9e18 offset -292y)", "predict_linear(rain[292y:1y] @ -9e18, 1e308)",
  ])
  func farTimesDoNotOverflow(text: String) throws {
    for time in [0, Int64.max, Int64.min] { _ = try Self.house.instant(text, at: time) }
    _ = try Self.house.range(text, from: .min, to: .max, step: 1 << 60)
  }

  @Test func deepQuestionsAreAnswered() throws {
    let text = String(repeating: "abs(", count: 200) + "wind" + String(repeating: ")", count: 200)
    #expect(try Self.house.vector(text) == ["{area=\"1\", class=\"x\", device=\"a\"}: 2"])
  }

  @Test func partsOfAMatch() throws {
    guard case .binary(let node) = try ExpressionParser.expression("a - on (x) b") else { return }
    var (left, right) = (SeriesTable(stepCount: 1), SeriesTable(stepCount: 1))
    left.append(Labels([Label("x", "1"), Label("y", "2")]), [5])
    right.append(Labels([Label("x", "1")]), [3])
    var match = VectorMatch(node, left, right)
    var budget = Budget(limit: 10)
    #expect(try match.evaluate(&budget, interruption: nil).cells == [2])
    let steps = StepRange(startMillis: 0, stepMillis: 1, count: 1)
    let expression = try ExpressionParser.expression("1")
    let evaluator = Evaluator(expression, steps, endMillis: 0, source: SampleHouse(), limits: QuestionLimits())
    #expect(try evaluator.column(expression, steps) == [1])
  }
}
