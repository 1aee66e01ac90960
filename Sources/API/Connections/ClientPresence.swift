import Primitives
import Synchronization
import Sys

/// Whether a client is still there, and takes what it is sent. Written by its connection's event loop, read by whoever
/// works for it.
final class ClientPresence: Sendable {
  /// Since when, by the monotonic clock; 0 for not.
  private let halfClosedSince = Atomic<Int64>(0)
  private let closedSince = Atomic<Int64>(0)
  private let stalledSince = Atomic<Int64>(0)
  /// Since when nothing is asked and nothing answered; 0 while something is.
  private let idleSince = Atomic<Int64>(Clock.monotonicNanos())
  private let peer = Mutex<Peer>(Peer())
  private let closing = Mutex<(@Sendable () -> Void)?>(nil)

  /// Who is at the other end, as far as TLS knows.
  struct Peer: Sendable {
    var isSecure = false
    var certifiedName: String?
  }

  /// Of nobody: of a question that is asked without a connection.
  static let always = ClientPresence()

  /// Whether nobody waits for an answer any more. A client that closed its side may still read: what takes no time is
  /// answered.
  var isGone: Bool {
    if closedSince.load(ordering: .relaxed) != 0 { return true }
    let since = halfClosedSince.load(ordering: .relaxed)
    return since != 0 && Clock.monotonicNanos() - since > Int64(Limits.halfClosedMillis) * Nanos.perMillisecond
  }

  /// For how long it has taken nothing of what waits for it; 0 if nothing waits, or it takes.
  func stalledNanos(at now: Int64) -> Int64 {
    let since = stalledSince.load(ordering: .relaxed)
    return since == 0 ? 0 : now - since
  }

  /// For how long it has asked nothing; nil while something is answered.
  func idleNanos(at now: Int64) -> Int64? {
    let since = idleSince.load(ordering: .relaxed)
    return since == 0 ? nil : now - since
  }

  var secured: Peer { peer.withLock { $0 } }

  func noteSecured(certifiedName: String?) {
    peer.withLock { $0 = Peer(isSecure: true, certifiedName: certifiedName) }
  }

  func noteHalfClosed() { halfClosedSince.store(Clock.monotonicNanos(), ordering: .relaxed) }
  func noteClosed() { closedSince.store(Clock.monotonicNanos(), ordering: .relaxed) }

  func note(isWritable: Bool) {
    stalledSince.store(isWritable ? 0 : Clock.monotonicNanos(), ordering: .relaxed)
  }

  func note(isIdle: Bool) { idleSince.store(isIdle ? Clock.monotonicNanos() : 0, ordering: .relaxed) }

  /// - Parameter close: ends the connection, from any thread.
  func connect(_ close: @escaping @Sendable () -> Void) { closing.withLock { $0 = close } }

  /// Ends the connection, whatever is being written.
  func disconnect() { closing.withLock { $0 }?() }
}
