import Synchronization

/// Datagrams that the kernel dropped before a listener's sockets: told by its lanes past the batches, since they are
/// dropped just when no batch is free.
public final class DropTally: Sendable {
  private let dropped = Atomic<UInt64>(0)

  public init() {}

  /// Since the start.
  public var count: UInt64 { dropped.load(ordering: .relaxed) }

  public func add(_ count: UInt64) {
    dropped.wrappingAdd(count, ordering: .relaxed)
  }
}
