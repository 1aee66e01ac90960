import Primitives
import Synchronization

/// What of a device was refused: rows that said what another did, and datagrams that made no sense. Lanes and committers
/// note it, now and then it is taken and stored as the device's ledger.
///
/// Bounded: beyond that a device's faults are counted in the listener's ledger alone.
public final class DeviceFaults: Sendable {
  public struct Counts: Hashable, Sendable {
    public var duplicates: UInt64 = 0
    public var malformed: UInt64 = 0
  }

  private let counts = Mutex<[String: Counts]>([:])

  public init() {}

  public func noteDuplicate(_ device: String) { note(device) { $0.duplicates += 1 } }

  public func noteMalformed(_ device: String) { note(device) { $0.malformed += 1 } }

  private func note(_ device: String, _ change: (inout Counts) -> Void) {
    counts.withLock { counts in
      if counts[device] == nil && counts.count >= Limits.faultyDevices { return }
      change(&counts[device, default: Counts()])
    }
  }

  /// What was noted since the last time.
  public func take() -> [String: Counts] {
    counts.withLock { counts in
      defer { counts = [:] }
      return counts
    }
  }

  /// Notes again what could not be stored.
  public func giveBack(_ taken: [String: Counts]) {
    for (device, counts) in taken {
      note(device) { known in
        known.duplicates += counts.duplicates
        known.malformed += counts.malformed
      }
    }
  }
}
