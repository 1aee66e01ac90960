import API
import Primitives

/// Lines for the log of what was refused since it was looked at last: at most one in ten seconds for a listener and reason.
struct RefusalLines {
  private struct Kind: Hashable {
    var listener: String
    var reason: String
  }

  private struct Source: Hashable {
    var kind: Kind
    var address: String?
  }

  private var counts: [Source: UInt64] = [:]
  private var toldNanos: [Kind: Int64] = [:]
  private static let pauseNanos = 10 * Nanos.perSecond

  /// - Parameter refusals: all that are listed, newest first.
  mutating func lines(of refusals: [Refusal], at nowNanos: Int64) -> [String] {
    var grown: [Kind: (count: UInt64, newest: Refusal)] = [:]
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
      let source = Source(kind: Kind(listener: refusal.listener, reason: refusal.reason), address: refusal.address)
      kept[source] = grown[source.kind] == nil ? counts[source] : refusal.count
    }
    counts = kept
    for kind in grown.keys { toldNanos[kind] = nowNanos }
    return grown.sorted { ($0.key.listener, $0.key.reason) < ($1.key.listener, $1.key.reason) }.map { kind, more in
      Self.line(kind, more.count, more.newest)
    }
  }

  /// `refused on syslog: unknown_device, 12 times, last from 10.0.0.7 (device cam-17): "<30>1 …"`
  private static func line(_ kind: Kind, _ count: UInt64, _ newest: Refusal) -> String {
    var line = "refused on \(kind.listener): \(kind.reason), \(count == 1 ? "once" : "\(count) times")"
    if let address = newest.address { line += ", last from \(address)" }
    if let device = newest.device, device != newest.address { line += " (device \(device))" }
    return newest.sample.isEmpty ? line : line + ": \"\(newest.sample)\""
  }
}
