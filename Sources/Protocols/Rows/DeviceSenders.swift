public import Primitives
import Synchronization

/// From where each device was heard last, and by which listener: what an operator asks of one that is silent. Shared by
/// the lanes.
///
/// A lane notes it when a device's series is heard first in a journal segment, and comes from elsewhere than before: so it
/// costs nothing by the row. Bounded: beyond that, those leave that were noted the longest ago.
public final class DeviceSenders: Sendable {
  public struct Sender: Hashable, Sendable {
    public var source: SourceAddress
    public var listener: String
    /// When it was noted: it was heard since.
    public var noted: UnixNanos
  }

  private let senders = Mutex<[String: Sender]>([:])

  public init() {}

  /// nil of one that was not heard since the start.
  public func sender(of device: String) -> Sender? { senders.withLock { $0[device] } }

  func note(_ device: String, source: SourceAddress, listener: String, at nanos: UnixNanos) {
    senders.withLock { senders in
      if senders.count >= Limits.deviceSenders && senders[device] == nil { Self.makeRoom(in: &senders) }
      senders[device] = Sender(source: source, listener: listener, noted: nanos)
    }
  }

  /// An eighth leaves at once, so that a flood of invented names costs little each.
  private static func makeRoom(in senders: inout [String: Sender]) {
    let order = senders.sorted { $0.value.noted < $1.value.noted }
    for (device, _) in order.prefix(Limits.deviceSenders / 8) { senders[device] = nil }
  }
}
