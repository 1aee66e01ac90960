import Primitives
import Synchronization

/// Who asked a listener for the time: how often a host may, and when a device's next row is due. Shared by the lanes, for a
/// client asks from another port each time, and so another lane hears it.
///
/// Bounded: two tables of fixed size, made by the first request, in which two whose hashes meet share a place. A host's
/// place holds the instant up to which its requests are paid for (the generic cell rate algorithm of ITU-T I.371).
final class NTPClients: Sendable {
  /// A request as it is counted.
  enum Turn: Equatable {
    case tooOften
    /// Taken; its device has had a row within the last minute.
    case quiet
    /// A row of its device is due, of that many requests.
    case told(requests: Int64)
  }

  private struct Device {
    var hash = 0
    var due = Int64.min
    var requests: Int64 = 0
  }

  private struct State {
    var paidUntil: [Int64] = []
    var devices: [Device] = []
  }

  private let state = Mutex(State())
  private static let costNanos = Nanos.perSecond / Limits.timeRequestsPerSecond

  init() {}

  /// Counts a request of a host; `device` is whose it is.
  func take(host: SourceAddress, device: Int, monotonicNanos now: Int64, isLimited: Bool = true) -> Turn {
    state.withLock { state in
      if state.devices.isEmpty {
        state.paidUntil = Array(repeating: .min, count: Limits.timeHosts)
        state.devices = Array(repeating: Device(), count: Limits.timeDevices)
      }
      if isLimited && !Self.pay(&state.paidUntil[Self.place(host.hashValue, Limits.timeHosts)], now) {
        return .tooOften
      }
      let place = Self.place(device, Limits.timeDevices)
      if state.devices[place].hash != device { state.devices[place] = Device(hash: device) }
      state.devices[place].requests &+= 1
      if now < state.devices[place].due { return .quiet }
      let requests = state.devices[place].requests
      state.devices[place] = Device(hash: device, due: now &+ Limits.timeRowNanos)
      return .told(requests: requests)
    }
  }

  /// Whether there is room for one more.
  private static func pay(_ paidUntil: inout Int64, _ now: Int64) -> Bool {
    let begin = max(paidUntil, now)
    if begin &- now > (Limits.timeRequestsAtOnce - 1) * costNanos { return false }
    paidUntil = begin &+ costNanos
    return true
  }

  private static func place(_ hash: Int, _ count: Int) -> Int {
    Int(UInt(bitPattern: hash) % UInt(count))
  }
}
