import Primitives
import Synchronization
import Telemetry

/// Whether rows were shed lately, and why: a node that sheds is not ready, and stays so for a while after the last row,
/// so that who asks now and then learns of it.
final class ShedWatch: Sendable {
  private let state = Mutex(State())

  private struct State {
    /// By reason, as the ledger had them last.
    var counts: [UInt64] = []
    /// The count and the time when a reason began to rise, and when it rose last; nil while it rests.
    var rising: [Int: Rise] = [:]
  }

  private struct Rise {
    var from: UInt64
    var lastNanos: Int64
  }

  /// For how long a reason is told after it rose last.
  static let tellingNanos = 60 * Nanos.perSecond

  /// What to say of the sheds that a ledger shows. Asked at least every few seconds.
  func complaints(of ledger: LedgerSnapshot, at now: Int64) -> [String] {
    let counts = ledger.total.shed
    return state.withLock { state in
      for (reason, count) in counts.enumerated() {
        let known = reason < state.counts.count ? state.counts[reason] : 0
        if count > known {
          state.rising[reason] = Rise(from: state.rising[reason]?.from ?? known, lastNanos: now)
        } else if let rise = state.rising[reason], now - rise.lastNanos > Self.tellingNanos {
          state.rising[reason] = nil
        }
      }
      state.counts = counts
      return state.rising.sorted { $0.key < $1.key }.compactMap { reason, rise in
        guard let label = ShedReason(rawValue: UInt8(reason))?.label else { return nil }
        return "sheds rows: \(counts[reason] - rise.from) lately, as \(label)"
      }
    }
  }
}
