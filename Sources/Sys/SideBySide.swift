import Synchronization

/// Work of many pieces on several threads, the calling one among them.
public enum SideBySide {
  /// Calls `body` with each number below `count`, each once and in their order, so many at a time; returns when all have
  /// returned. With one thread, and on a simulated machine, all is done by the calling one.
  ///
  /// A thread that cannot be started is done without. Threads take the calling one's priority.
  public static func run(_ count: Int, threads: Int, name: String, _ body: @Sendable (Int) -> Void) {
    let next = Atomic(0)
    let helpers = SimulatedMachine.current == nil ? min(threads, count) - 1 : 0
    if helpers < 1 {
      for number in 0..<count { body(number) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let work: @Sendable () -> Void = {
        while true {
          let number = next.add(1, ordering: .relaxed).oldValue
          if number >= count { return }
          body(number)
        }
      }
      withoutActuallyEscaping(work) { work in
        let handles = (0..<helpers).compactMap { _ in try? SystemThread.start(name: name, work) }
        work()
        for handle in handles { handle.join() }
      }
    }
  }

  /// What each piece comes to, in their order.
  public static func map<Result: Sendable>(
    _ count: Int, threads: Int, name: String, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    run(count, threads: threads, name: name) { number in
      let result = body(number)
      results.withLock { $0[number] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}
