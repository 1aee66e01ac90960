import Mutation
import PromQL
import Testing

@Suite struct ExpressionParserTests {
  @Test(arguments: [
    ("1+2*3^2^2", "1 + 2 * 3 ^ 2 ^ 2"), ("-x^2", "-x ^ 2"), ("- 5", "-5"), ("sum(x)by(a,b)", "sum by (a, b) (x)"),
    ("sum without()(x)", "sum without () (x)"), ("x{b='1',a=\"2\"}", "x{a=\"2\",b=\"1\"}"),
    ("{__name__=\"x\"}", "{__name__=\"x\"}"), ("rate(x[90s]offset 1d)", "rate(x[1m30s] offset 1d)"),
    ("x offset -1h@5", "x @ 5.000 offset -1h"), ("x[1w:1m]@end()", "x[1w:1m] @ end()"),
    ("a*on(l)group_left(m,n)b", "a * on (l) group_left (m, n) b"), ("a==bool 1e6", "a == bool 1e+06"),
    ("topk(3,x)", "topk(3, x)"), ("a and ignoring(l)b", "a and ignoring (l) b"), ("((x))", "((x))"),
    ("sum", "sum"), ("offset offset 5m", "offset offset 5m"), ("0x10 + 010", "16 + 8"), ("'ạ\\n'", "\"ạ\\n\""),
  ])
  func expressionsArePrinted(text: String, wanted: String) throws {
    let expression: PromQLExpression = try ExpressionParser.expression(text)
    #expect(expression.description == wanted)
    #expect(try ExpressionParser.expression(wanted).description == wanted)
  }

  @Test(arguments: [
    ("", "1:1: parse error: no expression found in input"), ("a b", "1:3: parse error: unexpected identifier \"b\""),
    ("sum(", "1:5: parse error: unclosed left parenthesis"),
    ("sum by a (x)", "1:8: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\""),
    ("x{a}", "1:4: parse error: unexpected \"}\" in label matching, expected label matching operator"),
    ("rate(x)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"),
    ("nothing(x)", "1:1: parse error: unknown function with name \"nothing\""),
    ("{a=~'.*'}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
    ("x{__name__='y'}", "1:1: parse error: metric name must not be set twice: \"x\" or \"y\""),
    ("1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
    (
      "sum(x, y)",
      "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2"
    ),
    ("x offset 5", "1:10: parse error: unexpected number \"5\" in offset, expected duration"),
    ("x[0s]", "1:3: parse error: duration must be greater than 0"),
    ("x[5m5h]", "1:3: parse error: not a valid duration string: \"5m5h\""),
    ("x[300y]", "1:3: parse error: duration out of range"),
    (
      "(x) offset 5m",
      "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a "
        + "subquery"
    ),
    ("x and on(a) group_left y", "1:1: parse error: no grouping allowed for \"and\" operation"),
    ("a + on(b) group_left(b) c", "1:3: parse error: label \"b\" must not occur in ON and GROUP clause at once"),
    ("x{a=~'('}", "1:3: parse error: error parsing regexp: missing closing ): `^(?:()$`"),
  ])
  func whatIsWrongIsSaidAsPrometheusSaysIt(text: String, message: String) {
    #expect {
      _ = try ExpressionParser.expression(text)
    } throws: {
      ($0 as? ParseError)?.description == message
    }
  }

  @Test func longExpressionsAreBroken() throws {
    let text =
      "sum by (area) (rate(packets_of_the_gateway_total{class=\"gateway\",domain=\"security\",zone=\"north\"}[5m])) / on (area)"
      + " group_left () count(gateway)"
    #expect(
      try ExpressionParser.expression(text).formatted == """
          sum by (area) (
            rate(packets_of_the_gateway_total{class="gateway",domain="security",zone="north"}[5m])
          )
        / on (area) group_left ()
          count(gateway)
        """)
  }

  @Test func selectorsAreFound() throws {
    let expression = try ExpressionParser.expression(
      "a{x='1'} + on (y) max_over_time(rate(b[5m])[1h:]) * topk(scalar(c), d)")
    #expect(expression.selectors.map(\.name) == ["a", "b", "c", "d"])
    let matchers: [LabelMatcher] = try ExpressionParser.metricSelector("up{a!~'x|y'}")
    #expect(matchers.map(\.description) == ["a!~\"x|y\"", "__name__=\"up\""])
    #expect(throws: ParseError.self) { _ = try ExpressionParser.metricSelector("sum(up)") }
    #expect(throws: ParseError.self) { _ = try ExpressionParser.metricSelector("up[5m]") }
    #expect(expression.type == ValueType.vector && FunctionSignature.named("rate")?.argumentTypes == [.matrix])
    guard case .binary(let operation) = expression else { return }
    let node: BinaryOperation = operation
    let matching: VectorMatching = node.matching
    #expect(matching.isOn && matching.labels == ["y"] && matching.cardinality == .oneToOne)
  }

  @Test(arguments: ["(", "-", "sum(", "x+", "x[5m:", "a^", "abs(-", "{a='1'}[5m:1m]", "x offset 5m "])
  func deepExpressionsAreRefused(piece: String) {
    let text = String(repeating: piece, count: 20_000) + "x"
    #expect(throws: ParseError.self) { _ = try ExpressionParser.expression(text) }
  }

  @Test func nestingHasALimitThatIsSaid() throws {
    let text = { String(repeating: "(", count: $0) + "1" + String(repeating: ")", count: $0) }
    #expect(try ExpressionParser.expression(text(200)).description == text(200))
    #expect { _ = try ExpressionParser.expression(text(300)) } throws: { "\($0)".contains("nested too deeply") }
    #expect(throws: ParseError.self) {
      _ = try ExpressionParser.expression(String(repeating: "1+", count: 300) + "1")
    }
  }

  @Test func damagedExpressionsEndInAnErrorOrAValue() {
    var mutation = Mutation(seed: 20_261_201)
    let whole = [
      "sum by (a) (rate(x{b=~\"c|d[0-9]{1,3}\",e!='f'}[5m] offset -1h @ 1e9)) / on (a) group_left (g) topk(3, y[1h:5m])",
      "label_replace(x @ end(), \"a\", \"$1-${n}\", `b`, \"(?P<n>.*)-(\\\\d+)\") or absent(z{q=\"1\"}) > bool 0x1F ^ -2.5e3",
      "quantile_over_time(0.9, x[30m:1m]) + ignoring (a) holt_winters(y[10m], 0.1, 0.2) % -hour() unless vector(Inf)",
    ]
    let house = SampleHouse([SampleHouse.series(["__name__": "x", "b": "c-1"], [1, 2, 3, 4, 5, 6])])
    var limits = QuestionLimits()
    limits.samples = 10_000
    for text in whole {
      for _ in 0..<300 {
        let damaged = String(decoding: mutation.damage(Array(text.utf8)), as: UTF8.self)
        guard let expression = try? ExpressionParser.expression(damaged) else { continue }
        #expect(expression.formatted.utf8.count < 3_000_000)
        _ = try? PromQLEngine(limits: limits).range(
          expression, fromMillis: 0, toMillis: 60_000, stepMillis: 15_000, source: house)
      }
    }
  }
}
