import Primitives
import Protocols

/// Chooses what of the refusals is logged: of a listener and reason one in ten seconds, with how many more there were.
struct RefusalLimiter {
  /// A refusal to be logged.
  struct Notice: Equatable {
    var listener: Int
    var reason: String
    /// Of the newest one; nil where the rows of many were not taken together.
    var address: String?
    var device: String?
    /// The newest one's first octets.
    var sample: [UInt8]
    /// Those that were left out since the last notice of that listener and reason.
    var more: UInt64
  }

  private struct Kind: Hashable {
    var listener: Int
    var reason: RefusalLog.Reason
  }

  private struct Source: Hashable {
    var kind: Kind
    var address: SourceAddress?
  }

  private var counts: [Source: UInt64] = [:]
  private var toldNanos: [Kind: Int64] = [:]
  static let pauseNanos = 10 * Nanos.perSecond

  /// What is to be logged now.
  ///
  /// - Parameter refusals: all that are listed, newest first.
  mutating func notices(of refusals: [RefusalLog.Refusal], at nowNanos: Int64) -> [Notice] {
    var grown: [Kind: (count: UInt64, newest: RefusalLog.Refusal)] = [:]
    for refusal in refusals {
      let kind = Kind(listener: refusal.listener, reason: refusal.reason)
      if let told = toldNanos[kind], nowNanos - told < Self.pauseNanos { continue }
      let known = counts[Source(kind: kind, address: refusal.address)] ?? 0
      // One that left the list and came back begins anew.
      let more = refusal.count >= known ? refusal.count - known : refusal.count
      if more == 0 { continue }
      grown[kind] = (more + (grown[kind]?.count ?? 0), grown[kind]?.newest ?? refusal)
    }
    if grown.isEmpty { return [] }
    var kept: [Source: UInt64] = [:]
    for refusal in refusals {
      let source = Source(
        kind: Kind(listener: refusal.listener, reason: refusal.reason), address: refusal.address)
      kept[source] = grown[source.kind] == nil ? counts[source] : refusal.count
    }
    counts = kept
    for kind in grown.keys { toldNanos[kind] = nowNanos }
    return grown.map { kind, grown in
      Notice(
        listener: kind.listener, reason: kind.reason.label, address: grown.newest.address?.addressText,
        device: grown.newest.device, sample: grown.newest.sample, more: grown.count - 1)
    }
    .sorted { ($0.listener, $0.reason) < ($1.listener, $1.reason) }
  }
}
