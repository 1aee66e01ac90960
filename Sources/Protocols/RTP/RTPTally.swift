import Synchronization

/// What RTP listeners tell beside the ledger: shared by lanes and readers.
public final class RTPTally: Sendable {
  private let evictions = Atomic<UInt64>(0)
  /// Held here, since each thing that settings hold costs with every datagram that is taken by them.
  let watch = CameraWatch()

  public init() {}

  /// Streams that are followed no more because there were too many: those that were silent the longest.
  public var evicted: UInt64 { evictions.load(ordering: .relaxed) }

  func evict(_ count: UInt64) {
    evictions.wrappingAdd(count, ordering: .relaxed)
  }
}
