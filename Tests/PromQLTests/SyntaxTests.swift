import Testing

@testable import PromQL

@Suite struct SyntaxTests {
  @Test func durationsAreReadAndWritten() {
    for (text, millis) in [("1h30m", 5_400_000), ("90s", 90_000), ("1y2w3d", 33_004_800_000), ("5ms", 5)] {
      #expect((try? DurationText.read(text).get()) == Int64(millis))
    }
    #expect(DurationText.text(millis: 90_000) == "1m30s" && DurationText.text(millis: 604_800_000) == "1w")
    #expect(DurationText.text(millis: 691_200_000) == "8d" && DurationText.text(millis: 0) == "0s")
    for text in ["", "5", "5m1h", "5m5m", "99999999999999999999y", "x"] {
      #expect((try? DurationText.read(text).get()) == nil)
    }
  }

  @Test func numbersAreWritten() {
    for (value, text) in [
      (0.1, "0.1"), (1e21, "1000000000000000000000"), (-2.5e-7, "-0.00000025"), (100, "100"), (-0.0, "-0"),
      (123_456.789, "123456.789"), (.infinity, "+Inf"), (.nan, "NaN"),
      (.leastNonzeroMagnitude, "0." + String(repeating: "0", count: 323) + "5"),
    ] {
      #expect(SampleText.plain(value) == text)
    }
    #expect(SampleText.literal(1e6) == "1e+06" && SampleText.literal(0.00001) == "1e-05")
    #expect(SampleText.literal(123_456) == "123456" && SampleText.sixPlaces(-1.5) == "-1.500000")
  }

  @Test func expressionsKnowWhatTheyAre() throws {
    let text = "(-sum(a @ 5)) + vector(1)"
    let expression = try ExpressionParser.expression(text)
    #expect(expression.isStepInvariant && expression.depth == 5)
    #expect(try !ExpressionParser.expression("time()").isStepInvariant)
    try TypeCheck(input: Array(text.utf8)).check(expression)
    guard case .binary(let sum) = expression, case .parenthesised(let inner) = sum.left else { return }
    let parenthesised: Parenthesised = inner
    guard case .unary(let minus) = parenthesised.inner else { return }
    let operation: UnaryOperation = minus
    guard case .aggregation(let node) = operation.operand, case .call(let vector) = sum.right else { return }
    let aggregation: Aggregation = node
    let call: Call = vector
    #expect(aggregation.operation == .sum && call.function.name == "vector" && operation.isNegative)
    guard case .subquery(let found) = try ExpressionParser.expression("x[1h:1m]") else { return }
    let subquery: Subquery = found
    #expect(subquery.rangeMillis == 3_600_000 && subquery.depth == 2)
    guard case .range(let range) = try ExpressionParser.expression("x[1h] @ start()") else { return }
    #expect(range.selector.reference == TimeReference.start)
    let selected: RangeSelector = range
    #expect(VectorSelector(name: "x", matchers: [], range: 0..<1).matchers.count == selected.selector.matchers.count)
  }

  @Test func labelsAreOrdered() {
    let labels = Labels([Label("b", "1"), Label("a", "2"), Label("c", ""), Label("__name__", "x")])
    #expect(labels.description == "{__name__=\"x\", a=\"2\", b=\"1\"}")
    #expect(labels.nameless.setting("a", "").setting("d", "4") == Labels([Label("b", "1"), Label("d", "4")]))
    #expect(labels["a"] == "2" && labels["c"] == "" && Labels() < labels)
    #expect(Labels([Label("a", "e\u{301}")]) != Labels([Label("a", "é")]))
    #expect(LabelKey(labels, on: ["a"], isOn: true) == LabelKey(Labels([Label("a", "2")])))
    #expect(LabelKey(labels, on: ["a"], isOn: false) == LabelKey(Labels([Label("b", "1")])))
    #expect(Label.isName("_a1") && !Label.isName("1a") && !Label.isName("a-b") && !Label.isName(""))
  }
}
