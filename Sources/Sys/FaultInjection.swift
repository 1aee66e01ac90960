import CLinux
import Synchronization

/// Makes chosen system calls fail, so that tests reach what a healthy machine never shows.
///
/// The calls that `SystemCall` lists ask here first. While no rule stands that costs one relaxed atomic load. Rules come
/// from a test in the same process, or from the environment variable `THINAI_FAULTS` for tests of the real binary
/// (read at the first call; see `parse`).
public enum FaultInjection {
  /// What happens instead of the call.
  public enum Effect: Sendable, Equatable {
    /// It fails with that `errno` and does nothing.
    case error(Int32)
    /// The process is killed in its place (`SIGKILL`), as a crash at this very moment would.
    case kill
    /// A write takes no more than that many bytes. Other calls are not touched.
    case shortWrite(byteCount: Int)
    /// It takes that long, and is done: the thread that calls waits, others go on.
    case delay(nanos: Int64)
  }

  /// Which calls fail, and how. The first rule that matches and is not used up applies.
  public struct Rule: Sendable, Equatable {
    /// The kind of call.
    public var call: SystemCall
    /// What happens instead of it.
    public var effect: Effect
    /// Matching calls that pass before the first one fails.
    public var after: Int
    /// Matching calls that fail from then on.
    public var times: Int
    /// Only calls on a path that contains this text; calls without a path match the empty text alone.
    public var path: String

    /// Every matching call from the first on, unless said otherwise.
    public init(_ call: SystemCall, _ effect: Effect, after: Int = 0, times: Int = .max, path: String = "") {
      self.call = call
      self.effect = effect
      self.after = after
      self.times = times
      self.path = path
    }
  }

  private struct Armed: Sendable {
    var rule: Rule
    /// 0: any caller.
    var caller: Int64
    var group: Int
    var hits = 0
  }

  private struct State: Sendable {
    var rules: [Armed] = []
    var nextGroup = 0
  }

  private static let unread = 2
  /// 0: no rule; 1: some; 2: the environment was not read yet.
  private static let armed = Atomic<Int>(unread)
  private static let state = Mutex(State())

  /// Adds rules for every thread; they stand until `remove`. Returns a number for `remove` and `hits`.
  @discardableResult
  public static func add(_ rules: [Rule]) -> Int {
    insert(rules, caller: 0)
  }

  /// Runs `body` with rules that apply to the calling thread alone, or to the simulated machine that it is on, and removes
  /// them.
  @discardableResult
  public static func with<Result: ~Copyable, Failure: Error>(
    _ rules: [Rule], _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let group = insert(rules, caller: caller)
    defer { remove(group) }
    return try body()
  }

  /// Removes the rules of one `add`.
  public static func remove(_ group: Int) {
    state.withLock { state in
      state.rules.removeAll { $0.group == group }
      armed.store(state.rules.isEmpty ? 0 : 1, ordering: .relaxed)
    }
  }

  /// How many calls the rules of one `add` have matched, those that passed before the first failure included.
  public static func hits(_ group: Int) -> Int {
    state.withLock { state in
      state.rules.reduce(0) { $0 + ($1.group == group ? $1.hits : 0) }
    }
  }

  private static func insert(_ rules: [Rule], caller: Int64) -> Int {
    readEnvironmentOnce()
    return state.withLock { state in
      state.nextGroup += 1
      for rule in rules { state.rules.append(Armed(rule: rule, caller: caller, group: state.nextGroup)) }
      armed.store(state.rules.isEmpty ? 0 : 1, ordering: .relaxed)
      return state.nextGroup
    }
  }

  /// The thread, or the simulated machine that it is on.
  private static var caller: Int64 {
    guard SimulatedMachine.isUsed, let machine = SimulatedMachine.current else { return clinux_thread_id() }
    return Int64(Int(bitPattern: ObjectIdentifier(machine)))
  }

  /// Whether a call has to be looked up.
  @inline(__always)
  static var isArmed: Bool { armed.load(ordering: .relaxed) != 0 }

  /// The effect on this call, counted as used; nil if it is to run.
  @inline(never)
  static func next(_ call: SystemCall, path: String) -> Effect? {
    readEnvironmentOnce()
    guard isArmed else { return nil }
    let caller = caller
    return state.withLock { state in
      for index in state.rules.indices {
        let entry = state.rules[index]
        guard entry.rule.call == call, entry.caller == 0 || entry.caller == caller,
          entry.rule.path.isEmpty || path.contains(entry.rule.path)
        else { continue }
        state.rules[index].hits += 1
        if entry.hits < entry.rule.after { continue }
        if entry.hits - entry.rule.after < entry.rule.times { return entry.rule.effect }
      }
      return nil
    }
  }

  private static func readEnvironmentOnce() {
    guard armed.load(ordering: .relaxed) == unread else { return }
    let text = clinux_environment("THINAI_FAULTS").map { String(cString: $0) } ?? ""
    guard let rules = parse(text) else {
      fatalError("FATAL: cannot read THINAI_FAULTS \(text): see FaultInjection.parse")
    }
    state.withLock { state in
      guard armed.load(ordering: .relaxed) == unread else { return }
      for rule in rules { state.rules.append(Armed(rule: rule, caller: 0, group: 0)) }
      armed.store(rules.isEmpty ? 0 : 1, ordering: .relaxed)
    }
  }
}
