public import Primitives
import Synchronization

/// Who was refused because the registry does not know it: what an operator needs to admit it. Shared by the lanes.
///
/// Bounded: beyond that, those leave that were seen once alone, then those that were not seen for the longest.
public final class UnknownSenders: Sendable {
  public struct Sender: Sendable {
    /// What it calls itself, or where it sends from.
    public var id: String
    public var source: SourceAddress
    /// The listener that it spoke to.
    public var listener: String
    /// Datagrams or rows, those left out of the count by `pauseNanos` not among them.
    public var count: UInt64
    public var lastSeen: UnixNanos
  }

  private let senders = Mutex<[String: Sender]>([:])
  /// A sender is noted this often at the most, so that a flood of it costs little.
  static let pauseNanos = 100 * Nanos.perMillisecond

  public init() {}

  /// By id.
  public var all: [Sender] { senders.withLock { $0.values.sorted { $0.id < $1.id } } }

  func note(_ id: String, source: SourceAddress, listener: String, at nanos: UnixNanos) {
    senders.withLock { senders in
      if var known = senders[id] {
        known.count += 1
        known.lastSeen = max(known.lastSeen, nanos)
        known.source = source
        senders[id] = known
      } else {
        if senders.count >= Limits.unknownSenders { Self.makeRoom(in: &senders) }
        senders[id] = Sender(id: id, source: source, listener: listener, count: 1, lastSeen: nanos)
      }
    }
  }

  /// An eighth leaves at once, so that a flood of invented names costs little each.
  private static func makeRoom(in senders: inout [String: Sender]) {
    let order = senders.values.sorted { ($0.count > 1 ? 1 : 0, $0.lastSeen) < ($1.count > 1 ? 1 : 0, $1.lastSeen) }
    let newest = order.reduce(Int64.min) { max($0, $1.lastSeen) }
    // Who was frequent a day ago is no more.
    let old = order.filter { newest.subtractingReportingOverflow($0.lastSeen).partialValue > Nanos.perDay }
    for sender in (old + order).prefix(max(old.count, Limits.unknownSenders / 8)) { senders[sender.id] = nil }
  }

  /// Forgets those that the registry knows now.
  public func forget(_ isKnown: (Sender) -> Bool) {
    senders.withLock { $0 = $0.filter { !isKnown($0.value) } }
  }
}
