/// Runs a program over texts.
struct PatternMachine {
  /// Threads in the order of preference, without doubles.
  private struct Threads {
    var steps: [Int] = []
    var captures: [[Int]] = []
    private var positions: [Int]

    init(count: Int) {
      positions = Array(repeating: 0, count: count)
    }

    func contains(_ step: Int) -> Bool {
      let at = positions[step]
      return at < steps.count && steps[at] == step
    }

    mutating func append(_ step: Int, _ saved: [Int]) {
      positions[step] = steps.count
      steps.append(step)
      captures.append(saved)
    }

    mutating func removeAll() {
      steps.removeAll(keepingCapacity: true)
      captures.removeAll(keepingCapacity: true)
    }
  }

  private let program: PatternProgram
  private let keepsCaptures: Bool
  private let empty: Threads

  init(_ program: PatternProgram, keepsCaptures: Bool) {
    self.program = program
    self.keepsCaptures = keepsCaptures
    empty = Threads(count: program.steps.count)
  }

  /// Where the match and its captures begin and end, in octets (-1 where one took no part); nil if the text from its
  /// first character does not match.
  func match(_ text: String, captures: Int) -> [Int]? {
    var found: [Int]?
    var current = empty
    var next = empty
    var pending: [(step: Int, saved: [Int])] = []
    var position = 0
    var scalars = text.unicodeScalars.makeIterator()
    var scalar = scalars.next()
    let none = keepsCaptures ? Array(repeating: -1, count: captures * 2) : []
    follow(0, none, at: position, nil, scalar, &pending, into: &current)
    while !current.steps.isEmpty {
      next.removeAll()
      let width = scalar.map { UTF8.width($0) } ?? 0
      let after = scalar == nil ? nil : scalars.next()
      thread: for index in current.steps.indices {
        let step = current.steps[index]
        switch program.steps[step] {
        case .match:
          found = current.captures[index]
          break thread
        case .character(let wanted) where wanted == scalar:
          follow(step + 1, current.captures[index], at: position + width, scalar, after, &pending, into: &next)
        case .set(let set):
          guard let taken = scalar, program.sets[set].contains(taken) else { break }
          follow(step + 1, current.captures[index], at: position + width, scalar, after, &pending, into: &next)
        default: break
        }
      }
      if scalar == nil { break }
      scalar = after
      position += width
      swap(&current, &next)
    }
    return found
  }

  /// Adds what can be reached from a step without taking a character.
  private func follow(
    _ first: Int, _ saved: [Int], at position: Int, _ before: Unicode.Scalar?, _ after: Unicode.Scalar?,
    _ pending: inout [(step: Int, saved: [Int])], into threads: inout Threads
  ) {
    pending.append((first, saved))
    while let (step, saved) = pending.popLast() {
      if threads.contains(step) { continue }
      threads.append(step, saved)
      switch program.steps[step] {
      case .jump(let target): pending.append((target, saved))
      case .fork(let first, let second):
        pending.append((second, saved))
        pending.append((first, saved))
      case .save(let slot):
        var changed = saved
        if slot < changed.count { changed[slot] = position }
        pending.append((step + 1, changed))
      case .assertion(let kind):
        if Self.holds(kind, before, after) { pending.append((step + 1, saved)) }
      default: break
      }
    }
  }

  private static func holds(_ kind: PatternAssertion, _ before: Unicode.Scalar?, _ after: Unicode.Scalar?) -> Bool {
    func isWord(_ scalar: Unicode.Scalar?) -> Bool {
      guard let scalar, scalar.value < 0x80 else { return false }
      return UInt8(scalar.value).isWord
    }
    switch kind {
    case .textBegin: return before == nil
    case .textEnd: return after == nil
    case .lineBegin: return before == nil || before == "\n"
    case .lineEnd: return after == nil || after == "\n"
    case .wordEdge: return isWord(before) != isWord(after)
    case .noWordEdge: return isWord(before) == isWord(after)
    }
  }
}
