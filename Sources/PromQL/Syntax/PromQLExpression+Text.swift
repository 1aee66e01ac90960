extension PromQLExpression: CustomStringConvertible {
  /// On one line, as Prometheus prints it.
  public var description: String {
    switch self {
    case .number(let node): SampleText.literal(node.value)
    case .string(let node): node.value.quoted
    case .selector(let node): node.description
    case .range(let node): node.description
    case .subquery(let node): node.inner.description + node.suffix
    case .aggregation(let node):
      "\(node.head)(\(node.parameter.map { "\($0), " } ?? "")\(node.operand))"
    case .binary(let node): "\(node.left) \(node.sign) \(node.right)"
    case .call(let node): "\(node.function.name)(\(node.arguments.map(\.description).joined(separator: ", ")))"
    case .parenthesised(let node): "(\(node.inner))"
    case .unary(let node): (node.isNegative ? "-" : "+") + node.operand.description
    }
  }

  /// On lines of at most a hundred octets where that can be, as `format_query` answers it.
  public var formatted: String { formatted(level: 0, Lengths(of: self)) }

  private func formatted(level: Int, _ lengths: Lengths) -> String {
    let indent = String(repeating: "  ", count: level)
    if lengths.total <= 100 {
      if case .subquery = self { return description }
      return indent + description
    }
    func child(_ index: Int, level: Int) -> String {
      children[index].formatted(level: level, lengths.children[index])
    }
    switch self {
    case .number, .string, .selector, .range: return indent + description
    case .subquery(let node): return child(0, level: level) + node.suffix
    case .unary(let node):
      let text = child(0, level: level)
      return indent + (node.isNegative ? "-" : "+") + text.drop { $0 == " " }
    case .parenthesised: return "\(indent)(\n\(child(0, level: level + 1))\n\(indent))"
    case .binary(let node):
      return "\(child(0, level: level + 1))\n\(indent)\(node.sign)\n\(child(1, level: level + 1))"
    case .aggregation, .call:
      let texts = children.indices.map { child($0, level: level + 1) }
      var head = ""
      if case .aggregation(let node) = self { head = node.head }
      if case .call(let node) = self { head = node.function.name }
      return "\(indent)\(head)(\n\(texts.joined(separator: ",\n"))\n\(indent))"
    }
  }

  /// How long an expression and those inside are when they are printed: computed once, from inside out.
  private struct Lengths {
    let total: Int
    let children: [Lengths]

    init(of expression: PromQLExpression) {
      children = expression.children.map { Lengths(of: $0) }
      let inner = children.reduce(0) { $0 + $1.total }
      switch expression {
      case .number, .string, .selector, .range: total = expression.description.utf8.count
      case .subquery(let node): total = inner + node.suffix.utf8.count
      case .aggregation(let node):
        total = inner + node.head.utf8.count + (node.parameter == nil ? 2 : 4)
      case .binary(let node): total = inner + node.sign.utf8.count + 2
      case .call(let node):
        total = inner + node.function.name.utf8.count + 2 + max(0, children.count - 1) * 2
      case .parenthesised: total = inner + 2
      case .unary: total = inner + 1
      }
    }
  }
}

extension Aggregation {
  /// The operator with `by` or `without`.
  fileprivate var head: String {
    if isWithout { return "\(operation.rawValue) without (\(labels.joined(separator: ", "))) " }
    return labels.isEmpty ? operation.rawValue : "\(operation.rawValue) by (\(labels.joined(separator: ", "))) "
  }
}

extension BinaryOperation {
  /// The operator with what modifies it.
  fileprivate var sign: String {
    var text = operation.rawValue + (returnsBool ? " bool" : "")
    let isOfVectors = left.type == .vector && right.type == .vector
    guard isOfVectors, !matching.labels.isEmpty || matching.isOn else { return text }
    text += " \(matching.isOn ? "on" : "ignoring") (\(matching.labels.joined(separator: ", ")))"
    switch matching.cardinality {
    case .manyToOne: text += " group_left (\(matching.included.joined(separator: ", ")))"
    case .oneToMany: text += " group_right (\(matching.included.joined(separator: ", ")))"
    default: break
    }
    return text
  }
}

extension VectorSelector: CustomStringConvertible {
  /// `name{label="value"} @ 1.000 offset 5m`
  public var description: String { plain + reference.suffix + offsetSuffix(offsetMillis) }

  /// Without `@` and `offset`.
  fileprivate var plain: String {
    let shown = matchers.filter { !($0.name == Label.nameOfMetrics && $0.kind == .equal && $0.value == name) }
    if shown.isEmpty { return name.isEmpty ? "{}" : name }
    return "\(name){\(shown.map(\.description).sorted().joined(separator: ","))}"
  }
}

extension RangeSelector: CustomStringConvertible {
  /// `name[5m] offset 5m`
  public var description: String {
    selector.plain + "[\(DurationText.text(millis: rangeMillis))]" + selector.reference.suffix
      + offsetSuffix(selector.offsetMillis)
  }
}

extension Subquery {
  /// `[30m:1m] offset 5m`
  fileprivate var suffix: String {
    let step = stepMillis == 0 ? "" : DurationText.text(millis: stepMillis)
    return "[\(DurationText.text(millis: rangeMillis)):\(step)]" + reference.suffix + offsetSuffix(offsetMillis)
  }
}

extension TimeReference? {
  fileprivate var suffix: String {
    switch self {
    case nil: return ""
    case .start: return " @ start()"
    case .end: return " @ end()"
    case .at(let millis):
      let rest = String(millis.magnitude % 1000)
      let places = String(repeating: "0", count: 3 - rest.count) + rest
      return " @ \(millis < 0 ? "-" : "")\(millis.magnitude / 1000).\(places)"
    }
  }
}

private func offsetSuffix(_ millis: Int64) -> String {
  if millis == 0 { return "" }
  return " offset \(millis < 0 ? "-" : "")\(DurationText.text(millis: abs(millis)))"
}
