import Synchronization

/// What is known of an NTP listener.
public struct NTPSettings: Sendable {
  /// What answers say of how far the node is from a reference clock. The kernel does not tell, so this is far.
  public var stratum: UInt8 = 10
  /// Time is told also where the kernel says that nothing keeps its clock: what runs this machine keeps it.
  public var trustsClock = false

  let clients = NTPClients()
  public let tally = NTPTally()

  public init() {}
}

/// What a listener answered. Told by its lanes.
public final class NTPTally: Sendable {
  private let answered = Atomic<UInt64>(0)

  init() {}

  /// Since the start.
  public var answers: UInt64 { answered.load(ordering: .relaxed) }

  func countAnswer() { answered.wrappingAdd(1, ordering: .relaxed) }
}
