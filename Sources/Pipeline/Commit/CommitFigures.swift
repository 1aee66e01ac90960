public import Primitives
import Synchronization

/// What a lane's committer did, and how far it is behind.
final class CommitFigures: Sendable {
  private let state = Mutex(State())

  private struct State: Sendable {
    var facts = LaneFacts.Commits()
    /// Since when batches wait for the disk; nil if none does.
    var waitsSinceNanos: Int64?
  }

  func begin(atNanos now: Int64) { state.withLock { $0.waitsSinceNanos = now } }

  /// - Parameter wrote: whether anything was made durable.
  func end(_ wrote: Bool, datagrams: UInt64, atNanos now: Int64, time: UnixNanos) {
    state.withLock { state in
      let nanos = now - (state.waitsSinceNanos ?? now)
      state.waitsSinceNanos = nil
      state.facts.datagrams += datagrams
      if !wrote { return }
      state.facts.count += 1
      state.facts.nanos += nanos
      state.facts.lagNanos = nanos
      state.facts.last = time
    }
  }

  func facts(atNanos now: Int64) -> LaneFacts.Commits {
    state.withLock { state in
      var facts = state.facts
      if let since = state.waitsSinceNanos { facts.lagNanos = max(facts.lagNanos, now - since) }
      return facts
    }
  }
}

/// A lane as its figures show it.
public struct LaneFacts: Sendable {
  /// As the journal names its directory: `lane-00`.
  public var name: String
  /// What its thread has used of a processor; nil of one without sockets.
  public var cpuNanos: Int64?
  /// Datagrams that the kernel dropped before its sockets; nil of one that has none.
  public var kernelDropped: UInt64?
  public var commits: Commits

  /// What was made durable of it.
  public struct Commits: Sendable {
    /// Datagrams in the batches that were taken, whatever became of them.
    public var datagrams: UInt64 = 0
    public var count: UInt64 = 0
    /// The time in which that was written and synchronized.
    public var nanos: Int64 = 0
    /// How long the last one took; or the one that lasts, if that is longer.
    public var lagNanos: Int64 = 0
    /// When the last one was done; nil before the first.
    public var last: UnixNanos?
  }
}
