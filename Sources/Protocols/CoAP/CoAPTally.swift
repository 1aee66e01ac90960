import Synchronization

/// What CoAP listeners had to forget for want of room, by lane: told by the lanes, read by others.
public final class CoAPTally: Sendable {
  private let exchanges = Atomic<UInt64>(0)
  private let bodies = Atomic<UInt64>(0)

  public init() {}

  /// Messages whose retransmission would not be known any more before its time.
  public var exchangesForgotten: UInt64 { exchanges.load(ordering: .relaxed) }
  /// Bodies under assembly that gave way to others.
  public var bodiesForgotten: UInt64 { bodies.load(ordering: .relaxed) }

  func add(exchanges: UInt64, bodies: UInt64) {
    self.exchanges.wrappingAdd(exchanges, ordering: .relaxed)
    self.bodies.wrappingAdd(bodies, ordering: .relaxed)
  }
}
