/// What a question fetches: selectors of the same conditions whose times overlap are fetched together.
struct SelectionPlan: Sendable {
  private(set) var selections: [Selection] = []
  /// Places in `selections` by their conditions.
  private var places: [LabelKey: [Int]] = [:]
  private let clock: QuestionClock
  private let limit: Int

  init(_ expression: PromQLExpression, _ steps: StepRange, clock: QuestionClock, limit: Int) {
    self.clock = clock
    self.limit = limit
    walk(expression, steps, Surroundings())
    join()
  }

  /// The functions around a selector.
  private struct Surroundings {
    var function = ""
    var labels: [String] = []
    var isWithout = false
  }

  /// The place of what is fetched for a selector and a span.
  func place(of matchers: [LabelMatcher], _ span: ClosedRange<Int64>) -> Int? {
    places[LabelKey(matchers)]?.first {
      selections[$0].spanMillis.lowerBound <= span.lowerBound
        && selections[$0].spanMillis.upperBound >= span.upperBound
    }
  }

  /// The times that an instant selector needs.
  static func span(_ steps: StepRange, offsetMillis: Int64) -> ClosedRange<Int64> {
    steps.startMillis - offsetMillis - Selection.usualLookbackMillis...steps.endMillis - offsetMillis
  }

  private mutating func walk(_ expression: PromQLExpression, _ all: StepRange, _ around: Surroundings) {
    if all.count == 0 { return }
    let steps = expression.isStepInvariant ? all.first : all
    switch expression {
    case .number, .string: break
    case .selector(let node):
      add(node.matchers, Self.span(steps, offsetMillis: clock.offset(node, steps)), nil, steps, around)
    case .range, .subquery: walk(range: expression, steps, around)
    case .parenthesised(let node): walk(node.inner, steps, around)
    case .unary(let node): walk(node.operand, steps, around)
    case .binary(let node):
      walk(node.left, steps, Surroundings())
      walk(node.right, steps, Surroundings())
    case .aggregation(let node):
      if let parameter = node.parameter { walk(parameter, steps, Surroundings()) }
      walk(
        node.operand, steps,
        Surroundings(function: node.operation.rawValue, labels: node.labels, isWithout: node.isWithout))
    case .call(let node):
      for argument in node.arguments {
        let around = Surroundings(function: node.function.name)
        if argument.type == .matrix {
          walk(range: argument.bare, steps, around)
        } else {
          walk(argument, steps, around)
        }
      }
    }
  }

  private mutating func walk(range expression: PromQLExpression, _ steps: StepRange, _ around: Surroundings) {
    switch expression {
    case .range(let node):
      add(node.selector.matchers, clock.span(node, steps), node.rangeMillis, steps, around)
    case .subquery(let node): walk(node.inner, clock.innerSteps(node, steps), around)
    default: walk(expression, steps, around)
    }
  }

  private mutating func add(
    _ matchers: [LabelMatcher], _ span: ClosedRange<Int64>, _ rangeMillis: Int64?, _ steps: StepRange,
    _ around: Surroundings
  ) {
    places[LabelKey(matchers), default: []].append(selections.count)
    selections.append(
      Selection(
        matchers: matchers, spanMillis: span, rangeMillis: rangeMillis, stepMillis: steps.stepMillis,
        function: around.function, groupedBy: around.labels, isWithout: around.isWithout, sampleLimit: limit))
  }

  /// Puts selections of the same conditions together where their times overlap.
  private mutating func join() {
    let old = selections
    selections = []
    for (key, indices) in places.sorted(by: { ($0.value.first ?? 0) < ($1.value.first ?? 0) }) {
      var joined: [Int] = []
      for index in indices.sorted(by: { old[$0].spanMillis.lowerBound < old[$1].spanMillis.lowerBound }) {
        let next = old[index]
        if let last = joined.last, selections[last].spanMillis.upperBound >= next.spanMillis.lowerBound {
          selections[last].join(next)
        } else {
          joined.append(selections.count)
          selections.append(next)
        }
      }
      places[key] = joined
    }
  }
}

extension Selection {
  /// Asks also what another one asks of the same series.
  fileprivate mutating func join(_ other: Selection) {
    let end = max(spanMillis.upperBound, other.spanMillis.upperBound)
    spanMillis = spanMillis.lowerBound...end
    if function != other.function || rangeMillis != other.rangeMillis { function = "" }
    if groupedBy != other.groupedBy || isWithout != other.isWithout {
      groupedBy = []
      isWithout = false
    }
    // Who asks for instants needs what a longer look-back reaches.
    if rangeMillis == nil || other.rangeMillis == nil { rangeMillis = nil }
    stepMillis = min(stepMillis, other.stepMillis)
  }
}
