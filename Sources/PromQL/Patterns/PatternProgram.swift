/// A regular expression as steps of a machine that follows all ways at once (Thompson; K. Thompson, "Regular Expression
/// Search Algorithm"), so that a match costs the length of the text times the length of the program, whatever it is.
struct PatternProgram: Sendable {
  enum Step: Sendable {
    case character(Unicode.Scalar)
    case set(Int)
    case assertion(PatternAssertion)
    case save(Int)
    /// Both ways, the first one preferred.
    case fork(Int, Int)
    case jump(Int)
    case match
  }

  /// More steps than any expression of use has.
  private static let mostSteps = 100_000

  private(set) var steps: [Step] = []
  private(set) var sets: [CharacterSet] = []
  private var isTooLarge = false

  init(_ node: PatternNode, of text: String) throws(PatternError) {
    append(.save(0))
    compile(node)
    append(.save(1))
    append(.match)
    if isTooLarge { throw PatternError("expression too large", text) }
  }

  private mutating func append(_ step: Step) {
    if steps.count >= Self.mostSteps { isTooLarge = true } else { steps.append(step) }
  }

  private mutating func set(_ at: Int, _ step: Step) {
    if at < steps.count { steps[at] = step }
  }

  private mutating func compile(_ node: PatternNode) {
    if isTooLarge { return }
    switch node {
    case .empty: break
    case .literal(let scalar, let foldsCase):
      if foldsCase, !scalar.otherCases.isEmpty {
        var set = CharacterSet([scalar.value...scalar.value])
        for other in scalar.otherCases { set.insert(other.value...other.value) }
        set.settle()
        compile(.set(set))
      } else {
        append(.character(scalar))
      }
    case .set(let set):
      sets.append(set)
      append(.set(sets.count - 1))
    case .assertion(let kind): append(.assertion(kind))
    case .group(let inner, let capture):
      append(.save(capture * 2))
      compile(inner)
      append(.save(capture * 2 + 1))
    case .sequence(let nodes):
      for inner in nodes { compile(inner) }
    case .choice(let nodes): compile(choice: nodes)
    case .repeated(let inner, let least, let most, let isGreedy):
      for _ in 0..<least { compile(inner) }
      if let most {
        compile(optional: inner, times: most - least, isGreedy: isGreedy)
      } else {
        compile(loop: inner, isGreedy: isGreedy)
      }
    }
  }

  private mutating func compile(choice nodes: [PatternNode]) {
    var ends: [Int] = []
    for (index, node) in nodes.enumerated() {
      if index == nodes.count - 1 {
        compile(node)
        break
      }
      let fork = steps.count
      append(.fork(fork + 1, 0))
      compile(node)
      ends.append(steps.count)
      append(.jump(0))
      set(fork, .fork(fork + 1, steps.count))
    }
    for end in ends { set(end, .jump(steps.count)) }
  }

  private mutating func compile(loop node: PatternNode, isGreedy: Bool) {
    let fork = steps.count
    append(.fork(0, 0))
    compile(node)
    append(.jump(fork))
    set(fork, isGreedy ? .fork(fork + 1, steps.count) : .fork(steps.count, fork + 1))
  }

  private mutating func compile(optional node: PatternNode, times: Int, isGreedy: Bool) {
    var forks: [Int] = []
    for _ in 0..<max(0, times) {
      if isTooLarge { return }
      forks.append(steps.count)
      append(.fork(0, 0))
      compile(node)
    }
    for fork in forks {
      set(fork, isGreedy ? .fork(fork + 1, steps.count) : .fork(steps.count, fork + 1))
    }
  }
}
