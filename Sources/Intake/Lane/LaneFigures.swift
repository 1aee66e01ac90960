import Synchronization

/// What a lane with sockets tells of itself while it runs: to read it costs the lane nothing.
public final class LaneFigures: Sendable {
  private let cpu = Atomic<Int64>(0)
  private let dropped = Atomic<UInt64>(0)

  public init() {}

  /// What its thread has used of a processor, some tenth of a second ago.
  public var cpuNanos: Int64 { cpu.load(ordering: .relaxed) }
  /// Datagrams that the kernel dropped before its sockets.
  public var kernelDropped: UInt64 { dropped.load(ordering: .relaxed) }

  func tell(cpuNanos: Int64) { cpu.store(cpuNanos, ordering: .relaxed) }
  func add(kernelDropped count: UInt64) { dropped.wrappingAdd(count, ordering: .relaxed) }
}
