/// Reads the syntax of RE2, as Prometheus' matchers have it.
struct PatternReader {
  /// RE2's limits: how often something may be repeated, all in all, and how deep groups may be nested. The deepest is
  /// lower than RE2's, because this reader calls itself.
  private static let mostRepeated = 1000
  private static let deepest = 200

  private struct Flags {
    var foldsCase = false
    var isMultiline = false
    var dotTakesLineEnd = false
    var isUngreedy = false
  }

  let text: [Unicode.Scalar]
  var position = 0
  /// Names of captures by number; "" where there is none. The first is the whole match.
  private(set) var captureNames: [String] = [""]
  private var flags = Flags()
  private var depth = 0

  init(_ text: String) {
    self.text = Array(text.unicodeScalars)
  }

  mutating func read() throws(PatternError) -> PatternNode {
    let node = try choice()
    if position < text.count { throw PatternError("unexpected )", whole) }
    if node.repetitions > Self.mostRepeated { throw PatternError("invalid repeat count", whole) }
    return node
  }

  var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private var whole: String { fragment(0, text.count) }

  func fragment(_ begin: Int, _ end: Int) -> String {
    var out = String.UnicodeScalarView()
    out.append(contentsOf: text[begin..<min(end, text.count)])
    return String(out)
  }

  mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
    if peek != scalar { return false }
    position += 1
    return true
  }

  private func looksAt(_ piece: String) -> Bool {
    text[position...].starts(with: piece.unicodeScalars)
  }

  // MARK: Rules

  private mutating func choice() throws(PatternError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw PatternError("expression nests too deeply", whole) }
    var branches = [try sequence()]
    while accept("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let next = peek, next != "|", next != ")" {
      if looksAt("\\Q") {
        position += 2
        while position < text.count, !looksAt("\\E") {
          nodes.append(.literal(text[position], foldsCase: flags.foldsCase))
          position += 1
        }
        position = min(position + 2, text.count)
        continue
      }
      guard let node = try atom() else { continue }
      nodes.append(try repeated(node))
    }
    return nodes.isEmpty ? .empty : nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func repeated(_ node: PatternNode) throws(PatternError) -> PatternNode {
    let begin = position
    guard let (least, most) = try repetition() else { return node }
    let isGreedy = accept("?") == flags.isUngreedy
    // A repetition of a repetition is refused, as RE2 has it.
    let end = position
    if try repetition() != nil { throw PatternError("invalid nested repetition operator", fragment(begin, position)) }
    position = end
    let out = PatternNode.repeated(node, least: least, most: most, isGreedy: isGreedy)
    if out.repetitions > Self.mostRepeated {
      throw PatternError("invalid repeat count", fragment(begin, position))
    }
    return out
  }

  /// What `*`, `+`, `?` or `{n,m}` ask for; nil if none of them stands here.
  private mutating func repetition() throws(PatternError) -> (least: Int, most: Int?)? {
    if accept("*") { return (0, nil) }
    if accept("+") { return (1, nil) }
    if accept("?") { return (0, 1) }
    let begin = position
    guard accept("{") else { return nil }
    guard let least = number() else {
      position = begin
      return nil
    }
    var most: Int? = least
    if accept(",") {
      most = number()
      if most == nil, peek != "}" {
        position = begin
        return nil
      }
    }
    guard accept("}") else {
      position = begin
      return nil
    }
    if least > Self.mostRepeated || (most ?? 0) > Self.mostRepeated || least > most ?? Int.max {
      throw PatternError("invalid repeat count", fragment(begin, position))
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let begin = position
    var value = 0
    while let digit = peek, ("0"..."9").contains(digit) {
      value = min(value * 10 + Int(digit.value) - 48, 100_000)
      position += 1
    }
    let hasLeadingZero = position - begin > 1 && text[begin] == "0"
    return position == begin || hasLeadingZero ? nil : value
  }

  /// One character, class, group or assertion; nil for what only sets flags.
  private mutating func atom() throws(PatternError) -> PatternNode? {
    let next = text[position]
    switch next {
    case "(": return try group()
    case "[": return .set(try bracket(foldsCase: flags.foldsCase))
    case "*", "+", "?": throw PatternError("missing argument to repetition operator", String(next))
    case "\\": return try escape()
    default: break
    }
    position += 1
    switch next {
    case ".": return .set(flags.dotTakesLineEnd ? .any : .anyButLineEnd)
    case "^": return .assertion(flags.isMultiline ? .lineBegin : .textBegin)
    case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
    default: return .literal(next, foldsCase: flags.foldsCase)
    }
  }

  private mutating func escape() throws(PatternError) -> PatternNode {
    if position + 1 >= text.count { throw PatternError("trailing backslash at end of expression", "") }
    switch text[position + 1] {
    case "A": return assertion(.textBegin)
    case "z": return assertion(.textEnd)
    case "b": return assertion(.wordEdge)
    case "B": return assertion(.noWordEdge)
    default: break
    }
    if var set = try classEscape() {
      set.foldsCase = flags.foldsCase
      return .set(set)
    }
    return .literal(try characterEscape(), foldsCase: flags.foldsCase)
  }

  private mutating func assertion(_ kind: PatternAssertion) -> PatternNode {
    position += 2
    return .assertion(kind)
  }

  private mutating func group() throws(PatternError) -> PatternNode? {
    let begin = position
    position += 1
    let before = flags
    if accept("?") {
      if accept("P") {
        guard accept("<") else { throw PatternError("invalid or unsupported Perl syntax", fragment(begin, begin + 3)) }
        return try captured(name: try name(from: begin), from: begin, restoring: before)
      }
      let hasGroup = try groupFlags(from: begin)
      if !hasGroup { return nil }
      return try closed(begin, restoring: before)
    }
    return try captured(name: "", from: begin, restoring: before)
  }

  private mutating func captured(
    name: String, from begin: Int, restoring before: Flags
  ) throws(PatternError) -> PatternNode {
    let index = captureNames.count
    captureNames.append(name)
    return .group(try closed(begin, restoring: before), capture: index)
  }

  private mutating func closed(_ begin: Int, restoring before: Flags) throws(PatternError) -> PatternNode {
    let node = try choice()
    if !accept(")") { throw PatternError("missing closing )", whole) }
    flags = before
    return node
  }

  private mutating func name(from begin: Int) throws(PatternError) -> String {
    let first = position
    while let next = peek, next != ">" { position += 1 }
    if peek == nil { throw PatternError("invalid named capture", fragment(begin, text.count)) }
    let name = fragment(first, position)
    position += 1
    let isGood = !name.isEmpty && name.utf8.allSatisfy { $0.isWord }
    if !isGood { throw PatternError("invalid named capture", fragment(begin, position)) }
    if captureNames.contains(name) { throw PatternError("duplicate capture group name", name) }
    return name
  }

  /// Reads `i`, `m`, `s`, `U` and `-`; whether a group follows behind `:`.
  private mutating func groupFlags(from begin: Int) throws(PatternError) -> Bool {
    var isOn = true
    var hasAny = false
    while let next = peek {
      position += 1
      switch next {
      case "i": flags.foldsCase = isOn
      case "m": flags.isMultiline = isOn
      case "s": flags.dotTakesLineEnd = isOn
      case "U": flags.isUngreedy = isOn
      case "-" where isOn:
        isOn = false
        hasAny = false
        continue
      case ":" where isOn || hasAny: return true
      case ")" where isOn || hasAny: return false
      default: throw PatternError("invalid or unsupported Perl syntax", fragment(begin, position))
      }
      hasAny = true
    }
    throw PatternError("missing closing )", whole)
  }
}

extension PatternNode {
  /// How often the innermost piece is written out, at most.
  var repetitions: Int {
    switch self {
    case .empty, .literal, .set, .assertion: return 1
    case .group(let node, _): return node.repetitions
    case .sequence(let nodes), .choice(let nodes):
      var most = 1
      for node in nodes { most = max(most, node.repetitions) }
      return most
    case .repeated(let node, let least, let most, _):
      let times = max(most ?? least, least, 1)
      return min(times * node.repetitions, 1_000_000)
    }
  }
}
